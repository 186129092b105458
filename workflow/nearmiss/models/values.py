"""The small typed values that records are made of: dates of any precision, handles, terms, lines of text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from nearmiss.models.ids import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

REDACTED = "redacted"
"""The word that stands for a withheld value. Absence means unknown; the two are never the same."""

LONGEST_TEXT = 20_000
LONGEST_LINE = 300
FIRST_YEAR, LAST_YEAR = 1900, 2199

# Control characters, line separators and the invisible characters that turn the reading direction around
# (U+202A–202E, U+2066–2069): what is reviewed must be what is read.
_BAD = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_TEXT_PATTERN = rf"^[^\s{_BAD}][^{_BAD}]*$"
_LINE_PATTERN = rf"^[^\s{_BAD}][^\t\n{_BAD}]*$"
_LONGEST_DATE = len("2026-11-21")
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_DATE_SCHEMAS = (
    {"type": "string", "format": "date"},
    {"type": "string", "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])$"},
    {"type": "string", "pattern": r"^[0-9]{4}$"},
)


class Part(BaseModel):
    """A mapping in a record: unknown keys, nulls and wrong types are findings, and nothing is converted."""

    # What validates is built when it is first asked for: most commands need but a few models. A default that is a
    # model itself is therefore made with `model_construct`: to call it would build it while it is imported.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


T = TypeVar("T")
Many = Annotated[tuple[T, ...], Strict(strict=False)]
"""A YAML list, kept as a tuple."""


def read_partial_date(text: str) -> tuple[date, date] | None:
    """Return the first and last day that a date of year, month or day precision may mean; None where it is no date."""
    return _read_date(text) if len(text) <= _LONGEST_DATE else None


@lru_cache(maxsize=4096)
def _read_date(text: str) -> tuple[date, date] | None:
    match = _PARTIAL_DATE.fullmatch(text)
    if not match:
        return None
    year, month, day = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        if day:
            return first, first
        last_month = int(month or 12)
        following = date(first.year + last_month // 12, last_month % 12 + 1, 1)
    except ValueError:
        return None
    return first, date.fromordinal(following.toordinal() - 1)


def _check_partial_date(text: str) -> str:
    if text == REDACTED:
        return text
    span = read_partial_date(text)
    if span is None or not FIRST_YEAR <= span[0].year <= LAST_YEAR:
        message = 'is not a date: write year-month-day, year-month or year, in quotes, such as "2026-11-21"'
        raise PydanticCustomError("bad-date", message)
    return text


def _check_day(text: str) -> str:
    if text != REDACTED and len(_check_partial_date(text)) != len("2026-11-21"):
        raise PydanticCustomError("bad-date", 'must be known to the day here, such as "2026-11-21"')
    return text


def _check_month(text: str) -> str:
    if text == REDACTED or len(_check_partial_date(text)) < len("2026-11"):
        raise PydanticCustomError("bad-date", 'must be known at least to the month, such as "2026-11"')
    return text


_REDACTED_SCHEMA: dict[str, Any] = {"const": REDACTED}

PartialDate = Annotated[
    str,
    AfterValidator(_check_partial_date),
    WithJsonSchema({"anyOf": [*_DATE_SCHEMAS, _REDACTED_SCHEMA], "examples": ["2026-11-21", "2026-11", "2026"]}),
]
"""An ISO 8601 date whose precision is the string's own: `2026-11-21`, `2026-11` or `2026`."""

Day = Annotated[
    str,
    AfterValidator(_check_day),
    WithJsonSchema({"anyOf": [_DATE_SCHEMAS[0], _REDACTED_SCHEMA], "examples": ["2026-11-21"]}),
]
"""A date known to the day, because a rule counts from it."""

ReportDate = Annotated[
    str,
    AfterValidator(_check_month),
    WithJsonSchema({"anyOf": [*_DATE_SCHEMAS[:2]], "examples": ["2026-11-21", "2026-11"]}),
]
"""The date of a report, known at least to the month: the folder of the record follows from it."""

Month = Annotated[str, StringConstraints(pattern=r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A calendar month, such as `2026-11`."""
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|redacted)$")]


def _check_instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("bad-date", "is no moment of the calendar: {text}", {"text": text}) from None
    return text


Instant = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z$"),
    AfterValidator(_check_instant),
    Field(json_schema_extra={"format": "date-time"}),
]
"""A moment in UTC to the second, as RFC 3339 writes it with `Z`."""

Text = Annotated[str, StringConstraints(pattern=_TEXT_PATTERN, max_length=LONGEST_TEXT)]
"""Text of one or more lines, without control characters."""
Line = Annotated[str, StringConstraints(pattern=_LINE_PATTERN, max_length=LONGEST_LINE)]
"""One line of text."""

HANDLE_PATTERN = r"^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$"
Handle = Annotated[str, StringConstraints(pattern=HANDLE_PATTERN, max_length=64)]
"""A person's or service's short name in `people.yaml`; `redacted` fits the pattern and is nobody's."""


def _not_a_boolean(value: Any) -> Any:
    """Python takes True for 1; a format version is a number."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "must be a whole number")
    return value


FormatVersion = Annotated[Literal[1], BeforeValidator(_not_a_boolean)]
"""The version of a file format; there is one so far."""
RecordId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)]
"""A kebab-case name of a term, role, transition, state or rule."""
LocalId = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[0-9]{1,3}$")]
"""An id within one record: `C1` a cause, `A1` an action, `E1` a piece of evidence."""
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$", max_length=100)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Scale = Annotated[int, Field(ge=1, le=5)]
"""One to five, as severity potential and likelihood are given."""
ActualLevel = Annotated[int, Field(ge=0, le=5)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]


Labels = dict[Language, Line]
"""A text per language: `{en: Hazard, de: Gefährdung}`."""


@dataclass(frozen=True)
class Vocabulary:
    """Marks a string as a term of a controlled vocabulary.

    The terms come from the validation context (`{"vocabulary": {list name: terms}}`), so that a list can grow without
    any code; where the context has none, only the form is checked.
    """

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check the form as any string's, then the term against the list."""
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Leave a mark where the exporter puts the terms of the instance."""
        return handler(schema) | {"x-vocabulary": self.name}

    def _check(self, term: str, info: core_schema.ValidationInfo) -> str:
        lists: Mapping[str, Collection[str]] = (info.context or {}).get("vocabulary", {})
        if term == REDACTED or self.name not in lists or term in lists[self.name]:
            return term
        raise PydanticCustomError(
            "unknown-term",
            "is not a term of the vocabulary {vocabulary}",
            {"vocabulary": self.name},
        )
