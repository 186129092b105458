"""What our parser reads and others refuse: looked for only where the bytes say that there may be some."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from nearmiss.policy.findings import Finding
from nearmiss.store.guard import position
from nearmiss.store.parser import ScalarEvent, events

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_DISPUTES = 20

_TIGHT_HEADER = re.compile(rb"[|>][-+0-9]{0,2}#")
_HEADER = re.compile(r"[|>][-+0-9]*(?P<odd>#|[ ]*\t)?[^\n]*(?P<blank>\n(?:[ ]+(?:\n|\Z)|\n)*)?")
_COMMENT = re.compile(r"(?:^|(?<=[ \t\n]))#[^\n]*", re.MULTILINE)


def may_have_disputes(raw: bytes) -> bool:
    """Say, within some microseconds, whether a closer look is needed: most documents have nothing of the kind."""
    return (
        b"\t" in raw
        or b" \n" in raw
        or raw.endswith(b" ")
        or (raw.count(b"#") > raw.startswith(b"#") and _TIGHT_HEADER.search(raw) is not None)
    )


def disputes(raw: bytes) -> Iterator[Finding]:
    """Yield what other readers (ruamel, PyYAML without its C part) refuse in a document that has no other fault.

    These are tabs outside quotes, block text and comments, a comment tight on `|`, and block text that begins with
    empty lines that hold spaces. Only the first ones are told: each has its line counted from the top.
    """
    yield from islice(_all_disputes(raw), MOST_DISPUTES)


def _all_disputes(raw: bytes) -> Iterator[Finding]:
    text = raw.decode()
    behind = 0
    for event in events(raw):
        if type(event) is not ScalarEvent or not event.style:
            continue
        start = event.start_mark.index
        yield from _tab(text, behind, start)
        behind = event.end_mark.index
        if event.style in {"|", ">"}:
            yield from _odd_block(text, start)
    yield from _tab(text, behind, len(text))


def _tab(text: str, start: int, end: int) -> Iterator[Finding]:
    """Yield the first tab of what stands between two texts in quotes or blocks."""
    bare = _COMMENT.sub(lambda comment: " " * len(comment[0]), text[start:end])
    index = bare.find("\t")
    if index >= 0:
        yield _finding(text, start + index, "A tab stands outside quotes", "Write spaces, or put the text in quotes")


def _odd_block(text: str, start: int) -> Iterator[Finding]:
    header = _HEADER.match(text, start)
    if header and header["odd"]:
        odd = "Behind `|` or `>` a comment needs a space before it, and no tab"
        yield _finding(text, header.start("odd"), odd, "Write `|- # comment`")
    if header and " " in (header["blank"] or ""):
        hint = "Remove the spaces on the empty lines where the text begins"
        yield _finding(text, header.start("blank") + 1, "Text begins with empty lines that hold spaces", hint)


def _finding(text: str, index: int, message: str, hint: str) -> Finding:
    line, column = position(text, index)
    return Finding(code="yaml-syntax", message=message, hint=hint, line=line, column=column)
