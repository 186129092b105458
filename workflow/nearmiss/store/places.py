"""Where in a document a field stands: a second pass over its events, made only when there is a finding to place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from nearmiss.store import guard
from nearmiss.store.guard import DEEPEST, MOST_EVENTS
from nearmiss.store.parser import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    YAMLError,
    events,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nearmiss.policy.findings import Field

Place = tuple[int, int]
"""Line and column, both from 1."""

_STARTS = {MappingStartEvent, SequenceStartEvent}
_ENDS = {MappingEndEvent, SequenceEndEvent}
_NODES = {ScalarEvent, AliasEvent, *_STARTS}

TOP: Place = (1, 1)
"""Where a document begins; the place of everything in a file that cannot be read."""


@dataclass(slots=True, kw_only=True)
class _Holder:
    """A mapping or list on the way; `way` is None when nothing inside it is asked for."""

    way: Field | None
    mapping: bool
    key: str | None = None
    key_passed: bool = False
    index: int = 0

    def arrive(self, event: Any) -> Field | None:
        """Step onto the next node, a key or a value, and return the way to it; None for what has no way."""
        step: str | int | None = self.index
        if self.mapping:
            self.key_passed = not self.key_passed
            if self.key_passed:
                self.key = getattr(event, "value", None)
            step = self.key
        else:
            self.index += 1
        return None if self.way is None or step is None else (*self.way, step)


def locate(raw: bytes, at: Field) -> Place:
    """Return line and column of the key (or list entry) at a field, or of the nearest one above it."""
    return locate_many(raw, (at,))[at]


def locate_many(raw: bytes, fields: Iterable[Field]) -> dict[Field, Place]:
    """Return the places of many fields in one pass; of a key given twice, the first."""
    asked = tuple(fields)
    wanted = {field[:length] for field in asked for length in range(len(field) + 1)}
    places: dict[Field, Place] = {(): TOP}
    if not guard.inspect(raw):
        try:
            for way, mark in _walk(raw, wanted):
                places[way] = (mark.line + 1, mark.column + 1)
        except YAMLError:
            pass  # What stands behind a syntax error has no place; what stands before it does.
    return {field: _nearest(places, field) for field in asked}


def _nearest(places: dict[Field, Place], field: Field) -> Place:
    while field not in places:
        field = field[:-1]
    return places[field]


def _walk(raw: bytes, wanted: set[Field]) -> Iterator[tuple[Field, Any]]:
    """Yield each wanted way that the document has, once, with the mark of its key or entry."""
    missing = set(wanted)
    holders: list[_Holder] = []
    for event in islice(events(raw), MOST_EVENTS):
        kind = type(event)
        if kind in _ENDS:
            holders.pop()
        elif kind in _NODES:
            way = holders[-1].arrive(event) if holders else ()
            if way in missing:
                missing.remove(way)
                yield way, event.start_mark
            if kind in _STARTS:
                # The reader goes no deeper either, and the parser takes longer with each level of open brackets.
                if len(holders) >= DEEPEST:
                    return
                holders.append(_Holder(way=way if way in wanted else None, mapping=kind is MappingStartEvent))
