"""The forms of text in words: what a value must look like, for people, for editors and for findings alike."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import StringConstraints

from nearmiss.models import values

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS_OF_TEXT: Mapping[str, tuple[Any, str]] = {
    "Text": (values.Text, "must be text without control characters, not beginning with a space"),
    "Line": (values.Line, "must be one line without control characters, not beginning with a space"),
    "Name": (values.Name, "must be small letters, digits and single hyphens, such as moving-vehicle"),
    "Handle": (values.Handle, "must be a handle of people.yaml, such as r.meyer"),
    "RecordId": (values.RecordId, "must be the id of a record, such as NM-2026-7Q4K2"),
    "LocalId": (values.LocalId, "must be one or two capital letters and a number, such as C1, A1 or E1"),
    "Digest": (values.Digest, "must be sha256: and 64 hexadecimal digits"),
    "FileName": (values.FileName, "must be a plain file name, such as dock.jpg"),
    "Language": (values.Language, "must be a language, such as en or de"),
    "Month": (values.Month, 'must be a quoted month, such as "2026-11"'),
    "TimeOfDay": (values.TimeOfDay, 'must be a quoted time, such as "14:20"'),
    "Instant": (values.Instant, 'must be a quoted moment in UTC, such as "2026-11-22T08:05:00Z"'),
    "PartialDate": (values.PartialDate, 'must be a quoted date, such as "2026-11-21", "2026-11" or "2026"'),
    "Day": (values.Day, 'must be a quoted date known to the day, such as "2026-11-21"'),
    "ReportDate": (values.ReportDate, 'must be a quoted date, such as "2026-11-21" or "2026-11"'),
}
"""The kinds of text by name, each with its type and with words that complete "the field …"."""


@lru_cache(maxsize=1)
def words_by_pattern() -> Mapping[str, str]:
    """Return the words of each kind that is told by a pattern."""
    found = {}
    for kind, words in KINDS_OF_TEXT.values():
        for mark in getattr(kind, "__metadata__", ()):
            if isinstance(mark, StringConstraints) and isinstance(mark.pattern, str):
                found[mark.pattern] = words
    return found
