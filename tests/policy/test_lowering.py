"""How bad it could have been is not talked down: severity and level fall only by a signed assessment."""

from __future__ import annotations

import pytest

from nearmiss.policy.facts import Authorship, Held
from tests.policy.builder import DECLINED, GONE, Edits, World

HIGH = Held(severity_potential=4, level="high")


@pytest.mark.parametrize(
    "edits",
    [
        {"assessment.severity_potential": 3},
        {"assessment.severity_potential": GONE},
        {"assessment.level": "medium"},
        {"assessment.level": GONE},
        {"assessment": GONE},
    ],
)
def test_lowered_in_a_draft(world: World, edits: Edits) -> None:
    """A draft does not lower severity or level, nor take them out."""
    attempt = world.case("high").change(edits).knowing(held=HIGH)

    assert "risk-lowered" in attempt.codes
    assert attempt.verdict == "refuse"


@pytest.mark.parametrize(
    "edits",
    [{"assessment.severity_potential": 5}, {"assessment.likelihood": 2}, {"assessment.reply": "Thank you."}],
)
def test_not_lowered(world: World, edits: Edits) -> None:
    """A draft may raise them, and may change everything else."""
    assert world.case("high").change(edits).knowing(held=HIGH).verdict == "pass"


def test_never_held(world: World) -> None:
    """A value that the main branch never held may be lowered while it is drafted."""
    assert world.case("high").change({"assessment.severity_potential": 1}).verdict == "pass"


@pytest.mark.parametrize("transition", ["investigate", "reassess"])
def test_lowered_by_a_signed_step(world: World, transition: str) -> None:
    """An investigation or a new assessment may lower them, once somebody else signs it."""
    lower = {"assessment.severity_potential": 2, "assessment.likelihood": 2, "assessment.level": "low"}
    attempt = world.case("high").propose(transition, lower).knowing(held=HIGH, intended=transition)

    assert attempt.verdict == "waiting"
    assert attempt.signed("r.meyer").verdict == "pass"


def test_lowered_by_its_own_signer(world: World) -> None:
    """Whoever lowers the assessment does not sign that it is right, whether they are named in it or wrote it."""
    lower = {"assessment.severity_potential": 2, "assessment.level": "low"}
    attempt = world.case("high").propose("reassess", lower).knowing(held=HIGH)
    wrote = Authorship(known=True, by_part={"assessment": frozenset({"p.lind"})})

    assert attempt.signed("i.garcia").codes == {"signer-separated"}
    assert "contributor-signs" in attempt.knowing(authorship=wrote).signed("p.lind", contributors=["p.lind"]).codes
    assert attempt.knowing(authorship=wrote).signed("r.meyer", contributors=["p.lind"]).verdict == "pass"


def test_raised_by_its_own_signer(world: World) -> None:
    """Whoever is named as the assessor may sign a new assessment that lowers nothing."""
    attempt = world.case("low").propose("reassess", {"assessment.severity_potential": 3, "assessment.level": "medium"})

    assert attempt.signed("i.garcia").verdict == "pass"


def test_lowered_by_a_correction(world: World) -> None:
    """A correction is not the way to lower the level, which it does not hold against the floor."""
    corrections = [
        {"field": "assessment.level", "was": "high", "now": "minimal", "because": "Typed wrongly", "on": "2026-12-01"}
    ]
    case = world.case("high").take("investigate")

    attempt = case.propose("correct", {"assessment.level": "minimal", "corrections": corrections}).knowing(held=HIGH)

    assert "risk-lowered" in attempt.signed("r.meyer").codes


def test_lowered_while_declining(world: World) -> None:
    """Declining does not lower them either; nobody has judged the level then."""
    attempt = world.case("high").propose("decline", {**DECLINED, "assessment.level": "minimal"}).knowing(held=HIGH)

    assert "risk-lowered" in attempt.codes


def test_work_goes_on_after_lowering(world: World) -> None:
    """Once a signed step has lowered them, later work is not refused for it."""
    lower = {"assessment.severity_potential": 2, "assessment.likelihood": 2, "assessment.level": "low"}
    case = world.case("high").take("investigate", lower)

    assert case.change({"root_cause.method": "barrier"}).knowing(held=HIGH).verdict == "pass"
    root_caused = case.propose("find-root-cause").signed("r.meyer").knowing(held=HIGH)
    assert root_caused.verdict == "pass"
    back = root_caused.accept().propose("send-back", to="reported").signed("r.meyer").knowing(held=HIGH)
    assert back.verdict == "pass"
    again = back.accept()
    assert again.change({"assessment.reply": "Thank you."}).knowing(held=HIGH).verdict == "pass"
    assert again.change({"assessment.level": "medium"}).knowing(held=HIGH).verdict == "pass"
    assert "risk-lowered" in again.change({"assessment.level": "minimal"}).knowing(held=HIGH).codes


def test_restored_assessment(world: World) -> None:
    """Bringing back the assessment of the investigation is not lowering, since that was signed."""
    held = Held(severity_potential=5, level="high")
    case = world.case("high").take("investigate")
    before = case.data["assessment"]
    declined = case.take("decline", {**DECLINED, "assessment.severity_potential": 5})

    attempt = declined.propose("reopen", {"assessment": before}, to="investigated").signed("p.lind")

    assert attempt.knowing(held=held).verdict == "pass"


def test_level_below_the_floor(world: World) -> None:
    """A level below the floor of the band is refused by the steps that judge it."""
    attempt = world.case("high").propose("reassess", {"assessment.level": "low"})

    assert attempt.signed("r.meyer").codes == {"level-below-floor"}
