"""Batches and reports by name: what becomes a record, when, by whom, and what stays of it in the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import RefusedError
from nearmiss.engine.intake.committing import commit_named
from nearmiss.engine.intake.contents import contents_of, seal_contents
from nearmiss.engine.intake.conversing import answer, contact_of, conversation, disagreements
from nearmiss.engine.intake.counting import DISCARDED_FILE
from nearmiss.engine.intake.errors import (
    MayNotDisagreeError,
    NotOfTheTeamError,
    NotWaitingError,
    UnknownReasonError,
)
from nearmiss.engine.intake.following import disagree, follow, write
from nearmiss.engine.intake.purging import purge, purge_daily
from nearmiss.engine.intake.reviewing import confirm, discard, intake_file, waiting_report, waiting_reports
from nearmiss.engine.scrubbing import Mark
from nearmiss.errors import NearMissError
from nearmiss.store.documents import YamlDocuments
from nearmiss.store.intake_layout import LaterFormatError
from tests.intake.intake_scene import IntakeScene, close_store, opened


class PowerCutError(Exception):
    """The machine stopped."""


def counts(intake_scene: IntakeScene) -> dict[tuple[str, str], int]:
    """Return what the file of discarded reports says."""
    data = YamlDocuments().read(intake_scene.scene.blob(DISCARDED_FILE)).data or {}
    return {(entry["month"], entry["reason"]): entry["count"] for entry in data["discarded"]}


def test_a_batch_is_one_commit_of_nobody(intake_scene: IntakeScene) -> None:
    """Three confirmed reports become three records in one commit, whose author and dates are nobody's."""
    before = intake_scene.scene.rev()
    for mode in ("anonymous", "confidential", "anonymous"):
        intake_scene.confirmed(mode)

    batch = intake_scene.batch()

    scene = intake_scene.scene
    assert len(batch.ids) == 3
    assert scene.git("rev-list", "--count", f"{before}..main") == "1"
    told = scene.git("log", "-1", "--format=%an|%ae|%cn|%ce|%ad|%cd", "--date=raw")
    assert told == "Anonymous|anonymous@nearmiss.invalid|" * 2 + "1795305600 +0000|1795305600 +0000"
    assert not scene.check().findings
    days = sorted(scene.data(record)["report"]["reported_on"] for record in batch.ids)
    assert days == ["2026-11", "2026-11", "2026-11-22"]
    assert all("person" not in scene.data(record)["report"]["reporter"] for record in batch.ids)


def test_a_batch_waits_for_company_but_not_for_ever(intake_scene: IntakeScene) -> None:
    """Two reports wait for a third; on the Monday after the days that the rules give, they are committed all the same.

    On a Monday, since the day of the commit would else tell on which day the oldest of them came.
    """
    intake_scene.confirmed()
    intake_scene.confirmed()
    held = intake_scene.batch()
    intake_scene.clock.to("2026-11-29")
    still = intake_scene.batch()
    intake_scene.clock.to("2026-11-30")
    done = intake_scene.batch()

    assert (held.ids, held.held_back) == ((), 2)
    assert held.why == "2 of the confirmed reports wait until there are 3, or until 2026-11-30 at the latest."
    assert still.ids == ()
    assert len(done.ids) == 2
    assert done.held_back == 0


def test_stopped_while_ids_are_kept_the_batch_stays_together(intake_scene: IntakeScene) -> None:
    """One whose id was kept when the machine stopped is not committed alone: it waits with the others."""
    for _ in range(3):
        intake_scene.confirmed()
    [first, *_] = intake_scene.intake.store.reports("confirmed")
    assert intake_scene.intake.store.change(first, replace(first, state="planned", record_id="NM-2026-7QTST"))
    intake_scene.ruled(batch={"at_least": 4})

    assert intake_scene.batch().ids == ()
    intake_scene.confirmed()
    assert len(intake_scene.batch().ids) == 4


