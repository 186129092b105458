"""The main branch as it was on a day: which of its commits was the newest then, whatever clocks said."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.desk import Desk

A_DAY = timedelta(days=1)


class NotADayError(UsageError):
    """A day was asked for in a way that is none."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{said} is not a day.", hint='Write year-month-day, such as "2026-11-21".')


class NothingYetError(NearMissError):
    """The main branch has no commit that is as old as a day."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"The main branch had no commit by {day}.", hint="Choose a later day; `git log` shows the first."
        )


def read_day(said: str) -> date:
    """Read a day as people write it on the command line; raises NotADayError."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise NotADayError(said) from None
    if day.isoformat() != said:
        raise NotADayError(said)
    return day


def today(desk: Desk) -> date:
    """Return the present day in UTC, as sign-offs have it."""
    return desk.clock.now().astimezone(UTC).date()


def latest_day(desk: Desk) -> date:
    """Return today, here or in UTC, whichever is later: what was reported or signed today by either is of today."""
    return max(today(desk), desk.clock.now().date())


def commit_as_of(desk: Desk, tip: str, day: date) -> str:
    """Return the newest commit on the first-parent line of a tip that had been made by the end of a day in UTC.

    A commit is as old as its committer says, but never older than the one before it: where a clock went back, as it
    seems to in a report without a name, whose time of day is withheld, order decides. A date more than a day ahead of
    the present is a clock that ran ahead, and says nothing. So what comes later never changes what a past day was
    like, unless a clock stands still on that day. Raises NothingYetError.
    """
    latest = desk.clock.now() + A_DAY
    end = datetime.combine(day, time.max, tzinfo=UTC)
    line = tuple(desk.repository.first_parents_made(tip))
    before = [oid for oid, _ in takewhile(lambda made: made[1] <= end, _dated(line, latest))]
    if not before:
        raise NothingYetError(day)
    return before[-1]


def _dated(line: Sequence[tuple[str, datetime]], latest: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the commits of a line from its beginning, each with the instant at which it was made at the earliest."""
    so_far = datetime.min.replace(tzinfo=UTC)
    for oid, said in reversed(line):
        if so_far < said <= latest:
            so_far = said
        yield oid, so_far
