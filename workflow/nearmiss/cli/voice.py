"""What is said to people: plain sentences on the screen, coloured only where a person looks, never a control code."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Part = str | tuple[str, str]
"""A text, or a text with its style: `bold`, `dim`, or a colour."""

WIDEST = 100
NEVER_CUT = 14

# Whatever a terminal could obey, and whatever turns the reading direction around: shown by number instead. Lone
# surrogates stand for bytes that are no text.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def _by_number(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004 - two digits or four


def plain(text: object) -> str:
    """Return text in which nothing is invisible or obeyed; line breaks stay."""
    text = str(text)
    if text.isprintable():
        return text
    return _UNSEEN.sub(_by_number, text.expandtabs(4))


def one_line(text: object) -> str:
    """Return text as one line in which nothing is invisible or obeyed."""
    return " ".join(plain(text).split())


def say(*parts: Part, err: bool = False) -> None:
    """Print parts as one line or paragraph, on the error stream if asked; styles show on a terminal only."""
    click.echo("".join(_styled(part) for part in parts), err=err, color=_colour())


def say_waiting(sentence: str) -> None:
    """Say on the error stream what the command waits for, so that nobody takes it for hanging."""
    say((sentence, "dim"), err=True)


def _styled(part: Part) -> str:
    if isinstance(part, str):
        return plain(part)
    text, style = part
    return click.style(plain(text), **_options(style))


def _options(style: str) -> dict[str, Any]:
    """Return what click calls a style."""
    return {style: True} if style in {"bold", "dim"} else {"fg": style}


def _colour() -> bool | None:
    """Return False where colour is unwanted, None where click decides by the stream."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def is_terminal() -> bool:
    """Say whether a person sees what is printed."""
    return sys.stdout.isatty()


def can_ask() -> bool:
    """Say whether a person can be asked: both what is printed and what is typed are a terminal's."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def width(*, err: bool = False) -> int:
    """Return how wide a paragraph is: never wider than is easy to read, and unbroken where no person looks."""
    if not (sys.stderr.isatty() if err else is_terminal()):
        return 10_000
    # Imported where a person looks: a short command is over before all of these are there.
    from shutil import get_terminal_size

    return min(get_terminal_size().columns, WIDEST)


def paragraph(text: object, *, indent: int = 0) -> str:
    """Return text in paragraphs as wide as the terminal, indented."""
    from textwrap import fill

    space = " " * indent
    lines = [
        fill(line, width(), initial_indent=space, subsequent_indent=space, break_on_hyphens=False)
        for line in plain(text).split("\n")
    ]
    return "\n".join(line or "" for line in lines)


def flow(*parts: Part, indent: int = 0, hang: int = 0, err: bool = False) -> None:
    """Print parts as one paragraph as wide as the terminal; lines after the first are indented by `hang` more."""
    click.echo(_flowing(parts, indent=indent, hang=hang, width=width(err=err)), err=err, color=_colour())


def flow_all(texts: Iterable[str], *, indent: int = 0, hang: int = 0) -> None:
    """Print texts as paragraphs, one below the other, all at once: to hand over each takes longer than to make it."""
    widest = width()
    shown = [_flowing((text,), indent=indent, hang=hang, width=widest) for text in texts]
    if shown:
        click.echo("\n".join(shown), color=_colour())


def _flowing(parts: Sequence[Part], *, indent: int, hang: int, width: int) -> str:
    # Signs that `plain` never lets through hold the places of the styles while the lines are broken.
    styled = [part for part in parts if not isinstance(part, str)]
    places = {chr(1 + place): part for place, part in enumerate(styled)}
    marks = iter(places)
    text = "".join(plain(part) if isinstance(part, str) else f"{next(marks)}{plain(part[0])}\0" for part in parts)
    shown = _wrapped(text, indent=indent, hang=hang, width=width)
    for mark, (_, style) in places.items():
        shown = shown.replace(mark, click.style("", reset=False, **_options(style)))
    return shown.replace("\0", click.style(""))


def _wrapped(text: str, *, indent: int, hang: int, width: int) -> str:
    if text and len(text) + indent <= width and text == text.strip():
        # A report has thousands of paragraphs: looking for where to break them takes longer than the rest.
        return " " * indent + text
    from textwrap import wrap

    lines = wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hang),
        break_on_hyphens=False,
        break_long_words=False,
        replace_whitespace=False,
    )
    return "\n".join(lines)


def heading(text: str) -> None:
    """Print a heading, with a line left out above it."""
    say("")
    flow((text, "bold"))


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, err: bool = False) -> None:
    """Print rows under headers: fitted to the terminal, or in plain aligned columns where nobody looks."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    if is_terminal() and not err:
        _rich_table(headers, cells)
        return
    widths = [max(map(len, column)) for column in zip(headers, *cells, strict=True)]
    shown = [[one_line(header) for header in headers], *cells]
    lines = ("  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in shown)
    click.echo("\n".join(lines), err=err)


def _rich_table(headers: Sequence[str], cells: Iterable[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = list(cells)
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for place, header in enumerate(headers):
        # Short columns (ids, dates, states) are never cut; the long ones share what is left, each row on one line.
        size = max(len(row[place]) for row in (headers, *cells))
        least = size if size <= NEVER_CUT else None
        shown.add_column(Text(header), no_wrap=True, overflow="ellipsis", min_width=least)
    for row in cells:
        shown.add_row(*map(Text, row))
    Console(color_system=None if _colour() is False else "auto", highlight=False).print(shown)


def emit(data: Mapping[str, Any]) -> None:
    """Print one JSON document; nothing in it could be obeyed by a terminal."""
    import json

    text = json.dumps(data, ensure_ascii=False, indent=2)
    click.echo(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text))
