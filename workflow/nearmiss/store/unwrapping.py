"""What is around the text of a document and no part of it: encoding, line ends, and marks that say nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.store.slips import note

if TYPE_CHECKING:
    from nearmiss.policy.findings import Finding

_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_MARK = "\ufeff"
_DIRECTIVE = re.compile(r"\A(?P<above>(?:[ ]*(?:#[^\n]*)?\n)*)%YAML[ ]+1\.2[ ]*(?:#[^\n]*)?\n")
_LAST_MARKS = re.compile(r"^(?:---|\.\.\.)[ ]*(?:\n(?:(?:---|\.\.\.)?[ ]*(?:#[^\n]*)?(?:\n|\Z))*|\Z)\Z", re.MULTILINE)


def decode(raw: bytes) -> str | None:
    """Return bytes as text, byte order mark included; None where they are neither UTF-8 nor marked as UTF-16."""
    try:
        return raw.decode(_UTF16.get(raw[:2], "utf-8"))
    except UnicodeDecodeError:
        return None


def unwrap(raw: bytes, text: str) -> tuple[str, list[Finding]]:
    """Return the text alone, in the way that ours are written, and what was taken away from around it."""
    done = []
    if raw[:2] in _UTF16:
        done.append(note(code="yaml-not-utf8", message="written as UTF-8 instead of UTF-16", line=1))
    elif text.startswith(_MARK):
        done.append(note(code="yaml-bom", message="the byte order mark taken out", line=1))
    text = text.removeprefix(_MARK)
    for step in (_line_ends, _directive, _last_marks):
        text, found = step(text)
        done += found
    return text, done


def _line_ends(text: str) -> tuple[str, list[Finding]]:
    """Make line ends LF where they are CRLF, or all CR; a stray CR is somebody's character and stays."""
    if "\r" not in text:
        return text, []
    lines = text.replace("\r\n", "\n")
    if "\r" in lines and "\n" not in lines:
        lines = lines.replace("\r", "\n")
    if "\r" in lines:
        return text, []
    number = text.count("\r")
    first = text.count("\n", 0, text.index("\r")) + 1
    return lines, [note(code="yaml-line-ends", message=f"line ends made LF, {number} of them", line=first)]


def _directive(text: str) -> tuple[str, list[Finding]]:
    """Take out what says that the document is YAML 1.2: every one of ours is."""
    found = _DIRECTIVE.match(text)
    if found is None:
        return text, []
    line = found["above"].count("\n") + 1
    return found["above"] + text[found.end() :], [
        note(code="yaml-directive", message="the directive `%YAML 1.2` taken out", line=line)
    ]


def _last_marks(text: str) -> tuple[str, list[Finding]]:
    """Take out marks of a document's end behind which nothing comes."""
    found = _LAST_MARKS.search(text)
    if found is None or not text[: found.start()].strip():
        return text, []
    rest = "".join(line for line in found[0].splitlines(keepends=True) if not line.startswith(("---", "...")))
    line = text.count("\n", 0, found.start()) + 1
    return text[: found.start()] + rest, [
        note(code="yaml-second-document", message="the mark of the document's end taken out", line=line)
    ]
