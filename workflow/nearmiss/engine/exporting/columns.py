"""Columns: the sheets of an export and what stands in each, derived from the format of the record itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

from nearmiss.engine.schemas.files import explained_schema
from nearmiss.models.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nearmiss.engine.schemas.json_schema import Schema

RECORDS_SHEET, STEPS_SHEET, SIGNERS_SHEET = "records", "steps", "signers"
COLUMNS_SHEET, ABOUT_SHEET = "columns", "about"

SHARED_SHEETS = {"Link": "links", "Attachment": "attachments"}
"""Parts that stand at many places of a record and share one sheet, which says where each entry stood."""

_DATES = frozenset({"Day", "PartialDate", "ReportDate"})


class Kind(Enum):
    """What sort of value a column holds."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "true or false"
    DATE = "date"
    INSTANT = "instant"
    LIST = "list"
    ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its name, what it means, and the way of keys to its value within an entry.

    Without a way it says where the entry itself belongs: to which record, and to which place of it.
    """

    name: str
    way: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet: its name, what its rows are, its columns, and the lists of a record that its rows are made of."""

    name: str
    about: str
    header: tuple[Column, ...]
    sources: tuple[str, ...] = ()


_RECORD = Column(name="record", meaning="The id of the record.")
_SEQ = Column(name="seq", kind=Kind.NUMBER, meaning="The number of the step within the record.")
_NUMBER = Column(name="no", kind=Kind.NUMBER, meaning="The place of the entry in its list, from 1.")
_IN = Column(name="in", meaning="The list that the entry stands in.")
_OF = Column(
    name="of", meaning="The id, or else the number, of the entry that the list belongs to; empty at a section."
)

_OF_RECORDS = (
    Column(name="path", way=("path",), meaning="Where the record lies in the repository."),
    Column(
        name="first_on_main",
        way=("first_on_main",),
        kind=Kind.INSTANT,
        meaning="When the main branch first held it: an instant in UTC, a day for a confidential report, a month "
        "for an anonymous one.",
    ),
)

_STEPS = Sheet(
    name=STEPS_SHEET,
    about="The steps that the records took, complete with their signatures.",
    header=(
        _RECORD,
        _SEQ,
        Column(name="transition", way=("transition",), meaning="What the policy calls the step."),
        Column(name="from", way=("from",), meaning="The state before."),
        Column(name="to", way=("to",), meaning="The state after."),
        Column(
            name="in_force",
            way=("in_force",),
            kind=Kind.TRUTH,
            meaning="False for a step that a later one took back, and for steps back themselves.",
        ),
        Column(
            name="signed_at",
            way=("signed_at",),
            kind=Kind.INSTANT,
            meaning="The last approval, in UTC, by the signers' own clocks.",
        ),
        Column(
            name="policy_version",
            way=("policy_version",),
            kind=Kind.NUMBER,
            meaning="The version of the policy that judged it.",
        ),
    ),
)

_SIGNERS = Sheet(
    name=SIGNERS_SHEET,
    about="Who approved each step.",
    header=(
        _RECORD,
        _SEQ,
        Column(name="by", way=("by",), meaning="The handle of who signed."),
        Column(name="role", way=("role",), meaning="The role in which they signed."),
        Column(name="at", way=("at",), kind=Kind.INSTANT, meaning="When, in UTC, by their own clock."),
        Column(name="assurance", way=("assurance",), meaning="How sure it is who that was; asserted is a claim."),
    ),
)


COLUMNS = Sheet(
    name=COLUMNS_SHEET,
    about="What each column means.",
    header=tuple(Column(name=name) for name in ("sheet", "column", "kind", "meaning")),
)
ABOUT = Sheet(
    name=ABOUT_SHEET,
    about="What was exported.",
    header=tuple(Column(name=name) for name in ("what", "value")),
)


def explain(sheets: Iterable[Sheet]) -> Iterator[list[str]]:
    """Yield the rows of the sheet that says what each column of the others means."""
    for sheet in sheets:
        yield [sheet.name, "", "", sheet.about]
        yield from ([sheet.name, column.name, column.kind.value, column.meaning] for column in sheet.header)


