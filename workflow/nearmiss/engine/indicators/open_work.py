"""The open work in public: how much there is, how old it is and where it is late, with nothing about a few."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.cases import last_day_of
from nearmiss.engine.indicators.privacy import LEAST_SHOWN, is_few, suppress
from nearmiss.engine.indicators.tables import AGES, OLDER, UNTOLD, open_and_closed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nearmiss.engine.records.summaries import Summary


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How many open records there are of something; where that must not be told, `shown` stands in its place."""

    key: str
    number: int | None
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class Lateness:
    """The open records of an area, and how many of them have something overdue; None where that must not be told."""

    area: str
    number: int | None
    overdue: int | None


@dataclass(frozen=True, kw_only=True)
class OpenWork:
    """The open records in numbers; `total` and `overdue` are None where they are too few to be told."""

    total: int | None
    overdue: int | None
    by_state: tuple[Amount, ...]
    by_age: tuple[Amount, ...]
    by_area: tuple[Lateness, ...]


def count_open_work(
    summaries: Iterable[Summary], *, kinds: Mapping[str, str], restricted: Collection[str], today: date
) -> OpenWork:
    """Count the records in open states, but those of restricted classes.

    All numbers are of the same records, so that each table adds up to the total; in each, what is hidden is together
    no few, and what is shown of an area leaves no few beside it.
    """
    counted = [one for one in summaries if one.classification not in restricted]
    by_state = Counter(dict.fromkeys(kinds, 0))
    by_state.update(one.state for one in counted if one.state in kinds)
    hidden = suppress(by_state, groups=open_and_closed(kinds))
    work = [one for one in counted if kinds.get(one.state) == "open"]
    is_told = not is_few(len(work)) and not is_few(len(counted) - len(work))
    late = sum(bool(one.overdue(today.isoformat())) for one in work)
    return OpenWork(
        total=len(work) if is_told else None,
        overdue=late if is_told and not is_few(late) and not is_few(len(work) - late) else None,
        by_state=tuple(_amount(state, by_state[state], hidden) for state, kind in kinds.items() if kind == "open"),
        by_age=_by_age(work, today) if is_told else (),
        by_area=_by_area(work, today) if is_told else (),
    )


def _amount(key: str, number: int, hidden: Mapping[str, str]) -> Amount:
    return Amount(key=key, number=None if key in hidden else number, shown=hidden.get(key, ""))


def _by_age(work: Sequence[Summary], today: date) -> tuple[Amount, ...]:
    ages = Counter({words: 0 for _, words in AGES} | {OLDER: 0})
    ages.update(_age(one.reported_on, today) for one in work)
    hidden = suppress(ages)
    return tuple(_amount(words, number, hidden) for words, number in ages.items())


def _age(reported_on: str, today: date) -> str:
    """Return the age in words; a report that is known to its month only may have come on its last day."""
    day = last_day_of(reported_on)
    if day is None:
        return UNTOLD
    return next((words for most, words in AGES if (today - day).days <= most), OLDER)


def _by_area(work: Sequence[Summary], today: date) -> tuple[Lateness, ...]:
    """Return the areas, those with the most open work first and then those of which nothing is told, by name."""
    areas: dict[str, list[bool]] = defaultdict(list)
    for one in work:
        areas[one.area].append(bool(one.overdue(today.isoformat())))
    order = sorted(areas, key=lambda area: (len(areas[area]), area))
    hidden = {area for area in order if _tells_a_few(areas[area])}
    for area in order:
        together = [is_late for each in hidden for is_late in areas[each]]
        if not hidden or (len(together) >= LEAST_SHOWN and not _tells_a_few(together)):
            break
        hidden.add(area)
    shown = [area for area in reversed(order) if area not in hidden]
    return (
        *(Lateness(area=area, number=len(areas[area]), overdue=sum(areas[area])) for area in shown),
        *(Lateness(area=area, number=None, overdue=None) for area in sorted(hidden)),
    )


def _tells_a_few(late: Sequence[bool]) -> bool:
    return any(map(is_few, (len(late), sum(late), len(late) - sum(late))))
