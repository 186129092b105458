"""Figures: one number with what it is made of, which records count, and which were left out and why."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DIGITS = 4
"""Decimal places of a value: enough for any comparison, and the same on every machine."""
HUNDRED = 100


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What one record adds: to the number above the line and to the one below, or the days that it took."""

    record: str
    above: int = 0
    below: int = 0
    days: int | None = None


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Records that belong to a figure and could not be counted, and why."""

    reason: str
    records: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number. `value` is None where there is none, and `why_not` says why; nothing is ever divided by nought."""

    value: float | None
    why_not: str = ""
    numerator: int | None = None
    denominator: int | None = None
    counted: tuple[Counted, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    is_suppressed: bool = False

    @property
    def records(self) -> tuple[str, ...]:
        """The ids of all records that count, above the line or below."""
        return tuple(sorted({one.record for one in self.counted}))

    @property
    def records_above(self) -> tuple[str, ...]:
        """The ids of the records that count above the line."""
        return tuple(sorted({one.record for one in self.counted if one.above}))

    def contributions(self) -> Mapping[str, tuple[tuple[int, int, int], ...]]:
        """Return by record what it adds, in an order of its own, so that two figures can be compared."""
        found: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for one in self.counted:
            found[one.record].append((one.above, one.below, -1 if one.days is None else one.days))
        return {record: tuple(sorted(parts)) for record, parts in found.items()}


@dataclass
class Gathering:
    """Collects what counts and what does not while a figure is worked out."""

    counted: list[Counted] = field(default_factory=list)
    gone: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def count(self, record: str, *, above: int = 0, below: int = 1) -> None:
        """Count a record, or another part of one."""
        self.counted.append(Counted(record=record, above=above, below=below))

    def took(self, record: str, days: int, *, fault: str) -> None:
        """Count a duration; a negative one is a fault of the data, and left out for that."""
        if days < 0:
            self.leave_out(record, fault)
        else:
            self.counted.append(Counted(record=record, below=1, days=days))

    def leave_out(self, record: str, reason: str) -> None:
        """Leave a record out, for a reason."""
        self.gone[reason].append(record)

    def _left_out(self) -> tuple[LeftOut, ...]:
        return tuple(
            LeftOut(reason=reason, records=tuple(sorted(set(self.gone[reason])))) for reason in sorted(self.gone)
        )

    def _made(self, value: float | None, *, why_not: str = "") -> Figure:
        return Figure(
            value=None if value is None else round(value, DIGITS),
            why_not=why_not if value is None else "",
            counted=tuple(sorted(self.counted, key=lambda one: (one.record, one.days or 0, one.above, one.below))),
            left_out=self._left_out(),
        )

    def number(self) -> Figure:
        """Return how many there are."""
        total = sum(one.above for one in self.counted)
        return replace(self._made(total), numerator=total)

    def ratio(self, *, times: int = 1, above: int | None = None, below: int | None = None, why_not: str) -> Figure:
        """Return above / below × times; either side comes from elsewhere where it is given."""
        top = sum(one.above for one in self.counted) if above is None else above
        bottom = sum(one.below for one in self.counted) if below is None else below
        value = top * times / bottom if bottom else None
        return replace(self._made(value, why_not=why_not), numerator=top, denominator=bottom)

    def percent(self, *, why_not: str) -> Figure:
        """Return above / below in percent."""
        return self.ratio(times=HUNDRED, why_not=why_not)

    def quantile(self, share: float, *, why_not: str) -> Figure:
        """Return the median (0.5) or another quantile of the durations."""
        days = sorted(one.days for one in self.counted if one.days is not None)
        value = None if not days else median(days) if share == MEDIAN else nearest_rank(days, share)
        return replace(self._made(value, why_not=why_not), denominator=len(days))

    def none(self, why_not: str) -> Figure:
        """Return no value, for a reason."""
        return self._made(None, why_not=why_not)


MEDIAN, P90 = 0.5, 0.9


def median(ordered: Sequence[int]) -> float:
    """Return the middle one of some ordered numbers, or the mean of the two in the middle."""
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def nearest_rank(ordered: Sequence[int], share: float) -> float:
    """Return the smallest of some ordered numbers that at least a share of them does not exceed (nearest rank)."""
    return float(ordered[max(math.ceil(round(share * len(ordered), 9)) - 1, 0)])


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table: how many there are of something, what share that is, and what share so far."""

    key: str
    label: str
    number: int
    share: float | None = None
    so_far: float | None = None
    records: tuple[str, ...] = ()
    shown: str = ""
    """What stands in place of the number where it must not be shown."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A distribution: rows that add up to a total. Its sentence says what is counted."""

    name: str
    label: str
    definition: str
    counts: str
    rows: tuple[Row, ...]
    cumulative: bool = False
    groups: tuple[frozenset[str], ...] = field(default=(), compare=False)
    """Keys of rows whose sum is told elsewhere too."""

    @property
    def total(self) -> int:
        """The sum of all rows."""
        return sum(row.number for row in self.rows)


def tabulate(
    name: str, label: str, definition: str, *, counts: str, rows: Iterable[tuple[str, str, Sequence[str]]]
) -> Table:
    """Return a table from keys, labels, and the record of each thing that is counted."""
    made = tuple(
        Row(key=key, label=words, number=len(records), records=tuple(sorted(set(records))))
        for key, words, records in rows
    )
    total = sum(row.number for row in made)
    shared = tuple(replace(row, share=round(HUNDRED * row.number / total, DIGITS) if total else None) for row in made)
    return Table(name=name, label=label, definition=definition, counts=counts, rows=shared)
