"""Columns: what a mapping says, laid against the header of one file, before any row is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.importing.cleaning import fold, name_of
from nearmiss.engine.importing.dates import TIME_FORMATS, Ways, question
from nearmiss.engine.importing.mapping import WILDCARD
from nearmiss.engine.importing.targets import Kind
from nearmiss.engine.importing.terms import matches
from nearmiss.policy.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nearmiss.engine.importing.mapping import DetailRule, FieldRule, LinkRule, Mapping
    from nearmiss.engine.importing.rows import Row, Table

NEEDED = ("report.what_happened", "report.reported_on")
_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class DetailColumn:
    """One column that is kept as a detail, with the name of the detail."""

    column: str
    name: str
    split: str | None = None
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A mapping laid against a header: for each rule the columns that the file has for it.

    `problems` keep the import from beginning; `notes` tell what a reader of the plan should know.
    """

    key: tuple[str, ...] = ()
    fields: tuple[tuple[FieldRule, tuple[str, ...]], ...] = ()
    details: tuple[DetailColumn, ...] = ()
    links: tuple[tuple[LinkRule, str], ...] = ()
    problems: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


def lay_out(mapping: Mapping, table: Table) -> Columns:
    """Find the columns of every rule of a mapping in a table; names are compared without regard to case and spaces."""
    names = _Names(table.columns)
    fields = tuple((rule, names.present(rule.from_ or ())) for rule in mapping.fields)
    named = tuple(_details(rule, names) for rule in mapping.details)
    rest = _unmapped(mapping, table, names)
    kept = [DetailColumn(column=column, name=name_of(column)) for column in rest] if mapping.rest == "details" else []
    return Columns(
        key=names.present(mapping.key),
        fields=fields,
        details=(*(detail for found in named for detail in found), *kept),
        links=tuple((rule, column) for rule in mapping.links for column in names.present((rule.from_,))),
        problems=(*_lacking(mapping, table, names), *_open_questions(mapping, fields, table.rows)),
        notes=(*_absent(mapping, table, names), *_unnamed(mapping, table, rest)),
    )


class _Names:
    """Finds the columns of a file by the names that a mapping uses."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self._by_fold: dict[str, str] = {}
        for column in columns:
            self._by_fold.setdefault(fold(column), column)

    def present(self, names: Iterable[str]) -> tuple[str, ...]:
        found = (name if name in self.columns else self._by_fold.get(fold(name)) for name in names)
        return tuple(column for column in found if column)

    def like(self, pattern: str) -> tuple[str, ...]:
        if WILDCARD not in pattern:
            return self.present((pattern,))
        return tuple(column for column in self.columns if matches(pattern, column))

    def absent(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if not self.like(name)]


def _details(rule: DetailRule, names: _Names) -> tuple[DetailColumn, ...]:
    return tuple(
        DetailColumn(column=column, name=rule.name or name_of(column), split=rule.split, unless=rule.unless)
        for column in names.like(rule.from_)
    )


def mapped_columns(mapping: Mapping, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that the mapping names a place for: all but those ignored or left to `rest`."""
    names = _Names(columns)
    patterns = [
        *mapping.key,
        *(column for rule in mapping.fields for column in rule.from_ or ()),
        *(rule.from_ for rule in mapping.details),
        *(rule.from_ for rule in mapping.links),
    ]
    taken = {column for pattern in patterns for column in names.like(pattern)}
    return tuple(column for column in columns if column in taken)


def _unmapped(mapping: Mapping, table: Table, names: _Names) -> tuple[str, ...]:
    """Return the columns that hold something and that no rule speaks of."""
    ignored = {column for rule in mapping.ignore for column in names.like(rule.column)}
    spoken_of = ignored.union(mapped_columns(mapping, table.columns))
    filled = {name for row in table.rows for name, cell in row.cells.items() if cell.strip()}
    return tuple(column for column in table.columns if column in filled and column not in spoken_of)


