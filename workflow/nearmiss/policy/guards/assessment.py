"""What the assessment must decide before a record moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.models.assessment import LEVELS
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.findings import Finding
from nearmiss.policy.guards.context import StepContext, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator


def decision_is_near_miss(context: StepContext) -> Iterator[Finding]:
    """Only what triage decided to be a near miss is investigated as one."""
    decision = get(context.after, "assessment", "decision")
    if decision not in {None, "near-miss"}:
        yield lacking(
            "decision-not-near-miss",
            ("assessment", "decision"),
            f"the assessment decided: {decision}; only a near miss goes this way",
            "decline it (`--transition decline`), escalate it, or change the decision",
        )


def decision_is_not_near_miss(context: StepContext) -> Iterator[Finding]:
    """A near miss is not declined."""
    if get(context.after, "assessment", "decision") == "near-miss":
        yield lacking(
            "decision-near-miss",
            ("assessment", "decision"),
            "the assessment decided that this is a near miss, so it is not declined",
            "put the decision that was taken: hazard, incident, routine-variation, hypothetical, duplicate, …",
        )


_REFERRED = frozenset({"hazard", "hypothetical", "incident", "other-process"})


def concern_is_referred(context: StepContext) -> Iterator[Finding]:
    """A hazard, a hypothesis or an incident goes to the process that takes it up; it is never just turned away."""
    decision = get(context.after, "assessment", "decision")
    if decision in _REFERRED and not listed(context.after, "assessment", "referred"):
        yield lacking(
            "not-referred",
            ("assessment", "referred"),
            f"what is decided to be {decision} is declined only with a referral to where it is taken up",
            "say where it went: assessment.referred, each with `to` and `ref`",
        )


def duplicate_is_joined(context: StepContext) -> Iterator[Finding]:
    """A duplicate names the record that it is joined with, which is another one."""
    assessment = get(context.after, "assessment") or {}
    if assessment.get("decision") == "duplicate" and assessment.get("duplicate_of") in {None, context.after["id"]}:
        yield lacking(
            "duplicate-of-what",
            ("assessment", "duplicate_of"),
            "a duplicate names the other record that it is joined with",
            "put the other record's id into assessment.duplicate_of",
        )


def actual_is_minor(context: StepContext) -> Iterator[Finding]:
    """More than a pause, an alarm or rework is an incident, not a near miss."""
    largest = context.policy.workflow.parameters.largest_actual_level
    level = get(context.after, "assessment", "actual", "level")
    if level is not None and level > largest:
        yield lacking(
            "actual-harm",
            ("assessment", "actual", "level"),
            f"actual harm or loss of level {level} is more than a near miss may have had ({largest})",
            "escalate it as an incident, or mend the level",
        )


def class_is_allowed(context: StepContext) -> Iterator[Finding]:
    """An open register does not take in what only a restricted one may hold."""
    settings = context.policy.settings
    kind = get(context.after, "assessment", "classification")
    if settings.register_ == "open" and kind in settings.restricted_classes:
        yield lacking(
            "class-restricted",
            ("assessment", "classification"),
            f"records of class {kind} do not belong in a register that every member of staff may clone",
            f"take it to {settings.restricted_go_to or 'the register for restricted classes'}",
        )


def level_at_floor(context: StepContext) -> Iterator[Finding]:
    """The level of investigation is at or above the floor of the risk band (HSG245)."""
    band, level = context.policy.band(context.after), get(context.after, "assessment", "level")
    for name in ("severity_potential", "likelihood", "level"):
        if get(context.after, "assessment", name) is None and get(context.before, "assessment", name) is not None:
            message = f"{name} was given and is gone, so nothing can be held against it"
            yield lacking("risk-withdrawn", ("assessment", name), message, "put a value; it may be another one")
    if band and level in LEVELS and LEVELS.index(level) < LEVELS.index(band.floor):
        yield lacking(
            "level-below-floor",
            ("assessment", "level"),
            f"level {level} is below {band.floor}, the least that the risk band {band.band} asks for",
            f"investigate at level {band.floor} or deeper",
        )


def extent_is_checked(context: StepContext) -> Iterator[Finding]:
    """For some classes it is checked whether the same got through elsewhere."""
    kind = get(context.after, "assessment", "classification")
    wanted = context.policy.workflow.parameters.extent_classes
    if kind in wanted and get(context.after, "assessment", "extent") is None:
        yield lacking(
            "extent-unchecked",
            ("assessment", "extent"),
            f"for {kind} it must be checked whether the same got through elsewhere",
            "say what was checked and with which result",
        )
