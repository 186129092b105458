"""The moment that figures are of: a revision that was named, the main branch as it was on a day, or as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING

from nearmiss.engine.instance import read_register
from nearmiss.engine.proposals import main_register
from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.standing import Register


class NotADayError(UsageError):
    """A day was asked for in a way that is none."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{said} is not a day.", hint="Write year-month-day, such as 2026-11-21.")


class NothingYetError(NearMissError):
    """The main branch has no commit that is as old as the day."""

    def __init__(self, day: date) -> None:
        super().__init__(f"The main branch had no commit by {day}.", hint="Choose a later day; see git log.")


class TwoMomentsError(UsageError):
    """A day and a revision were asked for at once."""

    def __init__(self) -> None:
        super().__init__("Only one moment can be looked at.", hint="Give either a day (--as-of) or a revision (--at).")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A commit, the day as of which it is looked at (UTC), and the register that was in force in it."""

    commit: str
    day: date
    register: Register


def find_moment(desk: Desk, *, as_of: str = "", at: str = "") -> Moment:
    """Return the moment that is asked for: the main branch as it is, unless a day or a revision is named.

    Raises NotADayError, TwoMomentsError, NothingYetError, UnknownRevisionError, and NotAnInstanceError where the
    commit held no register yet.
    """
    if as_of and at:
        raise TwoMomentsError
    base, register = main_register(desk)
    today = desk.clock.now().astimezone(UTC).date()
    if as_of:
        day = read_day(as_of)
        commit = commit_as_of(desk, base, day)
    elif at:
        day, commit = today, desk.repository.resolve(at)
    else:
        return Moment(commit=base, day=today, register=register)
    return Moment(commit=commit, day=day, register=read_register(desk.repository.tree(commit), desk.documents))


def read_day(said: str) -> date:
    """Read a day as people write it on the command line; raises NotADayError."""
    try:
        day = date.fromisoformat(said)
    except ValueError:
        raise NotADayError(said) from None
    if day.isoformat() != said:
        raise NotADayError(said)
    return day


def commit_as_of(desk: Desk, tip: str, day: date) -> str:
    """Return the newest commit on the first-parent line below a tip that is not younger than a day, in UTC.

    The date is the committer's, which a merge or a rebase on a forge makes anew. It is a claim: it chooses which state
    is shown and proves nothing. Raises NothingYetError.
    """
    for commit in desk.repository.commits([tip], first_parent=True):
        if commit.committer.when.astimezone(UTC).date() <= day:
            return commit.oid
    raise NothingYetError(day)
