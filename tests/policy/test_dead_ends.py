"""Each way that seems to lead nowhere leads on: what the refusal says, and the walk to the end."""

from __future__ import annotations

from typing import Any

from tests.policy.builder import DECLINED, GONE, World

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")


def test_effect_cannot_be_measured(world: World) -> None:
    """What has no measure is checked by something else, and two people answer for that."""
    unmeasured = {"on": "2027-04-16", "by": "v.novak", "result": "not-measurable", "because": "It happens once a year."}
    substitute = {
        "on": "2027-05-20",
        "by": "v.novak",
        "result": "effective",
        "substitute": "Ten drivers were asked, and the interlock was tried.",
    }
    case = world.case("medium", {"verification.checks.0": unmeasured}).travel(*FORWARD[:3])

    stuck = case.propose("verify")
    assert "effect-unproven" in stuck.codes
    assert stuck.signed("r.meyer").verdict == "refuse"

    on = case.draft({"verification.checks.1": substitute}).propose("verify").signed("v.novak")
    assert on.codes == {"sign-off-missing"}
    assert on.signed("r.meyer").accept().state == "verified"


def test_action_became_impossible(world: World) -> None:
    """An action that cannot be done is cancelled, and another takes its place in an amended plan."""
    cancelled = {"action": "A1", "status": "cancelled", "on": "2027-01-20", "because": "No such interlock is sold."}
    case = world.case("medium", {"progress": [cancelled], "verification.checks.0.on": "2027-06-01"})
    planned = {**case.data["action_plan"]["actions"][0]}
    case = world.case("medium", {"progress": GONE, "verification.checks.0.on": "2027-06-01"}).travel(*FORWARD[:3])
    case = case.draft({"progress": [cancelled]})

    stuck = case.propose("verify").signed("r.meyer")
    assert stuck.codes == {"cause-not-acted-on"}
    assert "amend-plan" in stuck.judge().findings[0].hint

    another = {**planned, "id": "A2", "what": "Fit a barrier that only opens on a chocked wheel.", "due": "2027-03-15"}
    case = case.take("amend-plan", {"action_plan.actions.1": another}, because="No such interlock is sold.")
    assert case.propose("verify").signed("r.meyer").codes == {"action-open", "cause-not-acted-on"}

    case = case.draft({"progress.1": {"action": "A2", "status": "done", "on": "2027-03-10", "by": "t.silva"}})
    assert case.take("verify").state == "verified"


def test_owner_left(world: World) -> None:
    """An action whose owner has left goes to another, is postponed with a reason, and keeps its history."""
    case = world.case("medium", {"progress": GONE, "verification.checks.0.on": "2027-06-01"}).travel(*FORWARD[:3])

    def leave(people: dict[str, Any]) -> None:
        next(person for person in people["people"] if person["handle"] == "t.silva")["active"] = False

    case = case.under(case.world.under(None, leave))
    handed = {
        "action_plan.actions.0.owner": "k.adeyemi",
        "action_plan.actions.0.previous_owners": ["t.silva"],
        "action_plan.actions.0.due": "2027-02-28",
        "action_plan.actions.0.due_original": "2027-01-15",
        "action_plan.actions.0.extensions": [{"from": "2027-01-15", "to": "2027-02-28", "because": "Tomas left."}],
    }
    forgetful = {"action_plan.actions.0.owner": "k.adeyemi", "action_plan.actions.0.due": "2027-02-28"}

    assert {"owner-forgotten", "original-due-lost", "extension-unsaid"} <= case.propose("amend-plan", forgetful).codes
    case = case.take("amend-plan", handed, because="Tomas left the company.")
    case = case.draft({"progress": [{"action": "A1", "status": "done", "on": "2027-02-20", "by": "k.adeyemi"}]})

    assert case.propose("verify").signed("k.adeyemi", role="verifier").verdict == "refuse"
    assert case.take("verify", by=["v.novak"]).state == "verified"


