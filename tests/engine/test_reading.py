"""Listing, showing, history and review: what the command line and the site print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from nearmiss.engine.looking.listing import Wanted, list_records
from nearmiss.engine.looking.showing import history, review, show
from nearmiss.errors import UsageError
from tests.engine.scene import Scene
from tests.engine.test_check import Remembered

Walked = Callable[..., tuple[Scene, str]]


def ids(scene: Scene, **wanted: object) -> list[str]:
    """Return the ids of the records that are wanted, in order."""
    listed = list_records(scene.desk("m.okafor"), Wanted(**wanted))  # type: ignore[arg-type]
    return [summary.id for summary in listed.summaries]


def test_records_are_filtered_and_sorted(walked: Walked) -> None:
    """By state, place, class, level, owner and words; by id, date, severity, due date and title."""
    scene, planned = walked("action", "high")
    scene.clock.tick(days=1)
    other = scene.report(what_happened="A spark flew by.", site="plant-1", process_area="maintenance").id
    scene.clock.tick(days=1)
    scene.draft("s.ito", other, {"assessment": {"classification": "quality", "level": "low", "severity_potential": 5}})
    assert ids(scene) == [other, planned]
    assert ids(scene, sort="id") == [planned, other]
    assert ids(scene, sort="severity") == [other, planned]
    assert ids(scene, sort="due") == [other, planned]
    assert ids(scene, sort="title") == [other, planned]
    for wanted in (
        {"states": ("action", "verified")},
        {"site": "plant-2"},
        {"area": "shipping"},
        {"classification": "safety"},
        {"level": "high"},
        {"owner": "t.silva"},
        {"text": "TRAILER dock"},
    ):
        assert ids(scene, **wanted) == [planned], wanted
    assert ids(scene, overdue=True) == []
    scene.clock.to("2027-02-01")
    assert planned in ids(scene, overdue=True)
    with pytest.raises(UsageError):
        ids(scene, sort="colour")


def test_a_list_is_remembered_and_says_what_it_could_not_read(walked: Walked) -> None:
    """Summaries come from the cache the second time; a record that is none is named, not dropped silently."""
    scene, record = walked("investigated")
    broken = scene.report().id
    scene.commit_files({scene.path(broken): "a: [\n"}, branch="main")
    memory = Remembered()
    desk = replace(scene.desk("m.okafor"), memory=memory)
    cold = list_records(desk, Wanted())
    assert (memory.put, cold.unreadable, cold.total) == (2, (broken,), 1)
    assert list_records(desk, Wanted()) == cold
    assert memory.put == 2
    assert list_records(replace(desk, memory=None), Wanted()) == cold
    assert cold.summaries[0].id == record


def test_a_list_tells_what_is_proposed_and_numbers_by_first_commit(walked: Walked) -> None:
    """Running numbers are shown where asked for, by the order in which records came to main, merges included."""
    scene, first = walked("investigated")
    second = scene.report().id
    branch = scene.advance("s.ito", first)
    listed = list_records(scene.desk("m.okafor"), Wanted(), ledger="number")
    assert listed.numbers == {first: 1, second: 2}
    assert listed.proposed == {first: branch.steps[0].transition.name}
    assert list_records(scene.desk("m.okafor"), Wanted()).numbers == {}


def test_a_record_is_shown_with_its_standing_and_what_comes_next(walked: Walked) -> None:
    """State, seals, band, proposals and the steps that lead on."""
    scene, record = walked("root-caused", "medium")
    scene.advance("s.ito", record)
    shown = show(scene.desk("m.okafor"), record.lower())
    assert (shown.id, shown.state, shown.band) == (record, "root-caused", "high")
    assert [transition for _, transition in shown.proposals] == ["plan-action"]
    assert {"plan-action", "send-back", "escalate"} <= set(shown.next_steps)
    assert (shown.findings, shown.commit) == ((), scene.rev("main"))
    early = show(scene.desk("m.okafor"), record, revision="main~1")
    assert early.state == "investigated"
    fresh = scene.report().id
    assert show(scene.desk("m.okafor"), fresh).band == ""


def test_history_says_who_did_what_and_who_signed(walked: Walked) -> None:
    """Newest first: the merge that put the step in force, the word that was given, what was written, the report."""
    scene, record = walked("investigated")
    told = [
        (entry.subject.partition(": ")[2], entry.name, entry.sections, entry.state, len(entry.signed))
        for entry in history(scene.desk("m.okafor"), record)
    ]
    assert told == [
        ("investigate in force", "S Ito", (), "", 0),
        ("approve investigate", "R Meyer", (), "", 1),
        ("investigate (reported → investigated)", "S Ito", (), "investigated", 0),
        (
            "draft investigation, root_cause, action_plan",
            "S Ito",
            ("investigation", "root_cause", "action_plan"),
            "",
            0,
        ),
        ("draft assessment", "I Garcia", ("assessment",), "", 0),
        ("report a near miss", "M Okafor", ("title", "report"), "reported", 0),
    ]


def test_history_leaves_out_merges_that_only_carry_others_work(walked: Walked) -> None:
    """A branch that was brought up to date has done nothing to the record by that."""
    scene, record = walked("investigated")
    branch = scene.draft("s.ito", record, {"root_cause.method": "ishikawa"})
    tip = scene.rev("main")
    side = scene.commit_files({"notes.txt": "x"}, branch="side", parents=[scene.rev("main~1")])
    scene.commit_files({"notes.txt": "x"}, branch="main", parents=[tip, side])
    entries = history(scene.desk("m.okafor"), record)
    assert entries[0].commit == branch.commit


def test_history_leaves_out_a_merge_that_takes_the_record_over_as_it_is(walked: Walked) -> None:
    """A merge made by git, which only brings what its side says, is no line of the record's own."""
    scene, record = walked("investigated")
    path = scene.path(record)
    tip = scene.rev("main")
    text = scene.blob(path).replace(b"method: five-whys", b"method: ishikawa")
    side = scene.commit_files({path: text}, branch="side", parents=[tip])
    scene.commit_files({path: text}, branch="main", parents=[tip, side])
    newest = history(scene.desk("m.okafor"), record)[0]
    assert (newest.commit, newest.sections) == (side, ("root_cause",))


def test_a_review_shows_every_value_that_changes(walked: Walked) -> None:
    """What was, what would be, what is missing and who may sign."""
    scene, record = walked("investigated")
    change = {"root_cause.method": "ishikawa", "title": "A trailer crept away"}
    scene.draft("s.ito", record, {"root_cause.method": "barrier"})
    branch = scene.advance("s.ito", record, {"root_cause.method": change["root_cause.method"]}).branch
    reviewed = review(scene.desk("r.meyer"), record.lower())
    assert (reviewed.proposal.branch, reviewed.title) == (branch, scene.data(record)["title"])
    assert reviewed.changes == (
        (("state",), "investigated", "root-caused"),
        (("root_cause", "method"), "barrier", "ishikawa"),
    )
    step = reviewed.result.proposed(record)[0]
    assert ("r.meyer" in step.candidates, "s.ito" in step.candidates) == (True, False)
    assert reviewed.result.proposed("NM-2026-ZZZZZ") == ()


def test_a_report_that_is_not_merged_yet_can_be_reviewed(scene: Scene) -> None:
    """Where reports go through requests, all of it is new."""
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})
    made = scene.report()
    reviewed = review(scene.desk("r.meyer"), made.id)
    assert (reviewed.title, reviewed.result.verdict) == (made.title, "pass")
    assert {change[0][0] for change in reviewed.changes} == {"schema", "id", "title", "state", "report"}
