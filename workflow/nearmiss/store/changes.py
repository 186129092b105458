"""Edits on plain data: what the data will be, and the least changes that lead there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError
from nearmiss.policy.findings import spell_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.documents import Edit
    from nearmiss.policy.findings import Field


class UnfitEditError(NearMissError):
    """An edit does not fit the document: nothing to remove, a list's place beyond its end, a value in the way."""

    def __init__(self, at: Field, why: str) -> None:
        super().__init__(
            f"{spell_field(at) or 'The document'} cannot be edited: {why}",
            hint="Look at the document as it is now and name a field that it has, or the next free place of a list",
        )
        self.at = at


class Kind(StrEnum):
    """What a change does: put another value, add a key, insert a list entry, drop either."""

    PUT = "put"
    ADD = "add"
    INSERT = "insert"
    DROP = "drop"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change at one field; `at` of an insertion is the place that the entry will have."""

    kind: Kind
    at: Field
    value: Any = None


def edited(data: Any, edit: Edit) -> Any:
    """Return the data after an edit; what it shares with the data before is not copied. Raises UnfitEditError."""
    if edit.at:
        return _edited(data, edit, 0)
    if edit.remove or not isinstance(edit.value, dict):
        raise UnfitEditError((), "a document is always a mapping")
    return edit.value


def _edited(holder: Any, edit: Edit, depth: int) -> Any:
    step, last = edit.at[depth], depth + 1 == len(edit.at)
    holder = _prepared(holder, edit, depth)
    present = step < len(holder) if isinstance(step, int) else step in holder
    if edit.remove and not present:
        raise UnfitEditError(edit.at[: depth + 1], "there is nothing to remove")
    if last and edit.remove:
        return without(holder, step)
    inner = holder[step] if present else None
    return with_value(holder, step, edit.value if last else _edited(inner, edit, depth + 1))


def _prepared(holder: Any, edit: Edit, depth: int) -> Any:
    """Return the mapping or list that a step needs, a new one where there is nothing yet; raises UnfitEditError."""
    step, wanted = edit.at[depth], list if isinstance(edit.at[depth], int) else dict
    if holder is None:
        holder = wanted()
    if not isinstance(holder, wanted):
        raise UnfitEditError(edit.at[:depth], "it is not a " + ("list" if wanted is list else "mapping"))
    if isinstance(step, int) and not 0 <= step <= len(holder):
        raise UnfitEditError(edit.at[: depth + 1], f"the list has {len(holder)} entries")
    return holder


def with_value(holder: Any, step: str | int, value: Any) -> Any:
    """Return a copy of a mapping or list that has the value at a key or place, or behind the last place."""
    if isinstance(step, int):
        return [*holder[:step], value, *holder[step + 1 :]]
    return {**holder, step: value}


def without(holder: Any, step: str | int) -> Any:
    """Return a copy of a mapping or list that lacks one key or place."""
    if isinstance(step, int):
        return [*holder[:step], *holder[step + 1 :]]
    return {key: value for key, value in holder.items() if key != step}


def same(one: Any, other: Any) -> bool:
    """Say whether two values are the same data: 1 is not true here, and the order of keys does not matter."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def differences(old: Any, new: Any, at: Field = ()) -> Iterator[Change]:
    """Yield the changes that lead from old to new; each is meant for the data after those before it."""
    if same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and old and new:
        yield from _between_mappings(old, new, at)
    elif isinstance(old, list) and isinstance(new, list) and old and new:
        yield from _between_lists(old, new, at)
    else:
        yield Change(kind=Kind.PUT, at=at, value=new)


def _between_mappings(old: dict[str, Any], new: dict[str, Any], at: Field) -> Iterator[Change]:
    for key, value in new.items():
        if key in old:
            yield from differences(old[key], value, (*at, key))
        else:
            yield Change(kind=Kind.ADD, at=(*at, key), value=value)
    yield from (Change(kind=Kind.DROP, at=(*at, key)) for key in old if key not in new)


def _between_lists(old: list[Any], new: list[Any], at: Field) -> Iterator[Change]:
    """Leave what is alike at both ends; pair what is between; insert or drop the rest there."""
    shorter = min(len(old), len(new))
    head = next((index for index in range(shorter) if not same(old[index], new[index])), shorter)
    rest = shorter - head
    tail = next((back for back in range(rest) if not same(old[-1 - back], new[-1 - back])), rest)
    paired = shorter - tail
    for index in range(head, paired):
        yield from differences(old[index], new[index], (*at, index))
    for index in range(paired, len(new) - tail):
        yield Change(kind=Kind.INSERT, at=(*at, index), value=new[index])
    for index in reversed(range(paired, len(old) - tail)):
        yield Change(kind=Kind.DROP, at=(*at, index))


def changed(data: Any, change: Change) -> Any:
    """Return the data after one change that `differences` gave."""
    if not change.at:
        return change.value
    return _changed(data, change, 0)


def _changed(holder: Any, change: Change, depth: int) -> Any:
    step = change.at[depth]
    if depth + 1 < len(change.at):
        return with_value(holder, step, _changed(holder[step], change, depth + 1))
    if change.kind is Kind.DROP:
        return without(holder, step)
    if change.kind is Kind.INSERT and isinstance(step, int):
        return [*holder[:step], change.value, *holder[step:]]
    return with_value(holder, step, change.value)
