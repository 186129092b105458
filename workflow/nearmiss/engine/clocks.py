"""What clocks say: one that cannot be right is refused, and one that has jumped back is told before dates follow it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from datetime import datetime

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Stamp
    from nearmiss.engine.time_and_chance import Clock
    from nearmiss.policy.settings import Settings


SENSIBLE = range(2005, 2200)
"""Years that a clock may say: git is as old as the first, and the last leaves room for every date that is planned."""


class ClockUnusableError(NearMissError):
    """The clock says something that cannot be so, as one does whose battery is empty."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"The clock of this machine says that it is the year {year}, which cannot be right.",
            hint="Nothing was written. Set the clock, then run the command again.",
        )


@dataclass(frozen=True, kw_only=True)
class SensibleClock:
    """A clock that refuses to tell a time that cannot be so."""

    clock: Clock

    def now(self) -> datetime:
        """Return the present instant; raises ClockUnusableError."""
        instant = self.clock.now()
        if instant.year not in SENSIBLE:
            raise ClockUnusableError(instant.year)
        return instant


def stamp_after(desk: Desk, commit: str, settings: Settings) -> Stamp:
    """Return who and when for a commit on top of another; the person is told where that one is later than now."""
    stamp = desk.stamp()
    made = desk.repository.made(commit)
    if made > stamp.when + timedelta(minutes=settings.clock_skew_minutes):
        desk.notice(
            f"Your clock says {_spell(stamp.when)}, but the change before this one was made at {_spell(made)}. "
            "If your clock is wrong, so are the dates that it writes now."
        )
    return stamp


def _spell(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M %z}".strip()
