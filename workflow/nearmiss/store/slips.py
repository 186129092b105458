"""Slips of form in a text: the characters that are not as they should be, each with what belongs in their place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.policy.findings import Finding, Severity
from nearmiss.store.nodes import line_end, line_start
from nearmiss.store.scalars import shorten
from nearmiss.store.spellings import is_plain, value_of, values_in
from nearmiss.store.writer import spell_scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nearmiss.policy.findings import Field
    from nearmiss.store.nodes import Node

_COMMENT = re.compile(r"(?:^|(?<=[ \t\n]))#[^\n]*", re.MULTILINE)
_LAST_SPACES = re.compile(r"[ \t]+$", re.MULTILINE)
_FURTHER = re.compile(r"[^ \t\n]")
_TABS = re.compile(r"[ ]*\t[ \t]*")
_HEADER = re.compile(r"[|>][-+0-9]*")
_EMPTY_LINES = re.compile(r"\n(?:[ ]*\n)*(?:[ ]+\Z)?")
"""Lines that hold nothing but spaces; nothing ends the very last one, maybe."""


@dataclass(frozen=True, kw_only=True)
class Slip:
    """The characters from `start` to before `end` that `written` replaces, and the finding that says so."""

    start: int
    end: int
    written: str
    finding: Finding


def note(code: str, message: str, line: int, *, hint: str = "") -> Finding:
    """Return what is said of one thing that was mended, or left."""
    return Finding(code=code, message=message, hint=hint, line=line, severity=Severity.NOTE)


def find_slips(text: str, root: Node, decided: Mapping[Field, Any]) -> list[Slip]:
    """Return the slips of a text in their order; `decided` says what doubtful scalars mean."""
    found = [*_spellings(text, root, decided), *_spaces(text, root), *_last_line(text)]
    return sorted(found, key=lambda slip: slip.start)


def amend(text: str, slips: Iterable[Slip]) -> str:
    """Return a text with what belongs there in the place of each slip."""
    parts, behind = [], 0
    for slip in sorted(slips, key=lambda slip: slip.start):
        parts += [text[behind : slip.start], slip.written]
        behind = slip.end
    return "".join([*parts, text[behind:]])


def _slip(text: str, start: int, end: int, written: str, *, code: str, message: str) -> Slip:
    return Slip(start=start, end=end, written=written, finding=note(code, message, text.count("\n", 0, start) + 1))


def _spellings(text: str, root: Node, decided: Mapping[Field, Any]) -> Iterator[Slip]:
    for way, node in values_in(root):
        if way in decided:
            was, spelt = value_of(node, text), spell_scalar(decided[way], way, flow=True)
            yield _slip(
                text,
                node.start,
                node.end,
                spelt,
                code=was.code,
                message=f"`{shorten(was.text)}` written as `{shorten(spelt)}`",
            )
        elif is_plain(node, text) and "\t" in str(node.text):
            yield _slip(
                text,
                node.start,
                node.end,
                spell_scalar(node.text, way, flow=True),
                code="yaml-syntax",
                message="quotes put around text that holds a tab",
            )


def _spaces(text: str, root: Node) -> Iterator[Slip]:
    """Find spaces and tabs that mean nothing: between the values, and where a block of text is announced."""
    behind = 0
    for leaf in root.leaves():
        yield from _between(text, behind, leaf.start)
        behind = max(behind, leaf.end)
        if leaf.block_text:
            yield from _announcement(text, leaf.start)
            # Spaces on empty lines below a text can be part of it: what follows begins with a line that is not empty.
            further = _FURTHER.search(text, leaf.end)
            behind = max(leaf.end, line_start(text, further.start())) if further else len(text)
    yield from _between(text, behind, len(text))


def _between(text: str, start: int, end: int) -> Iterator[Slip]:
    for found in _LAST_SPACES.finditer(text, start, end):
        if _ends_line(text, found.end()):
            yield _slip(
                text,
                found.start(),
                found.end(),
                "",
                code="form-spaces",
                message="spaces at the end of the line taken out",
            )
    bare = _COMMENT.sub(lambda comment: "#" * len(comment[0]), text[start:end])
    for found in _TABS.finditer(bare):
        first, last = start + found.start(), start + found.end()
        if not _ends_line(text, last):
            written = found[0].expandtabs(4) if first == line_start(text, first) else " "
            yield _slip(text, first, last, written, code="yaml-syntax", message="a tab written as spaces")


def _ends_line(text: str, position: int) -> bool:
    return position == len(text) or text[position] == "\n"


def _announcement(text: str, start: int) -> Iterator[Slip]:
    """Find what is odd on the line that begins with `|` or `>`, and spaces on empty lines right below it."""
    header = _HEADER.match(text, start)
    assert header is not None  # noqa: S101 - the parser has seen a block of text begin here
    end = line_end(text, start)
    rest = text[header.end() : end]
    comment = rest.strip(" \t")
    wanted = f" {comment}" if comment and (rest[0] == "#" or "\t" in rest[: rest.index("#")]) else rest.rstrip(" \t")
    if wanted != rest:
        message = "spaces mended where a block of text is announced"
        yield _slip(text, header.end(), end, wanted, code="form-spaces", message=message)
    blank = _EMPTY_LINES.match(text, end)
    if blank and " " in blank[0]:
        yield _slip(
            text,
            end,
            blank.end(),
            "\n" * blank[0].count("\n"),
            code="yaml-syntax",
            message="spaces on empty lines taken out, above the text of a block",
        )


def _last_line(text: str) -> Iterator[Slip]:
    if not text.endswith("\n"):
        yield _slip(
            text, len(text), len(text), "\n", code="form-last-line", message="the last line ended with a line end"
        )
