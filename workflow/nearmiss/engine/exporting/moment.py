"""The moment that figures are of: a revision that was named, the main branch as it was on a day, or as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.instance import read_register
from nearmiss.engine.moments import commit_as_of, read_day, today
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.standing import Register


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
    if as_of:
        day = read_day(as_of)
        commit = commit_as_of(desk, base, day)
    elif at:
        day, commit = today(desk), desk.repository.resolve(at)
    else:
        return Moment(commit=base, day=today(desk), register=register)
    return Moment(commit=commit, day=day, register=read_register(desk.repository.tree(commit), desk.documents))
