"""Sending reminders as letters, and noting who was told: what fails is sent next time, nothing is sent twice."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nearmiss.engine.mailing import LettersUnsentError
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.reminding.items import open_items
from nearmiss.engine.reminding.schedule import Told, telling
from nearmiss.engine.reminding.words import letter_of
from nearmiss.engine.rules_beside import reminders_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.mailing import Letter, Mailer, Unsent
    from nearmiss.engine.reminding.items import IntakeQueue
    from nearmiss.engine.reminding.schedule import Telling
    from nearmiss.policy.version import PolicyVersion

AT_ONCE = 20
"""Letters that are sent before it is noted that they were: so many may come twice after a crash, and none is lost."""


class Notebook(Protocol):
    """Keeps up to which day people have been told. Whoever has it open is the only one."""

    def open(self) -> AbstractContextManager[Notebook]:
        """Hold off others who remind, until the end of the block."""
        ...

    def read(self) -> Told:
        """Return up to which day people have been told."""
        ...

    def write(self, told: Told) -> None:
        """Note it, on the disk before this returns."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reminded:
    """What came of a run: what was to be told, to whom it was sent, and what did not go out."""

    telling: Telling
    policy: PolicyVersion
    sent: tuple[str, ...] = ()
    unsent: tuple[Unsent, ...] = ()


def look(desk: Desk, told: Told, *, intake: IntakeQueue | None = None) -> Reminded:
    """Return what is to be told today, and send nothing. Raises BrokenPolicyError where the rules cannot be read."""
    base, register = main_register(desk)
    rules = reminders_of(desk.repository.tree(base), desk.documents)
    day = desk.clock.now().date()
    found = telling(open_items(desk, rules, intake=intake), rules, register.newest.people, day, told)
    return Reminded(telling=found, policy=register.newest)


def remind(
    desk: Desk, mailer: Mailer, notebook: Notebook, *, since: date | None = None, intake: IntakeQueue | None = None
) -> Reminded:
    """Send everybody one letter who is to be told something today, and note that they were.

    `since` takes the place of what was noted. Two runs on one day send nothing twice; a day that was missed is made up
    for. What fails does not keep the others from theirs, and is sent by the next run.
    """
    with notebook.open():
        told = notebook.read() if since is None else Told(through=since)
        seen = look(desk, told, intake=intake)
        return _send(seen, mailer, notebook, told)


def _send(seen: Reminded, mailer: Mailer, notebook: Notebook, told: Told) -> Reminded:
    reminders = seen.telling.reminders
    # A clock that has jumped back makes nothing untold.
    through = max(seen.telling.day, told.through or seen.telling.day)
    # Whoever has a letter to come is behind until it is sent; everybody else has been told all there is.
    behind = {one.person.handle: told.of(one.person.handle) for one in reminders}
    notebook.write(Told(through=through, behind=behind))
    sent: list[str] = []
    unsent: list[Unsent] = []
    for start in range(0, len(reminders), AT_ONCE):
        letters = {one.person.handle: letter_of(one, seen.policy) for one in reminders[start : start + AT_ONCE]}
        failed = _sent(list(letters.values()), mailer)
        unsent += failed
        lost = {one.letter for one in failed}
        reached = [handle for handle, letter in letters.items() if letter not in lost]
        sent += reached
        behind = {handle: last for handle, last in behind.items() if handle not in reached}
        notebook.write(Told(through=through, behind=behind))
    return Reminded(telling=seen.telling, policy=seen.policy, sent=tuple(sent), unsent=tuple(unsent))


def _sent(letters: Sequence[Letter], mailer: Mailer) -> Sequence[Unsent]:
    """Send some letters and return what did not go out of them."""
    try:
        mailer.send(letters)
    except LettersUnsentError as error:
        return error.unsent
    return ()
