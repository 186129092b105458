"""What all staff may see of the figures: no restricted class, and no number that could point at a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.figures import DIGITS, HUNDRED, Figure, Row, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from nearmiss.engine.indicators.reading import Known
    from nearmiss.engine.indicators.reckoning import Part, Reckoned

LEAST_SHOWN = 5
"""A number of reports below this could point at a person."""
SMALL = f"fewer than {LEAST_SHOWN}"
NOT_SHOWN = "not shown"
WHY = "too few reports to be shown"
WITHIN: Mapping[str, tuple[str, ...]] = {
    "near_misses": ("reports",),
    "near_miss_frequency": ("near_misses", "reports"),
    "near_miss_to_incident": ("near_misses", "reports"),
    "near_miss_share": ("near_misses", "reports"),
    "high_potential_share": ("near_misses", "reports"),
    "reports_per_100_people": ("reports",),
    "anonymous_share": ("reports",),
    "areas_reporting": ("reports",),
}
"""Numbers that are part of others, which are shown too: what is left of those must not be small either."""
AGAINST_EXPOSURE = frozenset({"near_miss_frequency", "reports_per_100_people"})
"""Figures against large numbers that are not shown, so that they do not tell how many reports they are of."""
NOT_PUBLIC = frozenset({"open_by_age"})
"""Tables whose total, how many are open in all, would tell a small number of another table apart."""
MONTHLY = "reports_by_month"
"""The table of which months are put together until none of the numbers is small."""
SPANS = (1, 3, 6, 12)
"""Months that are put together: of twelve, each of these makes whole rows, so that no two tables overlap."""
TO = "/"
"""What stands between the first and the last month in the key of a row."""


def without_restricted(known: Known) -> Known:
    """Return what is known without the records of restricted classes: those are not even counted in public."""
    facts = {id_: one for id_, one in known.facts.items() if one.classification not in known.restricted}
    return replace(known, facts=facts)


def publish(reckoned: Reckoned) -> Reckoned:
    """Return the figures as all staff may see them.

    A figure that counts fewer than five reports, or that tells fewer than five from the rest, is not shown; nor is one
    from which such a number could be had by taking others away (complementary suppression). No record is named.
    """
    hidden = {name: _hidden_parts(name, reckoned.parts) for name in reckoned.figures}
    parts = tuple(
        replace(
            part,
            figures={
                name: suppressed() if part.group.term in hidden[name] else public_figure(name, part.figures)
                for name in part.figures
            },
        )
        for part in reckoned.parts
    )
    return replace(
        reckoned,
        figures={name: public_figure(name, reckoned.figures) for name in reckoned.figures},
        parts=parts,
        tables=tuple(_public_table(table) for table in reckoned.tables if table.name not in NOT_PUBLIC),
        left_out={},
        records=0,
        is_public=True,
    )


def suppressed() -> Figure:
    """Return a figure that is not shown."""
    return Figure(value=None, why_not=WHY, is_suppressed=True)


def is_small(records: Collection[object]) -> bool:
    """Say whether there are a few: none at all points at nobody."""
    return is_few(len(records))


def is_few(number: int) -> bool:
    """Say whether a number of reports is so small that it could point at a person."""
    return 0 < number < LEAST_SHOWN


@dataclass
class _Counted:
    """The records of a figure, or of several parts of one together: all, those above the line, and those beside it."""

    name: str
    all: set[str] = field(default_factory=set)
    above: set[str] = field(default_factory=set)
    beside: list[set[str]] = field(default_factory=list)
    is_of_days: bool = False

    def add(self, figures: Mapping[str, Figure]) -> None:
        """Add the figure of one part."""
        figure = figures[self.name]
        self.all |= set(figure.records)
        self.above |= set(figure.records_above)
        self.is_of_days |= any(one.days is not None for one in figure.counted)
        left_out = {record for one in figure.left_out for record in one.records}
        wholes = [set(figures[whole].records) - set(figure.records) for whole in WITHIN.get(self.name, ())]
        nothing: set[str] = set()
        self.beside = [one | other for one, other in zip_longest(self.beside, [left_out, *wholes], fillvalue=nothing)]

    @property
    def tells_a_few(self) -> bool:
        """Whether the value itself is of a few, or tells a few from the rest."""
        if self.is_of_days:
            return is_small(self.all)
        if self.name == "areas_reporting":
            return is_small(self.all)
        return any(map(is_small, (self.all, self.above, self.all - self.above)))

    @property
    def leaves_a_few(self) -> bool:
        """Whether its number, taken from one that is shown, leaves a few."""
        return any(map(is_small, self.beside))

    @property
    def may_be_shown(self) -> bool:
        """Whether the value may be shown. A number of days, or one against the exposure, does not tell how many."""
        return not self.tells_a_few and (self.is_of_days or self.name in AGAINST_EXPOSURE or not self.leaves_a_few)


def _counted(name: str, *parts: Mapping[str, Figure]) -> _Counted:
    counted = _Counted(name)
    for figures in parts:
        counted.add(figures)
    return counted


def public_figure(name: str, figures: Mapping[str, Figure]) -> Figure:
    """Return one of some figures as all staff may see it."""
    counted = _counted(name, figures)
    if not counted.may_be_shown:
        return suppressed()
    shown = replace(figures[name], counted=(), left_out=())
    if not counted.is_of_days and not counted.leaves_a_few:
        return shown
    value = None if shown.value is None else round(shown.value, 1)
    return replace(shown, value=value, numerator=None, denominator=None)


def _hidden_parts(name: str, parts: Sequence[Part]) -> frozenset[str]:
    """Return the terms whose part of a figure is hidden: the small ones, and so many more that these stay unknown.

    The whole is shown, so what is hidden can be had together by taking the other parts away; together it must be
    something that may be shown.
    """
    present = {part.group.term: part.figures for part in parts if name in part.figures}
    order = sorted(present, key=lambda term: (len(present[term][name].records), term))
    hidden = {term for term in order if not _counted(name, present[term]).may_be_shown}
    for term in order:
        together = _counted(name, *(present[each] for each in hidden))
        if not hidden or (together.may_be_shown and len(together.all) >= LEAST_SHOWN):
            break
        hidden.add(term)
    return frozenset(hidden)


def suppress(numbers: Mapping[str, int], *, groups: Iterable[Collection[str]] = ()) -> dict[str, str]:
    """Return what stands in place of numbers that add up to a known total, by the names of those that are hidden.

    Each below five is; where the hidden ones together are still below five, so is the next larger. None at all is
    hidden too. By itself it points at nobody, but beside the total it would: were empty rows told, each hidden row
    would be known to hold somebody, and one that is left alone would be the rest of the total to the unit. So a row
    with one report looks like a row with none. What adds up to no total (`is_small`) may be told as none.

    `groups` are names whose sum is known as well: within each, the hidden ones together are none or no few.
    """
    hidden = {name for name, number in numbers.items() if number < LEAST_SHOWN}
    order = [name for name, _ in sorted(numbers.items(), key=lambda item: (item[1], item[0]))]
    for group in groups:
        names = [name for name in order if name in group]
        for name in names:
            if not is_few(_sum_of(hidden.intersection(names), numbers)):
                break
            hidden.add(name)
    for name in order:
        if not hidden or _sum_of(hidden, numbers) >= LEAST_SHOWN:
            break
        hidden.add(name)
    return {name: SMALL if numbers[name] < LEAST_SHOWN else NOT_SHOWN for name in numbers if name in hidden}


def _sum_of(names: Iterable[str], numbers: Mapping[str, int]) -> int:
    return sum(numbers[name] for name in names)


def _public_table(table: Table) -> Table:
    if table.name == MONTHLY:
        return in_safe_spans(table)
    hidden = suppress({row.key: min(row.number, len(row.records)) for row in table.rows}, groups=table.groups)
    rows, is_whole = [], True
    for row in table.rows:
        is_whole = is_whole and row.key not in hidden
        so_far = row.so_far if is_whole else None
        if row.key in hidden:
            rows.append(replace(row, number=0, share=None, so_far=None, records=(), shown=hidden[row.key]))
        else:
            rows.append(replace(row, so_far=so_far, records=()))
    # By size they would tell which of those that are hidden is the larger.
    return replace(table, rows=tuple(sorted(rows, key=lambda row: row.label if row.shown and table.cumulative else "")))


def in_safe_spans(table: Table) -> Table:
    """Return a table of months with so many of them put together that no number is small; none at all may be shown.

    Where even the whole is small, it is hidden. As all rows are shown or none is, nothing can be had by subtraction.
    """
    spans = (length for length in SPANS if len(table.rows) % length == 0)
    tried = [_put_together(table, length) for length in (*spans, len(table.rows)) if length]
    safe = next((rows for rows in tried if not any(is_small(row.records) for row in rows)), None)
    if safe is not None:
        return replace(table, rows=tuple(replace(row, records=()) for row in safe))
    hidden = (replace(row, number=0, share=None, records=(), shown=SMALL) for rows in tried[-1:] for row in rows)
    return replace(table, rows=tuple(hidden))


def _put_together(table: Table, length: int) -> list[Row]:
    total = table.total
    parts = [table.rows[start : start + length] for start in range(0, len(table.rows), length)]
    return [part[0] if length == 1 else _as_one(part, total) for part in parts]


def _as_one(rows: Sequence[Row], total: int) -> Row:
    number = sum(row.number for row in rows)
    return Row(
        key=f"{rows[0].key}{TO}{rows[-1].key}",
        label=f"{rows[0].label} to {rows[-1].label}",
        number=number,
        share=round(HUNDRED * number / total, DIGITS) if total else None,
        records=tuple(record for row in rows for record in row.records),
    )
