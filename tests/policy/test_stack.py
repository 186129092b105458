"""What is sealed after steps forward, steps that keep the state, and steps back."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.models.digests import digest
from nearmiss.policy.standing import Standing, judge_standing, replay
from tests.policy.builder import DECLINED, ESCALATED, Case, World

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")


def standing_of(case: Case) -> Standing:
    """Replay a record."""
    return replay(case.dossier, case.world.register)


def sealed_by(case: Case) -> dict[str, str]:
    """Return the transition by which each part is sealed now."""
    return {part: seal.transition for part, seal in standing_of(case).seals.items()}


def correction(field: str, was: Any, now: Any) -> dict[str, Any]:
    """Return the entry that a correction of a field needs."""
    return {"field": field, "was": was, "now": now, "because": "It was misheard.", "on": "2026-12-01"}


def test_nothing_sealed_at_first(world: World) -> None:
    """A report alone is sealed by nobody."""
    standing = standing_of(world.case())

    assert (standing.state, standing.next_seq, standing.seals) == ("reported", 1, {})


def test_seals_gather(world: World) -> None:
    """Each step forward adds the seals of its sections, with the digest of what they say."""
    case = world.case().travel(*FORWARD)

    assert sealed_by(case) == {
        "title": "investigate",
        "report": "investigate",
        "assessment": "investigate",
        "investigation": "investigate",
        "root_cause": "find-root-cause",
        "action_plan": "plan-action",
        "progress": "verify",
        "verification": "verify",
        "lesson": "verify",
    }
    assert {part: seal.digest for part, seal in standing_of(case).seals.items()} == {
        part: digest(case.data[part]) for part in sealed_by(case)
    }


@pytest.mark.parametrize("part", ["title", "report", "assessment", "investigation", "root_cause", "action_plan"])
def test_sealed_part_changed(world: World, part: str) -> None:
    """What is sealed is not changed without a step; the finding names the section and the sign-off it breaks."""
    case = world.case().travel(*FORWARD)
    value = "Another title" if part == "title" else {**case.data[part], "attachments": []}

    found = judge_standing(case.change({part: value}).after, world.register)[1]

    [finding] = [finding for finding in found if finding.code == "sealed-section-changed"]
    assert finding.field == (part,)
    assert f"--r.meyer.yaml ({sealed_by(case)[part]})" in finding.message
    assert f"nearmiss advance {case.dossier.id} --transition correct" in finding.hint


def test_absent_part_is_sealed_absent(world: World) -> None:
    """A section that a step seals while it is absent is not slipped in afterwards."""
    data = world.case("minimal").data
    bare = Case(world=world, dossier=world.dossier({key: data[key] for key in data if key != "verification"}))
    case = bare.travel(*FORWARD)

    attempt = case.change({"verification": {"residual": {"severity_potential": 1, "likelihood": 1}}})

    assert "sealed-section-changed" in {f.code for f in judge_standing(attempt.after, world.register)[1]}
    assert attempt.verdict != "pass"


def test_sent_back(world: World) -> None:
    """Sending back unseals what the steps above the target sealed, and nothing below."""
    case = world.case().travel(*FORWARD[:3]).take("send-back", to="investigated")

    assert set(sealed_by(case)) == {"title", "report", "assessment", "investigation"}
    assert case.steps == 4
    assert case.draft({"root_cause.method": "barrier"}).take("find-root-cause").state == "root-caused"


def test_sent_back_to_the_start(world: World) -> None:
    """A record that is sent back to the start is open in all its sections and goes the whole way again."""
    case = world.case().travel(*FORWARD[:3]).take("send-back", to="reported")

    assert sealed_by(case) == {}
    assert case.draft({"investigation.findings": "Looked at again."}).travel(*FORWARD).state == "verified"


def test_the_chain_goes_on(world: World) -> None:
    """A step that was taken back stays in the chain; its number is not given again."""
    case = world.case().travel(*FORWARD[:2]).take("send-back", to="investigated").take("find-root-cause")

    names = [file.name for file in case.dossier.sign_offs]
    assert names == [
        "01-investigated--r.meyer.yaml",
        "02-root-caused--r.meyer.yaml",
        "03-investigated--r.meyer.yaml",
        "04-root-caused--r.meyer.yaml",
    ]
    assert [step.seq for step in standing_of(case).steps] == [1, 2, 3, 4]


@pytest.mark.parametrize("target", ["investigated", "reported"])
def test_reopened_from_verified(world: World, target: str) -> None:
    """A verified record that is reopened keeps its sections and can be closed again."""
    case = world.case().travel(*FORWARD)

    reopened = case.take("reopen", to=target)

    assert reopened.state == target
    assert {key for key in case.data if key not in reopened.data} == set()
    assert sealed_by(reopened) == ({} if target == "reported" else dict.fromkeys(sealed_by(reopened), "investigate"))
    again = FORWARD[1:] if target == "investigated" else FORWARD
    late = {"verification.checks.1": {"on": "2027-05-01", "by": "v.novak", "result": "effective"}}
    assert reopened.draft(late).travel(*again).state == "verified"


def test_reopened_from_declined(world: World) -> None:
    """Reopening what was declined after its investigation brings the assessment of the investigation back."""
    case = world.case().take("investigate")
    before = case.data["assessment"]
    declined = case.take("decline", DECLINED)

    attempt = declined.propose("reopen", to="investigated")

    assert "sealed-section-changed" in attempt.signed("p.lind").codes
    assert attempt.verdict == "refuse"
    assert attempt.edit({"assessment": before}).verdict == "waiting"
    restored = declined.take("reopen", {"assessment": before}, to="investigated")
    assert sealed_by(restored)["assessment"] == "investigate"
    assert restored.travel(*FORWARD[1:]).state == "verified"


def test_reopened_from_declined_to_the_start(world: World) -> None:
    """What was declined at once is reopened at its start, open to be assessed again."""
    case = world.case(edits=DECLINED).take("decline").take("reopen", to="reported")

    assert sealed_by(case) == {}
    assert case.draft({"assessment.decision": "near-miss"}).take("investigate").state == "investigated"


def test_reopened_from_escalated(world: World) -> None:
    """An escalated record that was no incident after all is reopened; what was found out stays sealed."""
    case = world.case().travel(*FORWARD[:3]).take("escalate", ESCALATED)
    assert sealed_by(case)["escalation"] == "escalate"

    reopened = case.take("reopen", to="investigated")

    assert set(sealed_by(reopened)) == {"title", "report", "assessment", "investigation"}
    assert reopened.travel(*FORWARD[1:]).state == "verified"


def test_corrected_then_sent_back(world: World) -> None:
    """A correction stays in force when a later step is taken back."""
    edits = {
        "investigation.findings": "Nobody checks the chocks before loading.",
        "corrections": [
            correction(
                "investigation.findings",
                "Nobody checks the chocks before loading starts.",
                "Nobody checks the chocks before loading.",
            )
        ],
    }
    case = world.case().travel(*FORWARD[:2]).take("correct", edits)
    assert sealed_by(case)["investigation"] == "correct"

    back = case.take("send-back", to="investigated")

    assert sealed_by(back)["investigation"] == "correct"
    assert judge_standing(back.dossier, world.register)[1] == []
    assert back.data["investigation"]["findings"] == "Nobody checks the chocks before loading."


def test_corrections_taken_back_stay(world: World) -> None:
    """The list of corrections outlives the steps that it was made in."""
    edits = {
        "root_cause.method": "barrier",
        "corrections": [correction("root_cause.method", "five-whys", "barrier")],
    }
    case = world.case().travel(*FORWARD[:2]).take("correct", edits).take("send-back", to="investigated")

    assert len(case.data["corrections"]) == 1
    assert case.change({"corrections": []}).verdict == "refuse"


def test_reassessed_then_sent_back(world: World) -> None:
    """A new assessment stays in force when a later step is taken back."""
    case = world.case().travel(*FORWARD[:2])
    case = case.take("reassess", {"assessment.severity_potential": 3, "assessment.level": "medium"})

    back = case.take("send-back", to="investigated")

    assert sealed_by(back)["assessment"] == "reassess"
    assert back.data["assessment"]["severity_potential"] == 3


def test_reassessed_before_anything_was_sealed(world: World) -> None:
    """An assessment sealed while reported is sealed by that step, and renewed by the investigation."""
    case = world.case().take("reassess")
    assert sealed_by(case) == {"assessment": "reassess"}

    case = case.take("investigate", {"assessment.reply": "We look into it."})
    assert sealed_by(case)["assessment"] == "investigate"

    assert case.take("send-back", to="reported").data["assessment"]["reply"] == "We look into it."


def test_corrected_report_then_clarified(world: World) -> None:
    """A clarification after a corrected report does not block the way back to the start."""
    edits = {"report.location": "dock-2", "corrections": [correction("report.location", "dock-3", "dock-2")]}
    clarified = {"report.clarifications": [{"on": "2026-12-02", "text": "It was raining."}]}
    case = world.case().take("correct", edits).take("investigate", clarified)

    back = case.take("send-back", to="reported")

    assert "clarifications" in back.data["report"]
    assert back.travel("investigate").state == "investigated"


def test_alert_renewed(world: World) -> None:
    """An alert sealed at the start is renewed later and survives every step back."""
    alert = {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}}
    case = world.case().take("publish-alert", alert).travel(*FORWARD[:2])
    case = case.take("publish-alert", {"alert.until": "2027-02-01"})

    back = case.take("send-back", to="reported")

    assert sealed_by(back) == {"alert": "publish-alert"}
    assert "sealed-section-changed" not in back.change({"report.suggestion": "More light"}).codes


def test_day_of_the_plan(world: World) -> None:
    """The plan dates from its latest amendment, not from a correction, and is gone when it was taken back."""
    case = world.case().travel(*FORWARD[:3])
    assert standing_of(case).plan_since == "2026-11-25"

    amended = case.take("amend-plan", {"action_plan.actions.0.side_effects": "None"}, at="2027-03-01T08:00:00Z")
    assert standing_of(amended).plan_since == "2027-03-01"

    edits = {
        "action_plan.actions.0.acceptance": "No green light.",
        "corrections": [
            correction(
                "action_plan.actions[0].acceptance",
                "No green light without a chock, on all docks.",
                "No green light.",
            )
        ],
    }
    corrected = amended.take("correct", edits, at="2027-06-01T08:00:00Z")
    assert standing_of(corrected).plan_since == "2027-03-01"
    assert standing_of(case.take("send-back", to="root-caused")).plan_since == ""