def test_what_cannot_be_written_keeps_nothing_else_waiting(intake_scene: IntakeScene) -> None:
    """A character that no document can hold is refused when it comes; what came before that rule holds up no other."""
    with pytest.raises(RefusedError):
        intake_scene.take(what_happened="It slipped.\ufeff")
    with pytest.raises(RefusedError):
        intake_scene.take("named", name="Eve\ufffe")
    receipts = [intake_scene.take("named", name=name) for name in ("Eve", "Mina", "Sora")]
    kept = intake_scene.intake.store.find(receipts[0].number)
    assert kept is not None
    contents = replace(contents_of(intake_scene.intake, kept), name="Eve\ufffe")
    sealed = seal_contents(intake_scene.intake, kept.number, contents)
    assert intake_scene.intake.store.change(kept, replace(kept, sealed=sealed))

    made = commit_named(intake_scene.desk, intake_scene.intake)

    assert len(made) == 2
    [left] = intake_scene.intake.store.reports("waiting", "confirmed", "planned")
    assert left.number == receipts[0].number


def test_todays_reports_set_off_no_batch_unread(intake_scene: IntakeScene) -> None:
    """Where only what is marked is read, the third report of a day does not tell by a commit when it came."""
    intake_scene.ruled(confirm="when-marked")
    for _ in range(3):
        intake_scene.take(what_happened="It slipped on the floor.")

    assert intake_scene.batch().ids == ()
    intake_scene.clock.to("2026-11-23")
    assert len(intake_scene.batch().ids) == 3


def test_a_day_has_one_batch(intake_scene: IntakeScene) -> None:
    """After a batch, as many reports of the same day again wait for the next one."""
    for _ in range(3):
        intake_scene.confirmed()
    assert len(intake_scene.batch().ids) == 3
    for _ in range(3):
        intake_scene.confirmed()
    held = intake_scene.batch()
    assert (held.ids, held.why) == ((), "The next batch is on 2026-11-23.")
    intake_scene.clock.to("2026-11-23")
    assert len(intake_scene.batch().ids) == 3


def test_who_consents_goes_at_once_if_it_is_not_safe(intake_scene: IntakeScene) -> None:
    """A report of something not safe skips the batch by consent; without that, or where it is safe, none does."""
    intake_scene.confirmed(made_safe="yes", at_once=True)
    intake_scene.confirmed(made_safe="no")
    urgent = intake_scene.confirmed(made_safe="no", at_once=True)

    intake_scene.ruled(batch={"at_least": 4})
    batch = intake_scene.batch()

    assert batch.held_back == 2
    assert [intake_scene.intake.store.find(record).number for record in batch.ids] == [urgent.number]  # type: ignore[union-attr]  # it was just committed


def test_nothing_is_committed_that_nobody_has_read(intake_scene: IntakeScene) -> None:
    """Unconfirmed reports wait, however many and however long; `when-marked` lets those pass that tell nobody."""
    for _ in range(4):
        intake_scene.take()
    marked = intake_scene.take(what_happened="Mary rolled the cart into the door.")
    with_file = intake_scene.take(files={"attachment-1.txt": b"x"})
    intake_scene.clock.to("2026-12-30")
    assert intake_scene.batch().ids == ()

    intake_scene.ruled(confirm="when-marked")
    mark = Mark(start=0, end=4, kind="name", because="a given name", sure=False)
    intake_scene.intake = replace(intake_scene.intake, marks=lambda text, _people: [mark] if "Mary" in text else [])
    batch = intake_scene.batch()

    assert len(batch.ids) == 4
    assert batch.why == "2 reports wait for somebody to read them."
    left = {one.number: one for one in waiting_reports(intake_scene.intake, intake_scene.desk)}
    assert left.keys() == {marked.number, with_file.number}
    assert [(one.field, one.kind) for one in left[marked.number].marks] == [("what_happened", "name")]


def test_what_was_scrubbed_is_gone(intake_scene: IntakeScene) -> None:
    """Edited words and dropped files reach neither the record nor stay in the store; the file that is kept does."""
    receipt = intake_scene.take(
        what_happened="Mary from line 4 rolled it.",
        files={"attachment-1.txt": b"her face\n", "attachment-2.txt": b"the door\n"},
    )
    number, team = receipt.number, intake_scene.person("r.meyer")
    assert intake_file(intake_scene.intake, number=number, name="attachment-1.txt") == b"her face\n"
    old = intake_scene.intake.store.find(number)
    assert old is not None
    old_files = intake_scene.intake.store.files(number)
    changed = confirm(
        intake_scene.intake,
        intake_scene.desk,
        number=number,
        by=team,
        answers={"what_happened": "Somebody rolled it."},
        files_kept=["attachment-2.txt"],
    )
    assert changed.confirmed_by == "r.meyer"
    stored = intake_scene.stored()
    assert all(gone[20:] not in stored for gone in (old.sealed, *old_files))

    intake_scene.ruled(batch={"at_least": 1})
    record = intake_scene.batch().ids[0]
    report = intake_scene.scene.data(record)["report"]
    assert report["what_happened"] == "Somebody rolled it."
    assert [one["file"] for one in report["attachments"]] == ["attachment-2.txt"]
    assert not intake_scene.scene.check().findings


