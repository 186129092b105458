"""The hand that sends alarms: each form's alarm by one thread at a time, so that none goes out twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from nearmiss.engine.intake.owing import owed_alarms, sound
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Intake
    from nearmiss.engine.mailing import Mailer

LOCKS = 64


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Sends alarms that are owed, where there is a mail server."""

    mailer: Mailer | None
    _locks: tuple[Lock, ...] = field(default_factory=lambda: tuple(Lock() for _ in range(LOCKS)), repr=False)

    def sound(self, desk: Desk, *, intake: Intake, mark: bytes) -> bool:
        """Send one alarm unless it went out already, and say whether anybody is told. Raises MailError."""
        if self.mailer is None:
            return False
        with self._locks[mark[0] % LOCKS]:
            return sound(intake, desk, self.mailer, mark=mark)

    def sound_again(self, desk: Desk, *, intake: Intake, may: Callable[[], bool]) -> Exception | None:
        """Send what did not go out at once, as long as it `may`; return what kept the last of them from it, if any."""
        fault: Exception | None = None
        for mark in owed_alarms(intake):
            if not may():
                break
            try:
                self.sound(desk, intake=intake, mark=mark)
            except (NearMissError, OSError) as error:
                fault = error
        return fault
