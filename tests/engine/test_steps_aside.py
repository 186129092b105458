"""The steps beside the straight way: declined, escalated, reopened, sent back, amended, corrected, and the like."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nearmiss.engine.errors import (
    MayNotSignError,
    ReasonNeededError,
    RefusedError,
    UnknownTransitionError,
)
from tests.engine.scene import SIGNERS, Scene, codes
from tests.policy.builder import near_miss

Walked = Callable[..., tuple[Scene, str]]

HAZARD = {
    "assessment.decision": "hazard",
    "assessment.reason": "Nothing happened; the floor is worn.",
    "assessment.referred": [{"to": "risk-register", "ref": "R-12"}],
}


def assert_sound(scene: Scene) -> None:
    """Whatever was done, main is sound and the working tree is clean."""
    assert scene.check().findings == ()
    assert scene.git("status", "--porcelain") == ""


def test_a_hazard_is_declined_with_a_referral(walked: Walked) -> None:
    """What triage decided not to be a near miss is declined, and not before it is said where the concern went."""
    scene, record = walked("reported")
    untold = {key: value for key, value in HAZARD.items() if key != "assessment.referred"}
    with pytest.raises(RefusedError) as refused:
        scene.advance("s.ito", record, untold, transition="decline")
    assert codes(refused.value.findings) == {"not-referred"}
    scene.draft("s.ito", record, HAZARD)
    assert [step.transition.name for step in scene.advance("s.ito", record).steps] == ["decline"]
    assert scene.put_in_force(record, ["r.meyer"]).state == "declined"
    assert_sound(scene)


def test_declining_what_was_investigated_and_reopening_it_restores_what_was_sealed(walked: Walked) -> None:
    """Reopened after a decline, the record says again what its investigation was signed with, bit for bit."""
    scene, record = walked("investigated")
    sealed = scene.dossier(record)
    scene.advance("s.ito", record, HAZARD, transition="decline")
    scene.put_in_force(record, ["r.meyer"])
    assert scene.data(record)["assessment"] != sealed.data["assessment"]
    scene.advance("s.ito", record, transition="reopen", to="investigated", because="It happened again.")
    with pytest.raises(MayNotSignError, match="undo"):
        scene.approve("r.meyer", record)
    assert scene.put_in_force(record, ["p.lind"]).state == "investigated"
    parts = ("title", "report", "assessment", "investigation")
    assert [scene.dossier(record).digest_of(part) for part in parts] == [sealed.digest_of(part) for part in parts]
    assert_sound(scene)


def test_a_declined_report_is_reopened_to_where_it_was(walked: Walked) -> None:
    """A record that was declined at once has never been investigated, so it is reopened as reported."""
    scene, record = walked("reported")
    scene.draft("s.ito", record, HAZARD)
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])
    before = scene.snapshot()
    with pytest.raises(UnknownTransitionError):
        scene.advance("s.ito", record, transition="reopen", to="investigated", because="Wrong decline.")
    assert scene.snapshot() == before
    scene.advance("s.ito", record, transition="reopen", because="Wrong decline.")
    assert scene.put_in_force(record, ["p.lind"]).state == "reported"
    assert_sound(scene)


@pytest.mark.parametrize("state", ["reported", "root-caused", "verified"])
def test_a_record_is_escalated_from_anywhere_and_can_come_back(walked: Walked, state: str) -> None:
    """What became an incident goes there with its reference; should it turn out not to be one, it is reopened."""
    scene, record = walked(state)
    incident = {"escalation": {"incident_ref": "INC-7", "because": "Somebody was hurt after all."}}
    with pytest.raises(ReasonNeededError):
        scene.advance("s.ito", record, incident, transition="escalate")
    scene.advance("s.ito", record, incident, transition="escalate", because="Somebody was hurt after all.")
    assert scene.put_in_force(record, ["r.meyer"]).state == "escalated"
    assert_sound(scene)
    back = "reported" if state == "reported" else "investigated"
    scene.advance("s.ito", record, transition="reopen", to=back, because="It was another event.")
    assert scene.put_in_force(record, ["p.lind"]).state == back
    assert_sound(scene)


def test_a_verified_record_is_reopened_when_its_cause_was_wrong(walked: Walked) -> None:
    """Reopened, the causes can be written anew and the record goes the whole way again, as further steps."""
    scene, record = walked("verified")
    scene.advance("s.ito", record, transition="reopen", to="investigated", because="It did not work.")
    scene.put_in_force(record, ["p.lind"])
    scene.draft("i.garcia", record, {"root_cause.causes.1.statement": "The light has no interlock."})
    scene.advance("s.ito", record)
    merged = scene.put_in_force(record, ["r.meyer"])
    assert (merged.state, len(scene.dossier(record).sign_offs)) == ("root-caused", 6)
    assert_sound(scene)


def test_a_record_is_sent_back_and_what_was_sealed_later_can_be_drafted_again(walked: Walked) -> None:
    """Sent back to investigated, causes and plan are drafts again; the proposer may be the one signer."""
    scene, record = walked("action")
    with pytest.raises(RefusedError) as refused:
        scene.draft("s.ito", record, {"root_cause.analyst": "i.garcia"})
    assert codes(refused.value.findings) == {"sealed-section-changed"}
    scene.advance("s.ito", record, transition="send-back", to="investigated", because="The cause is doubted.")
    assert scene.put_in_force(record, ["s.ito"]).state == "investigated"
    scene.draft("s.ito", record, {"root_cause.analyst": "i.garcia"})
    assert_sound(scene)


def test_a_plan_is_amended_with_an_extension_and_another_owner(walked: Walked) -> None:
    """A postponed action keeps its first date and its earlier owner, and neither owner signs the amendment."""
    scene, record = walked("action", "medium")
    later = {"action_plan.actions.0.due": "2027-02-15", "action_plan.actions.0.owner": "k.adeyemi"}
    with pytest.raises(RefusedError) as refused:
        scene.advance("s.ito", record, later, transition="amend-plan", because="The part is late.")
    assert codes(refused.value.findings) == {"original-due-lost", "extension-unsaid", "owner-forgotten"}
    kept = later | {
        "action_plan.actions.0.due_original": "2027-01-15",
        "action_plan.actions.0.extensions": [{"from": "2027-01-15", "to": "2027-02-15", "because": "Part is late."}],
        "action_plan.actions.0.previous_owners": ["t.silva"],
    }
    scene.advance("s.ito", record, kept, transition="amend-plan", because="The part is late.")
    for owner in ("k.adeyemi", "t.silva"):
        with pytest.raises(MayNotSignError, match="named in"):
            scene.approve(owner, record)
    assert scene.put_in_force(record, ["p.lind"]).state == "action"
    assert_sound(scene)
    said = scene.dossier(record).sign_offs[-1].statement
    assert (said["because"], said["by"]) == ("The part is late.", "p.lind")


def test_the_risk_is_raised_by_a_draft_and_lowered_only_by_somebody_else_agreeing(walked: Walked) -> None:
    """Up is anybody's draft; down, even to what an earlier draft said, needs a signature by another than who lowers."""
    scene, record = walked("reported")
    scene.draft("i.garcia", record, {"assessment.level": "medium"})
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        scene.draft("i.garcia", record, {"assessment.level": "low"})
    assert "risk-lowered" in codes(refused.value.findings)
    assert scene.snapshot() == before
    lower = {"assessment.level": "low"}
    scene.advance("i.garcia", record, lower, transition="reassess", because="There was a rail.")
    with pytest.raises(MayNotSignError):
        scene.approve("i.garcia", record)
    scene.put_in_force(record, ["r.meyer"])
    assert scene.data(record)["assessment"]["level"] == "low"
    assert_sound(scene)