@cache
def sheets() -> tuple[Sheet, ...]:
    """Return the sheets of an export: the records first, then each list of a record, then steps and signers.

    They follow from the format alone, never from what the records of the day hold: a program that reads one export
    reads the next.
    """
    found = _Walk(explained_schema(Record, "Near miss"))
    records = Sheet(name=RECORDS_SHEET, about="One line for each record.", header=(*found.plain, *_OF_RECORDS))
    return (records, *found.lists(), _STEPS, _SIGNERS)


@dataclass(frozen=True, kw_only=True)
class _ListOf:
    """A list of mappings found on the walk: where, what it is of, and the keys of an entry."""

    source: str
    part: str
    about: str
    columns: tuple[Column, ...]


class _Walk:
    """A walk over the schema of a record: what is there once, and what is there many times."""

    def __init__(self, schema: Schema) -> None:
        self._parts: dict[str, Schema] = schema["$defs"]
        self._lists: list[_ListOf] = []
        self.plain = tuple(
            column
            for name, field in schema["properties"].items()
            if name != "schema"
            for column in self._columns(field, (name,), source=name)
        )

    def lists(self) -> Iterator[Sheet]:
        """Yield a sheet for each list, and one for all lists of a part that stands at many places."""
        shared = {part: [one for one in self._lists if one.part == part] for part in SHARED_SHEETS}
        for one in self._lists:
            if one.part not in SHARED_SHEETS:
                name = one.source.removesuffix("[]").rpartition(".")[2]
                yield _sheet(name, [one], nested="[]." in one.source)
        for part, lists in shared.items():
            yield _sheet(SHARED_SHEETS[part], lists, nested=True)

    def _columns(self, field: Schema, way: tuple[str, ...], *, source: str) -> Iterator[Column]:
        """Yield the columns for one field; a list of mappings is noted instead."""
        name, part = self._part_of(field)
        if field.get("type") == "array":
            yield from self._column_or_list(field, way, source=source)
        elif "properties" in part:
            for key, each in part["properties"].items():
                yield from self._columns(each, (*way, key), source=f"{source}.{key}")
        else:
            yield Column(
                name=".".join(way), way=way, kind=_kind(name, field), meaning=str(field.get("description", ""))
            )
            # One of several: a plain value, or a mapping.
            for each in field.get("oneOf", ()):
                if "properties" in self._part_of(each)[1]:
                    yield from self._columns(each, way, source=source)

    def _column_or_list(self, field: Schema, way: tuple[str, ...], *, source: str) -> Iterator[Column]:
        name, part = self._part_of(field["items"])
        meaning = str(field.get("description", ""))
        if "properties" not in part:
            yield Column(name=".".join(way), way=way, kind=Kind.LIST, meaning=meaning)
            return
        place = len(self._lists)
        columns = tuple(
            column
            for key, each in part["properties"].items()
            for column in self._columns(each, (key,), source=f"{source}[].{key}")
        )
        about = meaning or str(part.get("description", ""))
        # Before the lists within it, as it comes first in the record.
        self._lists.insert(place, _ListOf(source=f"{source}[]", part=name, about=about, columns=columns))

    def _part_of(self, field: Schema) -> tuple[str, Schema]:
        name = str(field.get("$ref", "")).rpartition("/")[2]
        return name, self._parts.get(name, {})


def _kind(name: str, field: Schema) -> Kind:
    if name in _DATES:
        return Kind.DATE
    if name or "oneOf" in field:
        return Kind.TEXT
    kinds: dict[Any, Kind] = {"integer": Kind.NUMBER, "boolean": Kind.TRUTH, None: Kind.ANY}
    return kinds.get(field.get("type"), Kind.TEXT)


def _sheet(name: str, lists: Sequence[_ListOf], *, nested: bool) -> Sheet:
    return Sheet(
        name=name,
        about=lists[0].about,
        header=(*((_RECORD, _IN, _OF, _NUMBER) if nested else (_RECORD, _NUMBER)), *lists[0].columns),
        sources=tuple(one.source for one in lists),
    )
