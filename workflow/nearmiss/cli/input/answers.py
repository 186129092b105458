"""An answer as it is typed on a terminal: a line, or a text of several lines that was pasted in one piece."""

from __future__ import annotations

import re
import select
import sys
from contextlib import suppress

import click

from nearmiss.cli.voice import say

PASTED_WITHIN = 0.1
"""Seconds within which a further line follows one that was pasted; nobody types as fast."""

_UNTYPED = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]|[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""What keys such as the arrows leave in an answer; line breaks stay."""


def short_answer() -> str:
    """Return an answer of one line; what was pasted beside it answers no later question."""
    lines = [_line(">"), *_rest_of_paste()]
    return " ".join(" ".join(lines).split())


def text_answer() -> str:
    """Return an answer in as many lines as were pasted; after a paste, an empty line ends it."""
    lines = [_line(">")]
    if lines[0] and "\n" not in lines[0] and _follows():
        say(("  (Several lines: an empty one ends the answer.)", "dim"))
        lines += _until_empty()
    return "\n".join(lines).strip()


def _line(prompt: str) -> str:
    """Return one line; with the usual keys for editing, where Python has them, and a whole paste then."""
    with suppress(ImportError):
        import readline

        # What somebody reports is nobody's business, least of all with the arrow key.
        readline.set_auto_history(False)
    said = click.prompt(prompt, default="", show_default=False, prompt_suffix=" ")
    return _UNTYPED.sub("", str(said).replace("\r", "\n"))


def _follows() -> bool:
    """Say whether a further line is there already: then it was not typed, but pasted."""
    return sys.stdin.isatty() and bool(select.select([sys.stdin], [], [], PASTED_WITHIN)[0])


def _until_empty() -> list[str]:
    """Return the lines of a paste, with its own empty ones, up to an empty line with which somebody ends it."""
    lines: list[str] = []
    while True:
        line = _line(" ")
        if not line.strip() and not _follows():
            return lines
        lines.append(line)


def _rest_of_paste() -> list[str]:
    """Return the further lines of a paste, and forget what of it has no end of line yet."""
    lines = []
    while _follows():
        lines.append(_line(" "))
    if lines:
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    return lines