def test_nothing_stays_of_an_anonymous_report(intake_scene: IntakeScene) -> None:
    """After the commit the store has no word, file or day of it, but the month; the receipt still opens it."""
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.confirmed(files={"attachment-1.txt": b"the door\n"})
    before = intake_scene.intake.store.find(receipt.number)
    batch = intake_scene.batch()
    after = intake_scene.intake.store.find(receipt.number)

    assert before is not None
    assert after is not None
    assert (before.day, after.day, after.state) == ("2026-11-22", "2026-11", "committed")
    assert before.sealed[20:] not in intake_scene.stored()
    assert intake_scene.intake.store.files(receipt.number) == []
    for number in (receipt.number, batch.ids[0]):
        followed = follow(intake_scene.intake, intake_scene.desk, number=number, key=receipt.key)
        assert followed is not None
        assert (followed.state, followed.record_state, followed.record_id) == ("committed", "reported", batch.ids[0])
    assert intake_scene.take(sending="token-number-00000001").record_id == batch.ids[0]


def test_who_is_signed_in_reports_as_that_person(intake_scene: IntakeScene) -> None:
    """A report from the desk is committed at once, by the person, whose handle stands in it."""
    intake_scene.take("named", person="m.okafor", name="M Okafor")
    [record] = commit_named(intake_scene.desk, intake_scene.intake)

    assert intake_scene.scene.git("log", "-1", "--format=%ae") == "m.okafor@example.org"
    assert intake_scene.scene.data(record)["report"]["reporter"] == {"mode": "named", "person": "m.okafor"}
    assert commit_named(intake_scene.desk, intake_scene.intake) == []


def test_a_typed_name_is_nobodys_proof(intake_scene: IntakeScene) -> None:
    """Who types a quality lead's name is not one: the intake is the author, and the name is a detail of the report."""
    intake_scene.take("named", name="R Meyer")
    [record] = commit_named(intake_scene.desk, intake_scene.intake)

    assert intake_scene.scene.git("log", "-1", "--format=%an <%ae>") == "Near-miss intake <intake@nearmiss.invalid>"
    report = intake_scene.scene.data(record)["report"]
    assert report["reporter"] == {"mode": "named"}
    assert report["details"] == [{"name": "reported-by", "value": "R Meyer"}]
    assert not intake_scene.scene.check().findings


@pytest.mark.parametrize("mode", ["named", "anonymous"])
@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_stopped_at_the_commit_nothing_is_lost_or_doubled(intake_scene: IntakeScene, mode: str, when: str) -> None:
    """Stopped before or after the commit, the next run makes exactly the records that the first was about to make."""
    for _ in range(3):
        receipt = intake_scene.take(mode, name="Somebody")  # type: ignore[arg-type]  # the words of a tuple, as above
        if mode != "named":
            confirm(intake_scene.intake, intake_scene.desk, number=receipt.number, by=intake_scene.person("r.meyer"))

    desk = intake_scene.desk
    repository = desk.repository
    stopped = replace(desk, repository=_Stopping(repository, when))  # type: ignore[arg-type]  # it hands on all but one
    with pytest.raises(PowerCutError):
        _run(stopped, intake_scene, mode)
    planned = {kept.record_id for kept in intake_scene.intake.store.reports("planned")}
    intake_scene.reopened()
    made = set(_run(intake_scene.desk, intake_scene, mode))

    assert planned <= made
    assert len(made) == 3
    tracked = intake_scene.scene.git("ls-files", "records").split()
    assert len([path for path in tracked if path.endswith(".yaml")]) == 3
    assert intake_scene.intake.store.reports("waiting", "confirmed", "planned") == []


def _run(desk: Desk, intake_scene: IntakeScene, mode: str) -> list[str]:
    from nearmiss.engine.intake.committing import commit_batch

    if mode == "named":
        return commit_named(desk, intake_scene.intake)
    return list(commit_batch(desk, intake_scene.intake).ids)


