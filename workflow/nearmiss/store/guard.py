"""The guard before the parser: what can be refused by looking at a document's bytes alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.models.letters import UNWRITABLE
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_DOCUMENT = 1024 * 1024
"""Bytes that one document may have."""

MOST_EVENTS = 100_000
"""Events of the parser after which reading stops; a record has some hundreds."""

DEEPEST = 32
"""How deep mappings and lists may lie inside each other."""

FORBIDDEN = UNWRITABLE
"""Characters that no text of a document may hold: all controls but tab and newline, other line ends, noncharacters."""

_CONTROL_BYTES = bytes(byte for byte in [*range(0x20), 0x7F] if byte not in b"\t\n")
# First bytes of the characters beyond ASCII that FORBIDDEN holds, but for those from U+0080 to U+009F: what begins with
# their C2 is mostly harmless and frequent (`°` is C2 B0), so the byte behind it is looked at as well.
_SUSPECT_SEQUENCES = (b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xef\xb7", b"\xef\xbb\xbf", b"\xbf\xbe", b"\xbf\xbf")
_LATER_CONTROLS = re.compile(rb"\xc2[\x80-\x9f]")
_MARK = re.compile(rb"^(?:%|\.\.\.(?=[ \t\r\n]|\Z))", re.MULTILINE)
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")
_TIGHT = re.compile(rb"[|>][-+0-9]{0,2}#|[\"'\[\]{},:]#")
_TIGHT_QUESTION = re.compile(rb"[\[{,]\s*\?[^\s,]")
_LOOSE_HEADER = re.compile(rb"\n[ ]*[|>]")


def inspect(raw: bytes) -> tuple[Finding, ...]:
    """Return what is wrong with the bytes: one finding a kind, at its first place. None means that parsing is safe."""
    return look(raw)[0]


def look(raw: bytes) -> tuple[tuple[Finding, ...], str]:
    """Return what is wrong with the bytes, and the text that they are where nothing is."""
    if len(raw) > LARGEST_DOCUMENT:
        return (_too_large(raw),), ""
    if raw.startswith((b"%", b"...")) or (b"%" in raw and b"\n%" in raw) or b"\n..." in raw:
        found = _MARK.search(raw)
        if found:
            return (_mark(raw, found),), ""
    # Looking for bytes costs a few microseconds; a regular expression over the text costs more than parsing it.
    if raw.isascii():
        clean = len(raw.translate(None, _CONTROL_BYTES)) == len(raw)
        text = raw.decode("ascii")
        return () if clean else tuple(_faults_of_text(text)), text
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return (_not_utf8(raw, error.start),), ""
    # What is printable has nothing that is forbidden; what is not may still be harmless, as a no-break space is.
    suspect = not text.replace("\n", "").isprintable() and (
        len(raw.translate(None, _CONTROL_BYTES)) != len(raw)
        or any(start in raw for start in _SUSPECT_SEQUENCES)
        or _LATER_CONTROLS.search(raw) is not None
    )
    return tuple(_faults_of_text(text)) if suspect else (), text


def may_have_disputes(raw: bytes) -> bool:
    """Say, within some microseconds, whether a closer look is needed: most documents have nothing of the kind."""
    return (
        b"\t" in raw
        or b" \n" in raw
        or not raw.endswith(b"\n")
        or (raw.count(b"#") > raw.startswith(b"#") and _TIGHT.search(raw) is not None)
        or (b"?" in raw and _TIGHT_QUESTION.search(raw) is not None)
        or ((b"|" in raw or b">" in raw) and _LOOSE_HEADER.search(raw) is not None)
    )


def position(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of a character; only newlines end lines."""
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def _too_large(raw: bytes) -> Finding:
    return Finding(
        code="yaml-too-large",
        message=f"The document has {len(raw):,} bytes; at most {LARGEST_DOCUMENT:,} are read",
        hint="Put long material beside the record as an attachment",
        line=1,
        column=1,
    )


def _mark(raw: bytes, found: re.Match[bytes]) -> Finding:
    # Refused before parsing: the parser compares each `%TAG` with all before it, which takes seconds, and it is silent
    # about a second `...`, which is an empty document to other readers.
    directive = found[0] == b"%"
    return Finding(
        code="yaml-directive" if directive else "yaml-second-document",
        message="A line begins with `%`, as directives do" if directive else "The line `...` ends a document",
        hint="Remove the line; text goes further in than the margin",
        line=raw.count(b"\n", 0, found.start()) + 1,
        column=1,
    )


def _not_utf8(raw: bytes, index: int) -> Finding:
    before = raw[:index].decode("utf-8")
    line, column = position(before, len(before))
    other = " (it looks like UTF-16)" if raw.startswith(_OTHER_ENCODINGS) else ""
    return Finding(
        code="yaml-not-utf8",
        message=f"Byte 0x{raw[index]:02X} is not UTF-8 text{other}",
        hint="Save the file with the encoding UTF-8",
        line=line,
        column=column,
    )


def _faults_of_text(text: str) -> Iterator[Finding]:
    """Yield the finding of each kind of forbidden character; the order is that of their codes below."""
    content = text
    if text.startswith("\ufeff"):
        content = text[1:]  # Editors do not count it among the columns.
        yield Finding(
            code="yaml-bom",
            message="The file begins with a byte order mark",
            hint="Save the file as UTF-8 without BOM",
            line=1,
            column=1,
        )
    if "\r" in content:
        line, column = position(content, content.index("\r"))
        yield Finding(
            code="yaml-line-ends",
            message="Lines end with carriage returns (CR or CRLF)",
            hint="Save the file with line ends LF",
            line=line,
            column=column,
        )
    yield from _control_characters(content.replace("\r", " "))


def _control_characters(text: str) -> Iterator[Finding]:
    found = FORBIDDEN.search(text)
    if found is None:
        return
    line, column = position(text, found.start())
    more = len(FORBIDDEN.findall(text)) - 1
    yield Finding(
        code="yaml-control-character",
        message=f"{spell_character(found[0])} must not stand in a document"
        + (f", nor {more} more like it" if more else ""),
        hint="Remove the character; a line ends with LF only",
        line=line,
        column=column,
    )


def spell_character(character: str) -> str:
    """Name a character that cannot be shown: `U+0007`."""
    return f"U+{ord(character):04X}"
