"""The use case: the team's figures as of a day, of a period, by a dimension, or compared with what a past day knew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from nearmiss.engine.indicators.comparing import Compared, compare
from nearmiss.engine.indicators.ground import Period, year_until
from nearmiss.engine.indicators.keeping import remembered
from nearmiss.engine.indicators.privacy import publish, without_restricted
from nearmiss.engine.indicators.reading import read_known
from nearmiss.engine.indicators.reckoning import Reckoned, reckon
from nearmiss.engine.moments import commit_as_of, latest_day, read_day
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nearmiss.engine.desk import Desk

    Progress = Callable[[int, int], None] | None

View = Literal["team", "public"]


class NotYetError(UsageError):
    """Figures were asked for as of a day that has not come."""

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} has not come yet.", hint="Choose today or a day before.")


class DaysReversedError(UsageError):
    """A day was named that must lie before another one, and does not."""

    def __init__(self, option: str, first: date, last: date) -> None:
        super().__init__(f"{option} {first} does not lie before {last}.", hint="Name an earlier day.")


class NotTogetherError(UsageError):
    """Two ways of looking at figures were asked for at once."""

    def __init__(self, option: str) -> None:
        super().__init__(
            f"--compare and {option} do not go together.",
            hint="A comparison names the records that changed the past, of the whole register, for the team.",
        )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for; an empty text is the usual: today, the month of today and the eleven before it, the whole."""

    as_of: str = ""
    since: str = ""
    by: str = ""
    compare: str = ""
    view: View = "team"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The figures, and the comparison where one was asked for."""

    reckoned: Reckoned
    compared: Compared | None = None


def work_out(desk: Desk, asked: Asked, *, progress: Progress = None) -> Answer:
    """Work out all figures from the main branch as it is, or as it was on a day.

    The same day gives the same figures, whatever comes later. Raises UsageError for days that cannot be looked at, and
    NothingYetError where the main branch had not begun.
    """
    if asked.compare and (asked.by or asked.view == "public"):
        raise NotTogetherError("--by" if asked.by else "--public")
    tip, _ = main_register(desk)
    day, commit = _moment(desk, tip, asked.as_of)
    period = _period(asked.since, day)
    if asked.compare:
        return _compare(desk, asked, commit, period, progress)
    of = [commit, period.first.isoformat(), period.last.isoformat()]
    name = f"{asked.view} {asked.by}".strip()
    return Answer(
        reckoned=remembered(desk.memory, name, of, lambda: _reckon(desk, asked, commit, period, progress=progress))
    )


def _reckon(desk: Desk, asked: Asked, commit: str, period: Period, *, progress: Progress) -> Reckoned:
    known = read_known(desk, commit, progress=progress)
    if asked.view == "public":
        return publish(reckon(without_restricted(known), period, by=asked.by))
    return reckon(known, period, by=asked.by)


def _compare(desk: Desk, asked: Asked, commit: str, period: Period, progress: Progress) -> Answer:
    past = read_day(asked.compare)
    if past >= period.last:
        raise DaysReversedError("--compare", past, period.last)
    now = read_known(desk, commit, progress=progress)
    then = read_known(desk, commit_as_of(desk, commit, past), later=now, progress=progress)
    compared = compare(then, now, period=_period(asked.since, past), today=period)
    return Answer(reckoned=reckon(now, period), compared=compared)


def _moment(desk: Desk, tip: str, as_of: str) -> tuple[date, str]:
    """Today is what is on the main branch now, even where its newest commit is of tomorrow by somebody's clock."""
    present = latest_day(desk)
    if not as_of:
        return present, tip
    day = read_day(as_of)
    if day > present:
        raise NotYetError(day)
    return day, commit_as_of(desk, tip, day)


def _period(since: str, last: date) -> Period:
    if not since:
        return year_until(last)
    first = read_day(since)
    if first > last:
        raise DaysReversedError("--from", first, last)
    return Period(first=first, last=last)