class _Stopping:
    """A repository whose machine stops at a commit."""

    def __init__(self, repository: object, when: str) -> None:
        self._repository, self._when = repository, when

    def __getattr__(self, name: str) -> object:
        return getattr(self._repository, name)

    def commit(self, **given: object) -> str:
        if self._when == "after the commit":
            self._repository.commit(**given)  # type: ignore[attr-defined]  # the real one
        raise PowerCutError


def test_discarded_reports_are_counted_and_forgotten(intake_scene: IntakeScene) -> None:
    """Month and reason are counted in a commit of their own; the reporter reads the reason, and no word stays."""
    team = intake_scene.person("r.meyer")
    receipts = [intake_scene.take("confidential", contact="me@example.org") for _ in range(3)]
    sealed = [kept.sealed for kept in intake_scene.intake.store.reports("waiting")]
    for receipt, reason in zip(receipts, ["spam", "spam", "test"], strict=True):
        discard(intake_scene.intake, number=receipt.number, reason=reason, by=team, people=intake_scene.people)
    batch = intake_scene.batch()

    assert (batch.ids, batch.discarded) == ((), 3)
    assert counts(intake_scene) == {("2026-11", "spam"): 2, ("2026-11", "test"): 1}
    assert intake_scene.scene.git("log", "-1", "--format=%s") == "Count the reports that were discarded"
    assert not intake_scene.scene.check().findings
    assert all(one[20:] not in intake_scene.stored() for one in sealed)
    assert intake_scene.intake.store.contacts() == []
    followed = follow(intake_scene.intake, intake_scene.desk, number=receipts[2].number, key=receipts[2].key)
    assert followed is not None
    assert (followed.state, followed.reason, followed.title) == ("discarded", "test", "")

    discard(intake_scene.intake, number=intake_scene.take().number, reason="spam", by=team, people=intake_scene.people)
    assert intake_scene.batch().discarded == 1
    assert counts(intake_scene)["2026-11", "spam"] == 3
    assert intake_scene.batch().discarded == 0


@pytest.mark.parametrize("when", ["before the commit", "after the commit"])
def test_stopped_at_the_count_nothing_counts_twice(intake_scene: IntakeScene, when: str) -> None:
    """Stopped before or after its commit, the count says the same after the next run, with what came meanwhile."""
    team = intake_scene.person("r.meyer")
    discard(intake_scene.intake, number=intake_scene.take().number, reason="spam", by=team, people=intake_scene.people)
    stopped = replace(intake_scene.desk, repository=_Stopping(intake_scene.desk.repository, when))  # type: ignore[arg-type]  # it hands on all but one
    with pytest.raises(PowerCutError):
        _run(stopped, intake_scene, "anonymous")
    discard(intake_scene.intake, number=intake_scene.take().number, reason="spam", by=team, people=intake_scene.people)
    intake_scene.batch()

    assert counts(intake_scene) == {("2026-11", "spam"): 2}
    assert intake_scene.intake.store.tallies() == []


def test_a_count_that_is_wrong_is_told(intake_scene: IntakeScene) -> None:
    """`check` says what is wrong with the file of the count, and where; nothing is counted into a broken one."""
    path = intake_scene.scene.root / DISCARDED_FILE
    path.parent.mkdir(exist_ok=True)
    path.write_text('schema: 1\ndiscarded:\n- {month: "2026-11", reason: spam, count: 0}\n', encoding="utf-8")
    found = [one for one in intake_scene.scene.check().findings if one.path == DISCARDED_FILE]

    assert [(one.code, one.line) for one in found] == [("bad-value", 3)]


