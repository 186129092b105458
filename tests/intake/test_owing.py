"""Alarms that are owed: kept on the disk until they went out, sent once for a form, and forgotten with its token."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from nearmiss.engine.intake.alarming import covering
from nearmiss.engine.intake.owing import Alarm, Place, alarms, is_owed, owe_alarm, owed_alarms, sound
from nearmiss.engine.intake.purging import purge
from nearmiss.engine.intake.taking import take
from nearmiss.engine.mailing import LettersUnsentError
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.store.intake import SqliteIntake
from tests.intake.intake_scene import IntakeScene, close_store, opened
from tests.mail.outbox import Outbox

TOKEN = "the-token-of-one-form"  # noqa: S105 - it opens nothing
DOCK = Place(site="plant-2", area="shipping", hazard="moving-vehicle")


def send(intake_scene: IntakeScene, token: str = TOKEN, *, place: Place = DOCK) -> bytes:
    """Take a report of something that is not safe, and return the mark of its alarm."""
    take(intake_scene.intake, intake_scene.sent(made_safe="no"), token=token, alarm=place)
    return intake_scene.intake.sealer.alarm_mark(token)


def managers(intake_scene: IntakeScene) -> list[str]:
    """Return the addresses of those who answer for the dock."""
    people = main_register(intake_scene.desk)[1].newest.people
    return [person.emails[0] for person in covering(people, ["area-manager"], site=DOCK.site, area=DOCK.area)]


def tell(intake_scene: IntakeScene, mark: bytes, outbox: Outbox) -> bool:
    """Try to send an alarm."""
    return sound(intake_scene.intake, intake_scene.desk, outbox, mark=mark)


def test_an_alarm_is_owed_until_it_went_out(intake_scene: IntakeScene) -> None:
    """Where no letter goes out the alarm is still owed, for another process too; once it went out, no other is sent."""
    outbox = Outbox(broken=set(managers(intake_scene)))
    mark = send(intake_scene)
    with pytest.raises(LettersUnsentError):
        tell(intake_scene, mark, outbox)
    intake_scene.reopened()

    assert owed_alarms(intake_scene.intake) == [mark]
    outbox.broken.clear()
    assert tell(intake_scene, mark, outbox)
    assert tell(intake_scene, mark, outbox)
    send(intake_scene)
    assert not is_owed(intake_scene.intake, mark)
    [letter] = outbox.letters
    assert "Shipping" in letter.text
    assert alarms(intake_scene.intake) == [Alarm(place=DOCK, day="2026-11-22", told=True, goes_on=False)]


def test_report_and_alarm_are_kept_together_or_not_at_all(intake_scene: IntakeScene) -> None:
    """Where the alarm cannot be kept the report is not acknowledged either."""
    assert alarms(intake_scene.intake) == []
    with closing(sqlite3.connect(intake_scene.folder / "intake.db", isolation_level=None)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON alarm BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
        with pytest.raises(Exception, match="disk is full"):
            send(intake_scene)
        other.execute("DROP TRIGGER full")

    assert intake_scene.intake.store.reports("waiting") == []
    assert owed_alarms(intake_scene.intake) == []


def test_the_button_and_the_report_of_one_form_are_one_alarm(intake_scene: IntakeScene) -> None:
    """Pressed twice and sent, a form alarms once; pressed again for another place, it alarms for that."""
    outbox = Outbox()
    mark = owe_alarm(intake_scene.intake, token=TOKEN, place=DOCK)
    assert tell(intake_scene, mark, outbox)
    assert owe_alarm(intake_scene.intake, token=TOKEN, place=DOCK) == mark
    assert send(intake_scene, place=Place(site="plant-2", area="storage")) == mark
    assert owed_alarms(intake_scene.intake) == []

    owe_alarm(intake_scene.intake, token=TOKEN, place=Place(site="plant-2", area="storage"))
    assert tell(intake_scene, mark, outbox)
    assert ["Storage" in letter.text for letter in outbox.letters] == [False, True]


def test_an_owed_alarm_goes_where_the_report_says(intake_scene: IntakeScene) -> None:
    """Pressed before the place was chosen, and not sent so far, the alarm goes out with the place of the report."""
    outbox = Outbox()
    owe_alarm(intake_scene.intake, token=TOKEN, place=Place())
    tell(intake_scene, send(intake_scene), outbox)

    [letter] = outbox.letters
    assert "Shipping" in letter.text


def test_what_is_said_to_be_unsafe_on_the_second_sending_alarms(intake_scene: IntakeScene) -> None:
    """A form that was sent as safe, and again as not safe, is one report, and its alarm goes out."""
    intake_scene.take(sending=TOKEN)
    mark = send(intake_scene)

    assert is_owed(intake_scene.intake, mark)
    assert len(intake_scene.intake.store.reports("waiting")) == 1


def test_one_wrong_address_does_not_repeat_the_alarm(intake_scene: IntakeScene) -> None:
    """Where it reached somebody, those are not written to again and again for the sake of another address."""
    intake_scene.ruled(alarm={"roles": ["area-manager", "quality-lead"]})
    outbox = Outbox(broken=set(managers(intake_scene)))

    assert tell(intake_scene, send(intake_scene), outbox)
    assert len(outbox.letters) == 1
    assert owed_alarms(intake_scene.intake) == []


def test_an_alarm_is_tried_for_a_day_and_told_as_unsent_after_it(intake_scene: IntakeScene) -> None:
    """The next day it is still tried, then not any more; the team goes on to see that nobody was told."""
    mark = send(intake_scene)
    intake_scene.clock.to("2026-11-23")
    assert owed_alarms(intake_scene.intake) == [mark]
    intake_scene.clock.to("2026-11-24")

    assert owed_alarms(intake_scene.intake) == []
    [one] = alarms(intake_scene.intake)
    assert (one.told, one.goes_on) == (False, False)


def test_alarms_are_forgotten_with_what_a_form_is_known_by(intake_scene: IntakeScene) -> None:
    """For thirty days a form that is sent again alarms nobody twice; then nothing is left of it, and still not."""
    mark = send(intake_scene)
    tell(intake_scene, mark, Outbox())
    intake_scene.clock.to("2026-12-22")
    purge(intake_scene.intake, intake_scene.desk)
    assert len(alarms(intake_scene.intake)) == 1
    intake_scene.clock.to("2026-12-23")
    purge(intake_scene.intake, intake_scene.desk)
    assert alarms(intake_scene.intake) == []

    send(intake_scene)
    assert alarms(intake_scene.intake) == []


def test_nothing_of_an_alarm_can_be_read_in_the_store(intake_scene: IntakeScene) -> None:
    """Place and hazard are sealed, and nothing in the tables leads from an alarm to its report."""
    send(intake_scene)
    stored = intake_scene.stored()
    with closing(sqlite3.connect(intake_scene.folder / "intake.db")) as connection:
        report = connection.execute("SELECT * FROM report").fetchone()
        mark, day, told, sealed = connection.execute("SELECT * FROM alarm").fetchone()

    assert b"shipping" not in stored
    assert b"moving-vehicle" not in stored
    assert not {mark, sealed}.intersection(report)
    assert (day, told) == ("2026-11-22", 0)


def test_a_store_without_alarms_gets_them(intake_scene: IntakeScene) -> None:
    """A store that an earlier program made takes alarms from the first opening on."""
    assert alarms(intake_scene.intake) == []
    close_store(intake_scene.intake)
    with closing(sqlite3.connect(intake_scene.folder / "intake.db", isolation_level=None)) as connection:
        connection.execute("DROP TABLE alarm")
        connection.execute("PRAGMA user_version = 2")
    intake_scene.intake = opened(intake_scene.scene, intake_scene.folder)
    assert isinstance(intake_scene.intake.store, SqliteIntake)

    assert is_owed(intake_scene.intake, send(intake_scene))