def _lacking(mapping: Mapping, table: Table, names: _Names) -> list[Finding]:
    """Say which columns an import cannot do without and the file does not have."""
    lacking = names.absent(mapping.key)
    for rule in mapping.fields:
        absent = names.absent(rule.from_ or ())
        nothing_left = rule.to in NEEDED and len(absent) == len(rule.from_ or ()) > 0
        lacking += absent if nothing_left or not rule.optional else []
    if not lacking:
        return []
    return [
        Finding(
            code="mapping-column-missing",
            message=f"{table.name} has no column {_quoted(dict.fromkeys(lacking))}.",
            hint=(
                f"Its columns are {_quoted(filter(None, table.columns)) or 'none'}. Is header_rows right, and is this "
                "the file that the mapping is for? A field that may be absent says optional: true."
            ),
        )
    ]


def _absent(mapping: Mapping, table: Table, names: _Names) -> list[Finding]:
    optional = [column for rule in mapping.fields if rule.optional for column in rule.from_ or ()]
    others = [*(rule.from_ for rule in mapping.details), *(rule.from_ for rule in mapping.links)]
    absent = dict.fromkeys(names.absent([*optional, *(name for name in others if WILDCARD not in name)]))
    message = f"{table.name} has no column {_quoted(absent)}: nothing is taken from there."
    return [Finding(code="column-absent", message=message, severity=Severity.NOTE)] if absent else []


def _unnamed(mapping: Mapping, table: Table, rest: Sequence[str]) -> list[Finding]:
    if not rest:
        return []
    kept = mapping.rest == "details"
    fate = "kept as details under their own names" if kept else "not imported"
    return [
        Finding(
            code="column-unmapped",
            message=f"{table.name} has columns that the mapping does not name: {_quoted(rest)}; they are {fate}.",
            hint="Add them to the mapping, or to ignore: with a reason." if not kept else "",
            severity=Severity.NOTE if kept else Severity.WARNING,
        )
    ]


def ways_of(rule: FieldRule) -> Ways:
    """Return how the columns of a date or time field write their values."""
    default = TIME_FORMATS if rule.kind is Kind.TIME else ()
    return Ways(formats=rule.dates or default, first_year=rule.first_year)


def _open_questions(
    mapping: Mapping, fields: Sequence[tuple[FieldRule, tuple[str, ...]]], rows: Sequence[Row]
) -> list[Finding]:
    """Ask about every column of dates whose order or century the mapping leaves open."""
    asked: dict[str, Finding] = {}
    for rule, columns in fields:
        if rule.kind in {Kind.DATE, Kind.TIME}:
            silent = {fold(word) for word in (*mapping.nothing, *rule.unless, "")}
            for column in columns:
                cells = [(row.number, row.cells.get(column, "").strip()) for row in rows if not row.fault]
                for finding in _ask(
                    rule, column, [(number, cell) for number, cell in cells if fold(cell) not in silent]
                ):
                    asked.setdefault(column, finding)
    return list(asked.values())


def _ask(rule: FieldRule, column: str, cells: Sequence[tuple[int, str]]) -> list[Finding]:
    readings = [(number, cell, ways_of(rule).readings(cell)) for number, cell in cells]
    for number, cell, moments in readings:
        if len(moments) > 1:
            dates = " or ".join(sorted(moment.on for moment in moments))
            message = f'Row {number} has "{cell}" in column {column}, which the formats of the mapping read as {dates}.'
            return [Finding(code="date-ambiguous", message=message, hint="Keep the one format that is meant.")]
    unread = [(number, cell) for number, cell, moments in readings if not moments and any(map(str.isdigit, cell))]
    if rule.dates or not unread or rule.kind is Kind.TIME:
        return []
    shown = ", ".join(f'"{cell}" (row {number})' for number, cell in unread[:_EXAMPLES])
    message = f"Column {column} has dates such as {shown}, and the mapping does not say how they are written."
    return [Finding(code="date-format-unknown", message=message, hint=f"{question(unread[0][1])}.")]


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
