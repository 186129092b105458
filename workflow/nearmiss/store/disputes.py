"""What our parser reads and others refuse or read otherwise: looked for only where there may be some."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from nearmiss.policy.findings import Finding
from nearmiss.store.guard import position
from nearmiss.store.parser import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    events,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DISPUTES = 20

QUOTED, BLOCK = ("'", '"'), ("|", ">")
_STARTS, _ENDS = {MappingStartEvent, SequenceStartEvent}, {MappingEndEvent, SequenceEndEvent}

_HEADER = re.compile(r"[|>](?P<signs>[-+0-9]*)(?P<odd>#|[ ]*\t)?[^\n]*(?P<blank>\n(?:[ ]+(?:\n|\Z)|\n)*)?")
_COMMENT = re.compile(r"(?<=[ \t\n])#[^\n]*")

_HINT = "Write `|-` behind its key, in line"

# What is found between two values, in the order in which it is told.
_BETWEEN = (
    ("\t", "A tab stands outside quotes", "Write spaces, or put the text in quotes"),
    ("#", "A comment stands right behind a value", "Put a space before the `#`"),
    ("?", "A `?` stands right before a value", "Put the text in quotes"),
)


def disputes(raw: bytes) -> Iterator[Finding]:
    """Yield what other readers do not read as ours does, in a document that has no other fault.

    These are tabs outside quotes, block text and comments; a comment tight on `|` or a value, and a `?` tight before
    one; block text that begins with empty lines that hold spaces, or ends without a line end; brackets and quotes that
    go on over lines that are not indented. Only the first ones are told: each has its line counted from the top.
    """
    yield from islice(_Look(raw.decode()).disputes(raw), MOST_DISPUTES)


class _Look:
    """A closer look at a document as it goes: what is open, and where the last value ended."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._behind = 0
        # Of each open mapping or list: the column that what is inside must be deeper than, and where it began if it
        # is the outermost one in brackets.
        self._open: list[tuple[int, int | None]] = [(-1, None)]
        self._flows = 0

    def disputes(self, raw: bytes) -> Iterator[Finding]:
        for event in events(raw):
            kind = type(event)
            if kind is ScalarEvent:
                yield from self._scalar(event)
            elif kind in _STARTS:
                self._begin(event)
            elif kind in _ENDS:
                yield from self._end(event)
        yield from self._between(len(self._text))

    def _begin(self, event: Any) -> None:
        column, _ = self._open[-1]
        if event.flow_style or self._flows:
            self._flows += 1
            self._open.append((column, event.start_mark.index if self._flows == 1 else None))
        else:
            self._open.append((event.start_mark.column, None))

    def _end(self, event: Any) -> Iterator[Finding]:
        column, began = self._open.pop()
        self._flows -= self._flows > 0
        if began is not None:
            yield from self._unindented(began, event.end_mark.index, column)

    def _scalar(self, event: Any) -> Iterator[Finding]:
        start, end = event.start_mark.index, event.end_mark.index
        yield from self._between(start)
        self._behind = max(self._behind, end)
        if event.style in BLOCK:
            yield from self._block(start, end)
        elif event.style in QUOTED:
            yield from self._unindented(start, end, self._open[-1][0])
        elif "\t" in self._text[start:end]:
            yield self._finding(self._text.index("\t", start), *_BETWEEN[0][1:])

    def _between(self, end: int) -> Iterator[Finding]:
        """Yield what is odd in what stands between two values, each kind once."""
        start = self._behind
        # With the character before, by which a comment is told from a `#` that is tight on a value.
        with_one_before = self._text[start - 1 : end] if start else "\n" + self._text[:end]
        bare = _COMMENT.sub(lambda comment: " " * len(comment[0]), with_one_before)[1:]
        for sign, message, hint in _BETWEEN:
            index = bare.find(sign)
            if index >= 0 and not (sign == "?" and bare[index + 1 : index + 2].isspace()):
                yield self._finding(start + index, message, hint)

    def _unindented(self, start: int, end: int, column: int) -> Iterator[Finding]:
        """Yield the first line of what goes on over several that does not stand deeper than what it belongs to."""
        first = self._text.find("\n", start, end)
        while first >= 0:
            following = self._text.find("\n", first + 1, end)
            line = self._text[first + 1 : following if following >= 0 else end]
            bare = line.lstrip(" ")
            comment = bare.startswith("#") and self._text[start] not in QUOTED
            if bare.strip("\t") and not comment and len(line) - len(bare) <= column:
                message = "Brackets or quotes go on here, on a line that is not indented further than their key"
                yield self._finding(first + 1, message, "Indent the line with spaces, or close what is open before it")
                return
            first = following

    def _block(self, start: int, end: int) -> Iterator[Finding]:
        header = _HEADER.match(self._text, start)
        assert header is not None  # noqa: S101 - the parser has seen a block of text begin here
        line, column = position(self._text, start)
        if column - 1 <= self._open[-1][0] and not self._text[start - column + 1 : start].strip(" "):
            yield self._finding(start, "A block of text begins on a line that is not indented", f"{_HINT} {line - 1}")
        if header["odd"]:
            odd = "Behind `|` or `>` a comment needs a space before it, and no tab"
            yield self._finding(header.start("odd"), odd, "Write `|- # comment`")
        if " " in (header["blank"] or ""):
            hint = "Remove the spaces on the empty lines where the text begins"
            yield self._finding(header.start("blank") + 1, "Text begins with empty lines that hold spaces", hint)
        if end == len(self._text) and not self._text.endswith("\n") and "-" not in header["signs"]:
            message = "The document ends within a text, so that its last line end is there or not"
            yield self._finding(self._text.rfind("\n") + 1, message, "End the last line, or write `|-` above the text")

    def _finding(self, index: int, message: str, hint: str) -> Finding:
        line, column = position(self._text, index)
        return Finding(code="yaml-syntax", message=message, hint=hint, line=line, column=column)
