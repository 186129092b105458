"""What changed since the last quarter, as all staff may see it: no record is named, and nothing is about a few."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.privacy import AGAINST_EXPOSURE, is_few, is_small, public_figure, suppressed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nearmiss.engine.indicators.comparing import Compared, Line
    from nearmiss.engine.indicators.figures import Figure
    from nearmiss.engine.indicators.reading import Known

QUARTER = 3


@dataclass(frozen=True, kw_only=True)
class PublicLine:
    """One indicator: as it was known then, as it is known now of the same day, and as it is by now.

    `records` says by how many reports it is restated: None where it is not, 0 where they are too few to be told or
    where it is none. `ways` are those that as many reports share that nobody can be recognised, and whatever is no
    report.
    """

    name: str
    then: Figure
    restated: Figure
    now: Figure
    is_restated: bool
    records: int
    is_by_few: bool
    ways: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PublicComparison:
    """Every indicator in three columns, as of a past day and its commit."""

    day: date
    commit: str
    lines: tuple[PublicLine, ...]


def end_of_last_quarter(today: date) -> date:
    """Return the last day of the quarter before the one that a day lies in."""
    return date(today.year, today.month - (today.month - 1) % QUARTER, 1) - timedelta(days=1)


def without_restricted_then_or_now(then: Known, now: Known) -> tuple[Known, Known]:
    """Return both without the records that are of a restricted class by now, and the first without those that were."""
    kept_back = {id_ for id_, one in now.facts.items() if one.classification in now.restricted}
    kept_back_then = kept_back | {
        id_ for id_, one in then.facts.items() if one.classification in then.restricted | now.restricted
    }
    return (
        replace(then, facts={id_: one for id_, one in then.facts.items() if id_ not in kept_back_then}),
        replace(now, facts={id_: one for id_, one in now.facts.items() if id_ not in kept_back}),
    )


def in_public(compared: Compared) -> PublicComparison:
    """Return a comparison as all staff may see it.

    Each column is as `publish` has it. Besides, a number of the past is not shown where it tells a few records by the
    other columns: those that restate it, those that came since, or those that fell out of the period.
    """
    return PublicComparison(
        day=compared.day,
        commit=compared.commit,
        lines=tuple(_public_line(line, compared.lines) for line in compared.lines),
    )


def _public_line(line: Line, lines: Iterable[Line]) -> PublicLine:
    columns = (
        {one.name: one.then for one in lines},
        {one.name: one.restated for one in lines},
        {one.name: one.now for one in lines},
    )
    then, restated, now = (_bare(public_figure(line.name, column)) for column in columns)
    changed = {cause.record: cause.ways for cause in line.causes if cause.record}
    if _tells_how_many(line):
        if is_small(changed) or _moved_a_few(line.then, line.now):
            then = suppressed()
        if _moved_a_few(line.restated, line.now):
            restated = suppressed()
    return PublicLine(
        name=line.name,
        then=then,
        restated=restated,
        now=now,
        is_restated=line.is_restated,
        records=0 if is_small(changed) else len(changed),
        is_by_few=is_small(changed),
        ways=(
            *_shared_ways(changed.values()),
            *(way for cause in line.causes if not cause.record for way in cause.ways),
        ),
    )


def _bare(figure: Figure) -> Figure:
    """Return a value without what it is made of, and rounded, so that this cannot be worked out."""
    value = None if figure.value is None else round(figure.value, 1)
    return replace(figure, value=value, numerator=None, denominator=None, counted=(), left_out=())


def _tells_how_many(line: Line) -> bool:
    is_of_days = any(one.days is not None for figure in (line.then, line.restated, line.now) for one in figure.counted)
    return not is_of_days and line.name not in AGAINST_EXPOSURE


def _moved_a_few(one: Figure, other: Figure) -> bool:
    pairs = ((set(one.records), set(other.records)), (set(one.records_above), set(other.records_above)))
    return any(is_small(first - second) or is_small(second - first) for first, second in pairs)


def _shared_ways(ways_of_records: Collection[tuple[str, ...]]) -> list[str]:
    """Return the ways that no few records share, and that no few do not."""
    numbers = Counter(way for ways in ways_of_records for way in ways)
    shared = (way for way, number in numbers.items() if not is_few(number))
    return sorted(way for way in shared if not is_few(len(ways_of_records) - numbers[way]))