def test_only_the_team_and_only_known_reasons(intake_scene: IntakeScene) -> None:
    """Who has no role reads, confirms and discards nothing; a reason is one of the rules; what is done is done."""
    receipt = intake_scene.take("confidential", contact="ring me")
    number, team, nobody = receipt.number, intake_scene.person("r.meyer"), intake_scene.person("m.okafor")
    with pytest.raises(NotOfTheTeamError):
        confirm(intake_scene.intake, intake_scene.desk, number=number, by=nobody)
    with pytest.raises(NotOfTheTeamError):
        discard(intake_scene.intake, number=number, reason="spam", by=nobody, people=intake_scene.people)
    with pytest.raises(NotOfTheTeamError):
        contact_of(intake_scene.intake, number=number, by=nobody, people=intake_scene.people)
    with pytest.raises(UnknownReasonError):
        discard(intake_scene.intake, number=number, reason="boring", by=team, people=intake_scene.people)
    with pytest.raises(RefusedError):
        confirm(intake_scene.intake, intake_scene.desk, number=number, by=team, answers={"site": "plant-2"})
    assert intake_scene.intake.store.accesses() == []
    discard(intake_scene.intake, number=number, reason="spam", by=team, people=intake_scene.people)
    with pytest.raises(NotWaitingError):
        confirm(intake_scene.intake, intake_scene.desk, number=number, by=team)
    with pytest.raises(NotWaitingError):
        write(intake_scene.intake, number=number, key=receipt.key, text="But")


def test_a_contact_is_read_by_name_and_deleted_on_its_day(intake_scene: IntakeScene) -> None:
    """Each look at a contact is noted; on its day no byte of it is left in any file of the store."""
    receipt = intake_scene.take("confidential", contact="ring 0171 2223334")
    assert intake_scene.take("anonymous", contact="ring me").number
    [sealed] = intake_scene.intake.store.contacts()
    assert (
        contact_of(
            intake_scene.intake, number=receipt.number, by=intake_scene.person("r.meyer"), people=intake_scene.people
        )
        == "ring 0171 2223334"
    )
    [access] = intake_scene.intake.store.accesses()
    assert (access.number, access.who, access.day) == (receipt.number, "r.meyer", "2026-11-22")

    intake_scene.clock.to("2028-11-20")
    assert purge(intake_scene.intake, intake_scene.desk).contacts == 0
    assert sealed.sealed[20:] in intake_scene.stored(), "the proof looks at the bytes that were there"
    intake_scene.clock.to("2028-11-21")
    assert purge(intake_scene.intake, intake_scene.desk).contacts == 1
    assert sealed.sealed[20:] not in intake_scene.stored()
    with pytest.raises(NearMissError, match="No contact is kept"):
        contact_of(
            intake_scene.intake, number=receipt.number, by=intake_scene.person("r.meyer"), people=intake_scene.people
        )


def declined(intake_scene: IntakeScene, mode: str = "confidential") -> tuple[str, str, str]:
    """Take a report, commit it, and let it be declined; return number, key and id."""
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.confirmed(mode, contact="ring me")  # type: ignore[arg-type]  # as above
    [record] = intake_scene.batch().ids
    scene = intake_scene.scene
    assessment = {
        "decision": "hypothetical",
        "reason": "Nothing happened.",
        "reply": "Thank you; nothing happened.",
        "assessed_by": "i.garcia",
        "assessed_on": "2026-11-22",
        "classification": "safety",
        "referred": [{"to": "risk-register", "ref": "RR-1", "on": "2026-11-22"}],
    }
    scene.draft("i.garcia", record, {"assessment": assessment})
    scene.advance("s.ito", record, transition="decline", because="Nothing happened.")
    scene.put_in_force(record, ["r.meyer", "p.lind"])
    assert scene.state(record) == "declined"
    return receipt.number, receipt.key, record


def test_a_reporter_disagrees_once_and_it_is_on_the_board(intake_scene: IntakeScene) -> None:
    """Only a decline can be disagreed with, once; the team sees it beside the record, and answers."""
    other = intake_scene.take()
    with pytest.raises(MayNotDisagreeError):
        disagree(intake_scene.intake, intake_scene.desk, number=other.number, key=other.key, text="No!")
    discard(
        intake_scene.intake,
        number=other.number,
        reason="test",
        by=intake_scene.person("r.meyer"),
        people=intake_scene.people,
    )
    number, key, record = declined(intake_scene)
    intake, desk = intake_scene.intake, intake_scene.desk
    followed = follow(intake, desk, number=number, key=key)
    assert followed is not None
    assert followed.may_disagree
    assert followed.reply == "Thank you; nothing happened."

    disagree(intake, desk, number=record, key=key, text="It did roll.")
    answer(
        intake, number=record, text="We will look again.", by=intake_scene.person("r.meyer"), people=intake_scene.people
    )

    assert [(one.record_id, one.text) for one in disagreements(intake, desk)] == [(record, "It did roll.")]
    with pytest.raises(MayNotDisagreeError):
        disagree(intake, desk, number=number, key=key, text="Once more.")
    told = conversation(intake, number=record)
    assert [(one.by, one.text) for one in told.messages] == [
        ("reporter", "It did roll."),
        ("team", "We will look again."),
    ]
    followed = follow(intake, desk, number=number, key=key)
    assert followed is not None
    assert followed.messages == told.messages
    assert not followed.may_disagree


