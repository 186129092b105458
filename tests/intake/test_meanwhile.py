"""What somebody else does between a look into the store and the change that follows from it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from nearmiss.engine.intake.committing import commit_batch
from nearmiss.engine.intake.conversing import answer, contact_of
from nearmiss.engine.intake.counting import count_discarded
from nearmiss.engine.intake.errors import (
    ChangedMeanwhileError,
    MayNotDisagreeError,
    NoContactError,
    NotWaitingError,
)
from nearmiss.engine.intake.following import MOST_UNANSWERED, disagree, follow, write
from nearmiss.engine.intake.reviewing import confirm, discard
from nearmiss.engine.intake.values import Intake
from tests.intake.intake_scene import IntakeScene
from tests.intake.test_batches import counts, declined


class Overtaken:
    """A store before one of whose calls somebody else is faster."""

    def __init__(self, store: object, call: str, other: Callable[[], object]) -> None:
        self._store, self._call, self._other = store, call, other

    def __getattr__(self, name: str) -> object:
        """Let the other one go first, once, and then do what was asked for."""
        if name == self._call:
            self._call = ""
            self._other()
        return getattr(self._store, name)


def overtaken(intake_scene: IntakeScene, call: str, other: Callable[[], object]) -> Intake:
    """Return the intake with somebody who is faster than a call of its store."""
    return replace(intake_scene.intake, store=Overtaken(intake_scene.intake.store, call, other))  # type: ignore[arg-type]  # it hands on all calls


def thrown_away(intake_scene: IntakeScene, number: str) -> Callable[[], None]:
    """Return what discards a report."""
    team = intake_scene.person("r.meyer")
    return lambda: discard(intake_scene.intake, number=number, reason="spam", by=team, people=intake_scene.people)


@pytest.mark.parametrize("by", ["reporter", "team"])
def test_no_message_survives_a_discard(intake_scene: IntakeScene, by: str) -> None:
    """A message that is written while its report is discarded is refused, and no byte of one stays."""
    receipt = intake_scene.take()
    intake = overtaken(intake_scene, "add_message", thrown_away(intake_scene, receipt.number))

    say: dict[str, Callable[[], None]] = {
        "reporter": lambda: write(intake, number=receipt.number, key=receipt.key, text="It was Mary."),
        "team": lambda: answer(
            intake, number=receipt.number, text="Who?", by=intake_scene.person("r.meyer"), people=intake_scene.people
        ),
    }
    with pytest.raises(NotWaitingError):
        say[by]()

    assert intake_scene.intake.store.messages(receipt.number) == []
    other = intake_scene.take()
    write(intake_scene.intake, number=other.number, key=other.key, text="It was nobody.")
    assert len(intake_scene.intake.store.messages(other.number)) == 1


def test_a_decline_is_disagreed_with_once_however_often_it_is_sent(intake_scene: IntakeScene) -> None:
    """Sent twice in the same moment, one of both is on the board."""
    number, key, _ = declined(intake_scene)
    desk = intake_scene.desk
    first = lambda: disagree(intake_scene.intake, desk, number=number, key=key, text="It did roll.")  # noqa: E731 - one call
    intake = overtaken(intake_scene, "add_message", first)

    with pytest.raises(MayNotDisagreeError):
        disagree(intake, desk, number=number, key=key, text="It did roll.")
    assert len(intake_scene.intake.store.messages(number)) == 1


def test_messages_that_are_written_at_once_keep_an_order(intake_scene: IntakeScene) -> None:
    """However many write in the same moment, each message has a place of its own."""
    receipt = intake_scene.take()
    texts = [f"Message {number:02d}" for number in range(MOST_UNANSWERED - 1)]
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(lambda text: write(intake_scene.intake, number=receipt.number, key=receipt.key, text=text), texts)
        )
    write(intake_scene.intake, number=receipt.number, key=receipt.key, text="A later one")

    followed = follow(intake_scene.intake, intake_scene.desk, number=receipt.number, key=receipt.key)
    assert followed is not None
    assert {message.text for message in followed.messages[:-1]} == set(texts)
    assert followed.messages[-1].text == "A later one"


def test_no_contact_is_read_that_is_deleted_already(intake_scene: IntakeScene) -> None:
    """Where its day comes while somebody asks for a contact, nothing is shown, and no look is noted."""
    receipt = intake_scene.take("confidential", contact="ring me")
    delete = lambda: intake_scene.intake.store.delete_contacts([receipt.number])  # noqa: E731 - one call
    intake = overtaken(intake_scene, "contact", delete)

    with pytest.raises(NoContactError):
        contact_of(intake, number=receipt.number, by=intake_scene.person("r.meyer"), people=intake_scene.people)
    assert intake_scene.intake.store.accesses() == []


def test_what_is_discarded_is_neither_confirmed_nor_committed(intake_scene: IntakeScene) -> None:
    """Between a look and its change, a discard wins over confirming and over the batch."""
    receipt = intake_scene.take()
    intake = overtaken(intake_scene, "change", thrown_away(intake_scene, receipt.number))
    with pytest.raises(ChangedMeanwhileError):
        confirm(intake, intake_scene.desk, number=receipt.number, by=intake_scene.person("r.meyer"))

    intake_scene.ruled(batch={"at_least": 1})
    other = intake_scene.confirmed()
    intake = overtaken(intake_scene, "change", thrown_away(intake_scene, other.number))
    assert commit_batch(intake_scene.desk, intake).ids == ()
    assert counts(intake_scene) == {("2026-11", "spam"): 2}


def test_what_is_being_committed_is_not_discarded(intake_scene: IntakeScene) -> None:
    """Between a look and its change, the batch wins over a discard: the report is a record."""
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.confirmed()
    intake = overtaken(intake_scene, "discard", intake_scene.batch)

    with pytest.raises(ChangedMeanwhileError):
        discard(
            intake, number=receipt.number, reason="spam", by=intake_scene.person("r.meyer"), people=intake_scene.people
        )
    kept = intake_scene.intake.store.find(receipt.number)
    assert kept is not None
    assert kept.state == "committed"


@pytest.mark.parametrize("call", ["plan_tallies", "settle_tallies"])
def test_two_that_count_at_once_count_each_report_once(intake_scene: IntakeScene, call: str) -> None:
    """The server and a command beside it: what one of them counts, the other does not, and nothing is left out."""
    thrown_away(intake_scene, intake_scene.take().number)()

    def other() -> None:
        count_discarded(intake_scene.desk, intake_scene.intake)
        thrown_away(intake_scene, intake_scene.take().number)()

    count_discarded(intake_scene.desk, overtaken(intake_scene, call, other))
    thrown_away(intake_scene, intake_scene.take().number)()
    count_discarded(intake_scene.desk, intake_scene.intake)

    assert counts(intake_scene) == {("2026-11", "spam"): 3}
    assert intake_scene.intake.store.tallies() == []
