"""Rows: one record as typed cells, sheet by sheet."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from nearmiss.engine.exporting.columns import RECORDS_SHEET, SIGNERS_SHEET, STEPS_SHEET, Kind
from nearmiss.policy.dossier import get, values_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nearmiss.engine.exporting.columns import Sheet
    from nearmiss.engine.exporting.gathering import Exported
    from nearmiss.policy.findings import Field

    Entry = tuple[Mapping[str, "Cell"], Mapping[str, Any]]

Cell = str | int | date | datetime | None
"""A typed value of a cell; true and false are ints too, instants are in UTC. None: the record says nothing."""

EMPTY_LIST = "(none)"
"""What stands for a list without entries, since an empty cell says that there is no list."""


def rows_of(exported: Exported, sheets: Iterable[Sheet]) -> Iterator[tuple[str, list[Cell]]]:
    """Yield the rows of one record, each with the name of its sheet."""
    for sheet in sheets:
        for lead, entry in _ENTRIES.get(sheet.name, _listed_entries)(exported, sheet):
            yield (
                sheet.name,
                [
                    _cell(column.kind, get(entry, *column.way)) if column.way else lead[column.name]
                    for column in sheet.header
                ],
            )


def _record_entry(exported: Exported, _sheet: Sheet) -> Iterator[Entry]:
    beside = {"path": exported.dossier.path, "first_on_main": exported.first_on_main or None}
    yield {}, {**exported.dossier.data, **beside}


def _listed_entries(exported: Exported, sheet: Sheet) -> Iterator[Entry]:
    record = exported.dossier
    for source in sheet.sources:
        for way, entry in values_at(record.data, source):
            lead = {
                "record": record.id,
                "in": source.replace("[]", ""),
                "of": _name_of_last(record.data, way[:-1]),
                "no": int(way[-1]) + 1,
            }
            yield lead, entry


def _name_of_last(data: Any, way: Field) -> str | None:
    """Return the id, or else the number from 1, of the last list entry on a way; None where the way is in none."""
    name = None
    for step in way:
        data = data[step]
        if isinstance(step, int):
            name = str(data.get("id", step + 1))
    return name


def _step_entries(exported: Exported, _sheet: Sheet) -> Iterator[Entry]:
    for step in exported.steps:
        said = {
            "transition": step.transition,
            "from": step.from_,
            "to": step.to,
            "in_force": step.in_force,
            "signed_at": step.signed_at,
            "policy_version": step.policy_version,
        }
        yield {"record": exported.dossier.id, "seq": step.seq}, said


def _signer_entries(exported: Exported, _sheet: Sheet) -> Iterator[Entry]:
    for step in exported.steps:
        for signer in step.signers:
            said = {"by": signer.by, "role": signer.role, "at": signer.at, "assurance": signer.assurance}
            yield {"record": exported.dossier.id, "seq": step.seq}, said


_ENTRIES: Mapping[str, Callable[[Exported, Sheet], Iterator[Entry]]] = {
    RECORDS_SHEET: _record_entry,
    STEPS_SHEET: _step_entries,
    SIGNERS_SHEET: _signer_entries,
}
"""Where the rows of a sheet come from; those of every other sheet come from the lists of the record."""


# Values as cells


def _cell(kind: Kind, value: Any) -> Cell:
    """Return a value as its column holds it; what is withheld or less precise than a day stays text."""
    if value is None:
        return None
    if kind is Kind.LIST:
        return "\n".join(map(str, value)) or EMPTY_LIST
    if isinstance(value, str):
        return _moment(value) if kind in {Kind.DATE, Kind.INSTANT} else value
    if isinstance(value, int):
        return value
    # A correction may have put whole parts of a record; a choice between a text and a mapping has columns for both.
    return json.dumps(value, ensure_ascii=False) if kind is Kind.ANY else None


def _moment(text: str) -> Cell:
    """Return a day or an instant in UTC as one; any other text as it is."""
    try:
        if len(text) == len("2026-11-21"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text) if text.endswith("Z") else text
    except ValueError:
        return text