def test_severity_was_wrong(world: World) -> None:
    """A severity that was too low is raised by a new assessment, which asks for more people from then on."""
    case = world.case("medium").travel(*FORWARD[:3])

    assert case.change({"assessment.severity_potential": 4}).verdict == "waiting"
    raised = {"assessment.severity_potential": 5, "assessment.likelihood": 5, "assessment.level": "high"}
    case = case.take("reassess", raised, because="A second trailer rolled, with the driver inside.")

    alone = case.propose("verify").signed("r.meyer")
    assert alone.codes == {"sign-off-missing"}
    assert alone.signed("p.lind").accept().state == "verified"


def test_severity_was_too_high(world: World) -> None:
    """A severity that was too high is lowered by somebody other than the one who signs."""
    case = world.case("high").travel(*FORWARD[:2])
    lower = {"assessment.severity_potential": 2, "assessment.likelihood": 2, "assessment.level": "low"}

    assert case.propose("reassess", lower).signed("i.garcia").codes == {"signer-separated"}
    assert case.take("reassess", lower).travel(*FORWARD[2:]).state == "verified"


def test_wrong_decline(world: World) -> None:
    """What should not have been declined is reopened by somebody else, assessed again and closed."""
    case = world.case(edits=DECLINED).take("decline")

    assert case.propose("reopen", to="reported").signed("r.meyer").codes == {"closer-signs"}
    case = case.take("reopen", to="reported", by=["v.novak"], because="It did happen: there is a film of it.")
    case = case.draft({"assessment.decision": "near-miss", "assessment.reason": "It happened."})
    assert case.travel(*FORWARD).state == "verified"


def test_effectiveness_failed(world: World) -> None:
    """A verified record whose effect did not last is reopened, and its second round needs a new check."""
    case = world.case().travel(*FORWARD).take("reopen", to="investigated", because="It rolled again.")
    case = case.draft({"verification.checks.1": {"on": "2027-09-01", "by": "v.novak", "result": "ineffective"}})
    case = case.travel("find-root-cause").take("plan-action", at="2027-09-10T08:00:00Z")

    stuck = case.propose("verify").signed("r.meyer", at="2027-09-20T08:00:00Z")
    assert stuck.codes == {"effect-refuted"}

    case = case.draft({"verification.checks.2": {"on": "2027-12-01", "by": "v.novak", "result": "effective"}})
    assert case.take("verify", at="2027-12-02T08:00:00Z").state == "verified"


def test_incident_after_all(world: World) -> None:
    """A declined record that turns out to be an incident is escalated with its reference."""
    case = world.case(edits=DECLINED).take("decline")

    assert case.take("escalate", {"escalation": {"incident_ref": "INC-7"}}).state == "escalated"


def test_nothing_to_act_on(world: World) -> None:
    """A record whose only root cause is controlled well enough closes without any action or check."""
    edits = {
        "root_cause.causes.1.disposition": "control-adequate",
        "root_cause.causes.1.because": "The second lock held.",
        "action_plan": GONE,
        "progress": GONE,
        "verification": GONE,
    }

    assert world.case("minimal", edits).travel(*FORWARD).state == "verified"


def test_minimal_record(world: World) -> None:
    """A minimal record closes with an assessment, a sentence, one cause, one action and what to do tomorrow."""
    edits = {
        "report.site": GONE,
        "report.process_area": GONE,
        "report.what_could_have_happened": GONE,
        "investigation.timeline": GONE,
        "investigation.controls": GONE,
        "root_cause.analyst": GONE,
        "root_cause.method": GONE,
        "action_plan.effectiveness": GONE,
        "verification": GONE,
        "lesson.vulnerability": GONE,
        "lesson.change": GONE,
        "lesson.review_on": GONE,
    }

    assert world.case("minimal", edits).travel(*FORWARD).state == "verified"
    assert (
        "verification.implemented"
        in world.case("low", {"verification": GONE}).travel(*FORWARD[:3]).propose("verify").fields
    )
