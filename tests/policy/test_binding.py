"""A sign-off is bound to what was approved, to its place in the chain, and to a set that closes with its step."""

from __future__ import annotations

import pytest

from nearmiss.policy.findings import Finding
from nearmiss.policy.standing import is_intact, judge_standing
from tests.policy.builder import DECLINED, Case, World


def standing_findings(case: Case) -> list[Finding]:
    """Judge a record on the main branch from its files alone."""
    return judge_standing(case.dossier, case.world.register)[1]


@pytest.mark.parametrize(
    "field",
    ["title", "report.suggestion", "assessment.reply", "investigation.findings"],
)
def test_edit_after_approval(world: World, field: str) -> None:
    """What is edited on the branch after it was approved waits for another approval and does not pass."""
    signed = world.case().propose("investigate").signed("r.meyer")

    edited = signed.edit({field: "dock-2"})

    assert signed.verdict == "pass"
    assert edited.verdict == "waiting"
    [finding] = edited.judge().findings
    assert finding.code == "sign-off-stale"
    assert finding.field == (field.partition(".")[0],)
    assert "01-investigated--r.meyer.yaml" in finding.message


def test_edit_of_what_is_not_sealed(world: World) -> None:
    """What the step does not seal may be edited under the approval."""
    signed = world.case().propose("investigate").signed("r.meyer")

    assert signed.edit({"root_cause.method": "barrier"}).verdict == "pass"


@pytest.mark.parametrize("verdict", ["approve", "object"])
def test_late_sign_off(world: World, verdict: str) -> None:
    """Nobody joins the sign-offs of a step that is in force, neither to approve nor to object."""
    case = world.case().take("investigate")
    early = world.case().propose("investigate").statement("p.lind", verdict=verdict)

    attempt = case.change().with_files(world.sign_off(case.dossier, early))

    assert attempt.codes == {"sign-off-late"}
    assert attempt.verdict == "refuse"


def test_state_without_sign_offs(world: World) -> None:
    """The files alone tell where a record stands, whatever it says itself."""
    case = world.case().take("investigate")
    case = Case(world=world, dossier=case.change({"state": "verified"}).after)

    standing, _ = judge_standing(case.dossier, world.register)

    assert (case.state, standing.state) == ("verified", "investigated")


def test_state_waiting(world: World) -> None:
    """The files alone tell which signatures the last step lacks."""
    attempt = world.case("very-high").propose("investigate").signed("r.meyer")

    standing, findings = judge_standing(attempt.after, world.register)

    assert findings == []
    assert standing.waiting is not None
    assert standing.waiting.missing == ("1 more of quality-lead, area-manager",)


def test_stale_while_waiting(world: World) -> None:
    """The files alone tell that an approval of a step still waiting is stale."""
    attempt = world.case("very-high").propose("investigate").signed("r.meyer").edit({"investigation.findings": "No"})

    found = standing_findings(Case(world=world, dossier=attempt.after))

    assert {finding.code for finding in found} == {"sign-off-stale"}


@pytest.mark.parametrize(
    "field, moved",
    [
        ("lesson.headline", {"verify"}),
        ("root_cause.analyst", {"find-root-cause", "plan-action"}),
        ("investigation.lead", {"investigate", "verify"}),
        ("action_plan.effectiveness.metric", {"plan-action", "verify"}),
        ("assessment.reply", {"investigate", "find-root-cause", "plan-action", "verify"}),
    ],
)
def test_what_a_step_rests_on(world: World, field: str, moved: set[str]) -> None:
    """Who might sign a step can be told while what it sealed stands, and what the rules for its signers look at."""
    case = world.case().travel("investigate", "find-root-cause", "plan-action", "verify")
    after = case.change({field: "m.okafor"}).after
    standing, _ = judge_standing(after, world.register)

    told = {step.transition.name for step in standing.steps if not is_intact(step, standing, after)}

    assert told == moved


def test_scope_after_reopening(world: World) -> None:
    """Who may sign a step back is judged when it is taken, not by what the record says later."""
    security = {**DECLINED, "assessment.classification": "security"}
    case = world.case(edits=security).take("decline").take("reopen", to="reported", by=["j.class"], role="quality-lead")

    changed = case.change({"assessment.classification": "safety"})

    assert changed.verdict == "pass"
    assert standing_findings(changed.accept()) == []


def test_scope_at_reopening(world: World) -> None:
    """A step back by somebody outside their scope is refused when it is taken."""
    case = world.case(edits=DECLINED).take("decline")

    attempt = case.propose("reopen", to="reported").signed("j.class")

    assert attempt.codes == {"signer-role"}
