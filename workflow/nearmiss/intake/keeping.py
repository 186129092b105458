"""Keeping house: what is done beside the requests, by the same calls that the command line makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from nearmiss.app.reminding import remind_daily
from nearmiss.engine.forges.keeping_up import keep_up
from nearmiss.engine.intake.committing import commit_batch, commit_named
from nearmiss.engine.intake.purging import purge_daily
from nearmiss.engine.reminding.items import IntakeQueue
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Intake
    from nearmiss.intake.house import House


@dataclass(kw_only=True)
class Keeper:
    """Who keeps the house: `remote` is what the register keeps up with, `reminds` whether people are reminded."""

    house: House
    directory: Path
    remote: str = ""
    reminds: bool = True
    _said: str = field(default="", init=False)

    async def keep(self) -> None:
        """Commit what waits and is due, delete what has had its day, remind people; tell what fails, and try later."""
        for job in self._chores():
            await self._do(job)
        await self.keep_up()

    async def sound(self) -> None:
        """Send the alarms that did not go out so far; beside whatever is written, which may take long."""
        if self.house.mailer is not None:
            await self._do(self._sound_again, by=self.house.read)

    async def keep_up(self) -> None:
        """Bring the register and its remote together."""
        if self.remote:
            await self._do(self._keep_up)

    async def _do(
        self,
        job: Callable[[Desk], object],
        *,
        by: Callable[[Callable[[Desk], object]], Awaitable[object]] | None = None,
    ) -> None:
        try:
            await (by or self.house.write)(job)
        except NearMissError as error:
            self.house.say(f"{error.message} {error.hint or ''}".strip())
        except Exception as error:  # noqa: BLE001 - the server goes on, and says where it broke
            self.house.note_fault(error)

    def _chores(self) -> Iterator[Callable[[Desk], object]]:
        intake = self.house.intake
        yield partial(commit_named, intake=intake)
        yield partial(commit_batch, intake=intake)
        yield lambda desk: purge_daily(intake, desk)
        if self.reminds and self.house.mailer is not None:
            yield self._remind

    def _remind(self, desk: Desk) -> None:
        if self.house.mailer is not None:
            remind_daily(desk, self.house.mailer, self.directory, intake=queue_of(self.house.intake))

    def _sound_again(self, desk: Desk) -> None:
        may = partial(self.house.rates.allows, "alarm-again")
        fault = self.house.alarms.sound_again(desk, intake=self.house.intake, may=may)
        if fault is not None:
            # Not its sentence: a mail server may quote what was in the letter.
            self.house.say("An alarm could not be sent; the page of new reports shows it, and it is tried again.")
            self.house.note_fault(fault)

    def _keep_up(self, desk: Desk) -> None:
        done = keep_up(desk, self.remote)
        # Every minute the same would hide all else that is said.
        if done.sentence and done.sentence != self._said:
            self.house.say(done.sentence)
        self._said = done.sentence


def queue_of(intake: Intake) -> IntakeQueue | None:
    """Return how many reports wait for somebody to read them, and since when; None where there are none."""
    waiting = [kept.day for kept in intake.store.reports("waiting")]
    return IntakeQueue(number=len(waiting), oldest=min(waiting)) if waiting else None