def test_an_investigated_record_is_reassessed_up_and_down(walked: Walked) -> None:
    """Once sealed, the assessment changes only by reassessing, in either direction."""
    scene, record = walked("root-caused")
    with pytest.raises(RefusedError) as refused:
        scene.draft("i.garcia", record, {"assessment.level": "medium"})
    assert [finding.message for finding in refused.value.findings] == [
        "this changes what is signed off, so it is a step of its own: reassess"
    ]
    for level in ("medium", "low"):
        scene.advance("i.garcia", record, {"assessment.level": level}, transition="reassess", because=f"It is {level}.")
        scene.put_in_force(record, ["r.meyer"])
        assert scene.data(record)["assessment"]["level"] == level
        assert_sound(scene)


def test_a_correction_is_listed_with_what_was_said_before(walked: Walked) -> None:
    """Correcting writes the list of what changed by itself, and what was said stays on record."""
    scene, record = walked("verified")
    change = {"report.location": "dock-2"}
    scene.advance("s.ito", record, change, transition="correct", because="Mistyped.")
    with pytest.raises(MayNotSignError, match="wrote"):
        scene.approve("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])
    corrected = scene.data(record)
    assert corrected["report"]["location"] == "dock-2"
    assert corrected["corrections"] == [
        {"field": "report.location", "was": "dock-3", "now": "dock-2", "because": "Mistyped.", "on": "2027-04-16"}
    ]
    assert_sound(scene)


def test_a_redaction_withholds_a_value_and_does_not_repeat_it(walked: Walked) -> None:
    """Redacting puts the word in place of the value, and the list of corrections does not say what it was."""
    scene, record = walked("investigated")
    change = {"report.what_happened": "redacted"}
    with pytest.raises(RefusedError) as refused:
        scene.advance("s.ito", record, change, transition="redact", because="It named a colleague.")
    assert codes(refused.value.findings) == {"title-repeats"}
    change["title"] = "redacted"
    scene.advance("s.ito", record, change, transition="redact", because="It named a colleague.")
    scene.put_in_force(record, ["r.meyer"])
    said = {"now": "redacted", "because": "It named a colleague.", "on": "2026-11-22"}
    assert scene.data(record)["corrections"] == [
        {"field": "title", **said},
        {"field": "report.what_happened", **said},
    ]
    assert_sound(scene)
    with pytest.raises(RefusedError) as refused:
        scene.advance("s.ito", record, {"report.location": "dock-1"}, transition="redact", because="No.")
    assert "not-a-redaction" in codes(refused.value.findings)


def test_an_early_warning_is_published_after_its_own_sign_off(walked: Walked) -> None:
    """An alert needs headline, advice and end, and somebody other than its author to agree."""
    scene, record = walked("reported")
    alert = {"headline": "Trailers may creep", "do_this": "Chock every trailer.", "until": "2027-01-31"}
    scene.advance("s.ito", record, {"alert": alert}, transition="publish-alert")
    scene.put_in_force(record, ["r.meyer"])
    assert (scene.state(record), scene.data(record)["alert"]) == ("reported", alert)
    assert_sound(scene)


def test_a_lesson_is_reviewed_and_withdrawn_with_a_reason(walked: Walked) -> None:
    """The status of a published lesson changes by a signed review."""
    scene, record = walked("verified")
    change = {"lesson.status": "withdrawn"}
    scene.advance("s.ito", record, change, transition="review-lesson", because="The dock is gone.")
    scene.put_in_force(record, ["r.meyer"])
    assert scene.data(record)["lesson"]["status"] == "withdrawn"
    assert_sound(scene)


@pytest.mark.parametrize("level", ["minimal", "low"])
def test_a_shallow_record_is_closed_in_one_request_by_two_people(scene: Scene, level: str) -> None:
    """All the forward steps go together; each is signed by somebody who may sign it, in order."""
    record = scene.prepare(level)
    scene.clock.to("2027-04-16")
    parts = ("progress", "verification", "lesson")
    whole = {part: near_miss(level)[part] for part in parts}
    closing = scene.close_record("s.ito", record, whole)
    assert [step.transition.name for step in closing.steps] == list(SIGNERS)
    signed = scene.approve("r.meyer", record)
    assert (signed.steps, signed.verdict) == (tuple(SIGNERS), "pass")
    assert scene.merge("s.ito", record).state == "verified"
    assert_sound(scene)


def test_a_deeper_record_is_not_closed_in_one_request(scene: Scene) -> None:
    """At level medium and above every step is a request of its own."""
    record = scene.prepare("medium")
    scene.clock.to("2027-04-16")
    before = scene.snapshot()
    rest = {part: near_miss("medium")[part] for part in ("progress", "verification", "lesson")}
    with pytest.raises(RefusedError) as refused:
        scene.close_record("s.ito", record, rest)
    assert "no-such-step" in codes(refused.value.findings)
    assert scene.snapshot() == before


def test_a_correction_that_is_listed_by_hand_is_not_listed_again(walked: Walked) -> None:
    """Whoever writes the entry themselves keeps their own words."""
    scene, record = walked("investigated")
    entry = {
        "field": "report.location",
        "was": "dock-3",
        "now": "dock-2",
        "because": "The driver says so.",
        "on": "2026-11-22",
    }
    change = {"report.location": "dock-2", "corrections": [entry]}
    scene.advance("s.ito", record, change, transition="correct", because="Mistyped.")
    scene.put_in_force(record, ["r.meyer"])
    assert scene.data(record)["corrections"] == [entry]
