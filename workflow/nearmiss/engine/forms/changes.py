"""What answers change in a record: edits, rows that come and go, and how two people's changes meet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.forms.answers import (
    ABSENT,
    Answer,
    Ids,
    Row,
    answers_from,
    entry_before,
    entry_of,
    records_in,
    rows_in,
    value_of,
    words_in,
)
from nearmiss.engine.forms.shapes import Kind, Shape
from nearmiss.policy.plain import values_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ADD, REMOVE, SEARCH = "add:", "remove:", "search"
LARGEST_EMPTY = 60
"""Rows that one form may hold: nobody fills in more at once."""


def ids_of(data: Mapping[str, Any]) -> Ids:
    """Return the ids that a record uses anywhere, those that only references name any more included."""
    known = {
        "root_cause.causes": ("root_cause.causes[].id", "root_cause.causes[].explains"),
        "action_plan.actions": ("action_plan.actions[].id", "progress[].action"),
        "investigation.evidence": ("investigation.evidence[].id",),
    }
    lists = {
        "root_cause.causes": ("action_plan.actions[].addresses",),
        "investigation.evidence": ("root_cause.causes[].evidence",),
    }
    taken: dict[str, frozenset[str]] = {}
    for path, single in known.items():
        found = {str(value) for one in single for _, value in values_at(data, one)}
        for many in lists.get(path, ()):
            found |= {str(one) for _, value in values_at(data, many) if isinstance(value, list) for one in value}
        taken[path] = frozenset(found)
    return Ids(taken=taken)


def section_after(shape: Shape, answer: Answer, data: Mapping[str, Any]) -> Any:
    """Return what a section says by the answers to its form; ABSENT where it says nothing."""
    return value_of(shape, answer, data.get(shape.key, ABSENT), ids=ids_of(data))


def edits_between(section: str, old: Any, new: Any) -> list[Edit]:
    """Return the edits that lead from what a section says to what it is to say: one for each field that differs."""
    if same(old, new):
        return []
    if new is ABSENT:
        return [Edit(at=(section,), remove=True)]
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [Edit(at=(section,), value=new)]
    put = [Edit(at=(section, key), value=value) for key, value in new.items() if not same(old.get(key, ABSENT), value)]
    return [*put, *(Edit(at=(section, key), remove=True) for key in old if key not in new)]


def same(one: Any, other: Any) -> bool:
    """Say whether two values are the same data: 1 is not true here."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


# Rows that come and go


def acted(shape: Shape, answer: Answer, action: str) -> Answer:
    """Return the answers after a row was added or taken out, as the name of a button says; else as they are."""
    for beginning, change in ((ADD, _with_row), (REMOVE, _without_row)):
        if action.startswith(beginning):
            first, *way = action.removeprefix(beginning).split(".")
            return _reached(shape, answer, way, change) if first == shape.key else answer
    return answer


def _reached(shape: Shape, answer: Answer, way: Sequence[str], change: Any) -> Answer:
    """Return the answers with the list changed that a way of keys and places leads to."""
    if shape.kind is Kind.PARTS and isinstance(answer, list):
        rows = rows_in(answer)
        if len(way) <= 1:
            changed: Answer = change(shape, rows, way)
            return changed
        place = int(way[0]) if way[0].isdecimal() else len(rows)
        return [
            replace(row, answers=_inside(shape, dict(row.answers), way[1:], change)) if number == place else row
            for number, row in enumerate(rows)
        ]
    return _inside(shape, answer, way, change) if isinstance(answer, dict) and way else answer


def _inside(shape: Shape, answer: dict[str, Answer], way: Sequence[str], change: Any) -> dict[str, Answer]:
    inner = next((one for one in shape.inside if one.key == way[0]), None)
    if inner is None:
        return answer
    return {**answer, inner.key: _reached(inner, answer.get(inner.key), way[1:], change)}


def _with_row(shape: Shape, rows: list[Row], way: Sequence[str]) -> list[Row]:
    if way or sum(row.was is None for row in rows) >= LARGEST_EMPTY:
        return rows
    return [*rows, empty_row(shape)]


def _without_row(_: Shape, rows: list[Row], way: Sequence[str]) -> list[Row]:
    return [row for place, row in enumerate(rows) if [str(place)] != list(way)]


def empty_row(shape: Shape) -> Row:
    """Return a row that nothing was answered in yet."""
    return Row(was=None, answers={one.key: answers_from(one, ABSENT) for one in shape.inside})


def tidied(shape: Shape, answer: Answer, old: Any) -> Answer:
    """Return the answers without rows in which nothing stands, so that rows count as the entries of the record do."""
    if isinstance(answer, dict):
        inside = {one.key: one for one in shape.inside}
        before = old if isinstance(old, dict) else {}
        return {
            key: tidied(inside[key], inner, before.get(key, ABSENT)) if key in inside else inner
            for key, inner in answer.items()
        }
    if shape.kind is not Kind.PARTS or not isinstance(answer, list):
        return answer
    return list(_tidy_rows(shape, rows_in(answer), old))


def _tidy_rows(shape: Shape, rows: Sequence[Row], old: Any) -> Iterator[Row]:
    for row in rows:
        was = entry_before(row, old)
        if entry_of(shape, row, old, ids=Ids()) is not ABSENT:
            answers = {one.key: tidied(one, row.answers.get(one.key), _at(was, one.key)) for one in shape.inside}
            yield replace(row, answers=answers)


def _at(value: Any, key: str) -> Any:
    return value.get(key, ABSENT) if isinstance(value, dict) else ABSENT


def with_similar(answer: Answer, *, searched: str, found: Sequence[str]) -> Answer:
    """Return the answers of an investigation with a search for similar cases in it, for a person to confirm.

    What somebody noted of it stays, and so do records that they named themselves.
    """
    similar = answer.get("similar") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(similar, dict):
        return answer
    named = records_in((*words_in(similar.get("found")), *found))
    return {**answer, "similar": {**similar, "searched": [searched], "found": ["\n".join(named)]}}