def test_a_contact_goes_some_days_after_its_record_is_closed(intake_scene: IntakeScene) -> None:
    """Once the record is seen closed, the days of the rules run; a later look does not make them longer."""
    declined(intake_scene)
    purge(intake_scene.intake, intake_scene.desk)
    intake_scene.clock.to("2027-03-01")
    purge(intake_scene.intake, intake_scene.desk)
    [contact] = intake_scene.intake.store.contacts()
    assert contact.delete_on == "2027-05-21"
    intake_scene.clock.to("2027-05-21")
    assert purge(intake_scene.intake, intake_scene.desk).contacts == 1


def test_a_purge_is_made_once_a_day(intake_scene: IntakeScene) -> None:
    """However often the server asks, a day has one purge, and the next day another."""
    assert purge_daily(intake_scene.intake, intake_scene.desk) is not None
    assert purge_daily(intake_scene.intake, intake_scene.desk) is None
    intake_scene.clock.to("2026-11-23")
    assert purge_daily(intake_scene.intake, intake_scene.desk) is not None


@pytest.mark.parametrize("settled", ["committed", "discarded"])
def test_a_form_is_known_again_for_thirty_days(intake_scene: IntakeScene, settled: str) -> None:
    """Sent again over the end of the month it is the same report; after thirty days nothing is left to know it by."""
    intake_scene.clock.to("2026-11-30")
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.take(sending="a-token-of-november")
    team = intake_scene.person("r.meyer")
    if settled == "committed":
        confirm(intake_scene.intake, intake_scene.desk, number=receipt.number, by=team)
        assert len(intake_scene.batch().ids) == 1
    else:
        discard(intake_scene.intake, number=receipt.number, reason="test", by=team, people=intake_scene.people)
    for day in ("2026-12-01", "2026-12-30"):
        intake_scene.clock.to(day)
        assert purge(intake_scene.intake, intake_scene.desk).tokens == 0
        assert intake_scene.take(sending="a-token-of-november").number == receipt.number

    intake_scene.clock.to("2026-12-31")
    assert purge(intake_scene.intake, intake_scene.desk).tokens == 1
    assert waiting_reports(intake_scene.intake, intake_scene.desk) == []
    kept = intake_scene.intake.store.find(receipt.number)
    assert kept is not None
    assert (kept.token, kept.token_until, kept.day) == (None, "", "2026-11")


def test_a_form_is_known_again_as_long_as_its_report_waits(intake_scene: IntakeScene) -> None:
    """However long a report waits, sent again it is the same; the days are counted from its commit."""
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.take(sending="a-token-of-november")
    intake_scene.clock.to("2027-03-01")
    assert purge(intake_scene.intake, intake_scene.desk).tokens == 0
    confirm(intake_scene.intake, intake_scene.desk, number=receipt.number, by=intake_scene.person("r.meyer"))
    intake_scene.batch()
    intake_scene.clock.to("2027-03-31")
    purge(intake_scene.intake, intake_scene.desk)

    assert intake_scene.take(sending="a-token-of-november").number == receipt.number


def test_a_store_of_the_first_format_goes_on(intake_scene: IntakeScene) -> None:
    """A store that an earlier program made is opened with all that it holds, and its tokens get their days."""
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.confirmed(sending="a-token-of-november")
    intake_scene.batch()
    close_store(intake_scene.intake)
    as_first_format(intake_scene.folder / "intake.db")
    intake_scene.intake = opened(intake_scene.scene, intake_scene.folder)

    assert purge(intake_scene.intake, intake_scene.desk).tokens == 0
    assert intake_scene.take(sending="a-token-of-november").number == receipt.number
    intake_scene.clock.to("2026-12-23")
    assert purge(intake_scene.intake, intake_scene.desk).tokens == 1


def as_first_format(store: Path) -> None:
    """Take from a store what the first format did not have."""
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("DROP TABLE alarm")
        connection.execute("ALTER TABLE report DROP COLUMN token_until")
        connection.execute("PRAGMA user_version = 1")


