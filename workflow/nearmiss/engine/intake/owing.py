"""Alarms that are owed: kept before anybody is told that one goes out, and tried again until it did or a day passed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nearmiss.engine.intake.alarming import alarm
from nearmiss.engine.intake.contents import TOKEN_DAYS
from nearmiss.engine.intake.ports import KeptAlarm
from nearmiss.engine.mailing import LettersUnsentError

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.ports import Kept
    from nearmiss.engine.intake.values import Intake
    from nearmiss.engine.mailing import Mailer


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something is not safe, and what kind of danger it is: terms of the vocabulary, or nothing."""

    site: str = ""
    area: str = ""
    hazard: str = ""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm as the team sees it. It is tried again while `goes_on`, if nobody was `told` so far."""

    place: Place
    day: str
    told: bool
    goes_on: bool


def alarm_of(intake: Intake, token: str, place: Place) -> KeptAlarm:
    """Return the alarm of a form, as it is kept until it went out."""
    mark = intake.sealer.alarm_mark(token)
    return KeptAlarm(mark=mark, day=_today(intake).isoformat(), told=False, sealed=_sealed(intake, mark, place))


def owe_alarm(intake: Intake, *, token: str, place: Place) -> bytes:
    """Keep that an alarm has to go out, and return its mark, which `sound` takes.

    The same form alarms once for one place; pressed again for another one, it alarms for that.
    """
    owed = alarm_of(intake, token, place)
    before = intake.store.alarm(owed.mark)
    if before is not None and before.told and _place_of(intake, before) != place:
        intake.store.change_alarm(before, owed)
    else:
        intake.store.owe_alarm(owed)
    return owed.mark


def owe_with_report(intake: Intake, kept: Kept, owed: KeptAlarm) -> None:
    """Keep the alarm of a report that was there already, where its first sending did not: it may have said less.

    Of a report that is older than alarms are kept, nobody can tell any more, and nobody is alarmed.
    """
    oldest = _today(intake) - timedelta(days=TOKEN_DAYS - 1)
    if kept.day >= oldest.isoformat() and intake.store.alarm(owed.mark) is None:
        intake.store.owe_alarm(owed)


def is_owed(intake: Intake, mark: bytes) -> bool:
    """Say whether an alarm has still to go out."""
    found = intake.store.alarm(mark)
    return found is not None and not found.told


def owed_alarms(intake: Intake) -> list[bytes]:
    """Return the marks of the alarms that are to be tried again."""
    return [kept.mark for kept in intake.store.alarms() if not kept.told and _goes_on(intake, kept)]


def sound(intake: Intake, desk: Desk, mailer: Mailer, *, mark: bytes) -> bool:
    """Send an alarm if it is owed, and say whether anybody was told, now or before.

    Stopped between the letter and the note of it, the letter goes out twice, which is better than not at all.
    Raises MailError where it reached nobody.
    """
    kept = intake.store.alarm(mark)
    if kept is None or kept.told:
        return kept is not None
    place = _place_of(intake, kept)
    try:
        told = alarm(
            desk, mailer, roles=intake.settings.alarm.roles, site=place.site, area=place.area, hazard=place.hazard
        ).told
    except LettersUnsentError as error:
        if any(len(one.addresses) >= len(one.letter.to) for one in error.unsent):
            raise
        # Somebody has it: it would be a nuisance to write to them every minute for the sake of one wrong address.
        told = ("somebody",)
    if told:
        intake.store.change_alarm(kept, replace(kept, told=True))
    return bool(told)


def alarms(intake: Intake) -> list[Alarm]:
    """Return the alarms of the last weeks, those that reached nobody first, then the latest."""
    found = [
        Alarm(
            place=_place_of(intake, kept),
            day=kept.day,
            told=kept.told,
            goes_on=not kept.told and _goes_on(intake, kept),
        )
        for kept in reversed(intake.store.alarms())
    ]
    return sorted(found, key=lambda one: one.told)


def forget_alarms(intake: Intake) -> int:
    """Delete alarms once no form is sent again any more; return how many."""
    return intake.store.delete_alarms((_today(intake) - timedelta(days=TOKEN_DAYS + 1)).isoformat())


def _goes_on(intake: Intake, kept: KeptAlarm) -> bool:
    """Whether less than a day has passed; only the day is known, so it may be nearly two."""
    return date.fromisoformat(kept.day) >= _today(intake) - timedelta(days=1)


def _sealed(intake: Intake, mark: bytes, place: Place) -> bytes:
    said = {"site": place.site, "area": place.area, "hazard": place.hazard}
    return intake.sealer.seal(json.dumps(said).encode(), of=f"alarm {mark.hex()}")


def _place_of(intake: Intake, kept: KeptAlarm) -> Place:
    return Place(**json.loads(intake.sealer.open(kept.sealed, of=f"alarm {kept.mark.hex()}")))


def _today(intake: Intake) -> date:
    return intake.clock.now().date()