def test_a_store_of_a_later_format_is_left_alone(intake_scene: IntakeScene) -> None:
    """A store that a later program made is not opened, and a sentence says so."""
    close_store(intake_scene.intake)
    with closing(sqlite3.connect(intake_scene.folder / "intake.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")
    intake_scene.intake = opened(intake_scene.scene, intake_scene.folder)

    with pytest.raises(LaterFormatError):
        intake_scene.take()


def test_where_reports_go_by_request_a_batch_has_one_branch(intake_scene: IntakeScene) -> None:
    """The records of a batch wait on one branch, which the gate passes; stopped between, nothing is made twice."""
    scene = intake_scene.scene
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})
    receipts = [intake_scene.confirmed() for _ in range(3)]
    stopped = replace(intake_scene.desk, repository=_Stopping(intake_scene.desk.repository, "after the commit"))  # type: ignore[arg-type]  # it hands on all but one
    with pytest.raises(PowerCutError):
        _run(stopped, intake_scene, "anonymous")
    batch = intake_scene.batch()

    branches = scene.git("branch", "--list", "near-miss/*", "--format=%(refname:short)").split()
    assert branches == [f"near-miss/{batch.ids[0]}/00-report"]
    assert scene.gate(branches[0]).verdict == "pass"
    followed = follow(intake_scene.intake, intake_scene.desk, number=receipts[0].number, key=receipts[0].key)
    assert followed is not None
    assert (followed.state, followed.record_state) == ("proposed", "")
    assert followed.title == "The trailer crept away from the dock while I was half inside"

    scene.git("merge", "-q", "--ff-only", branches[0])
    after = follow(intake_scene.intake, intake_scene.desk, number=receipts[0].number, key=receipts[0].key)
    assert after is not None
    assert (after.state, after.record_state, after.title) == ("committed", "reported", followed.title)


def test_a_report_whose_request_was_closed_is_told_so(intake_scene: IntakeScene) -> None:
    """Where neither main nor any branch has the record any more, nobody is told that it is in the register."""
    scene = intake_scene.scene
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})
    intake_scene.ruled(batch={"at_least": 1})
    receipt = intake_scene.confirmed()
    scene.git("branch", "-q", "-D", intake_scene.batch().branch)

    followed = follow(intake_scene.intake, intake_scene.desk, number=receipt.number, key=receipt.key)
    assert followed is not None
    assert (followed.state, followed.title) == ("absent", "")


def test_a_report_that_became_impossible_is_held_back(intake_scene: IntakeScene) -> None:
    """A term that is none any more keeps one report back and no other; it says why, and can be mended."""
    receipt = intake_scene.take(site="plant-9")
    shown = waiting_report(intake_scene.intake, intake_scene.desk, receipt.number)
    assert [one.code for one in shown.findings] == ["unknown-term"]
    intake_scene.take("named", site="plant-9", name="Somebody")
    assert commit_named(intake_scene.desk, intake_scene.intake) == []
    with pytest.raises(RefusedError):
        confirm(intake_scene.intake, intake_scene.desk, number=receipt.number, by=intake_scene.person("r.meyer"))


def test_a_deputy_without_a_role_acts_as_those_they_stand_in_for(intake_scene: IntakeScene) -> None:
    """Who is somebody's deputy confirms, discards, answers and reads a contact as they do; when that ends, no more."""
    scene = intake_scene.scene
    receipts = [intake_scene.take("confidential", contact="ring me") for _ in range(2)]
    scene.change_policy("o.haddad", scene.people_with(r_meyer={"deputies": ["m.okafor"]}))
    intake, desk, deputy, people = (
        intake_scene.intake,
        intake_scene.desk,
        intake_scene.person("m.okafor"),
        intake_scene.people,
    )
    first, second = (receipt.number for receipt in receipts)

    answer(intake, number=first, text="Thank you.", by=deputy, people=people)
    assert contact_of(intake, number=first, by=deputy, people=people) == "ring me"
    assert confirm(intake, desk, number=first, by=deputy).confirmed_by == "m.okafor"
    discard(intake, number=second, reason="spam", by=deputy, people=people)

    scene.change_policy("o.haddad", scene.people_with(r_meyer={"deputies": []}))
    with pytest.raises(NotOfTheTeamError):
        contact_of(intake, number=first, by=deputy, people=intake_scene.people)
