"""Circumstances in which more people, or fewer, may sign, or in which it must be surer that it was they."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.plan import WEAK_CONTROLS
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.guards.causes import roots
from nearmiss.policy.guards.context import StepContext, rank
from nearmiss.policy.guards.plan import actions_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def severe_potential(context: StepContext) -> bool:
    """Whether a severe potential is at stake, by what the record says now or said before: lowering it is no way out."""
    severities = (get(data, "assessment", "severity_potential") or 0 for data in (context.before or {}, context.after))
    return max(map(_number, severities)) >= context.policy.workflow.parameters.strong_control_severity


def _number(value: Any) -> int:
    return value if type(value) is int else 0


def weak_controls_only(context: StepContext) -> bool:
    """Whether a severe potential is met by administrative controls and PPE alone."""
    severity = get(context.after, "assessment", "severity_potential") or 0
    actions = actions_of(context.after)
    severe = severity >= context.policy.workflow.parameters.strong_control_severity
    return severe and bool(actions) and all(action["control"] in WEAK_CONTROLS for action in actions)


def risk_accepted_high(context: StepContext) -> bool:
    """Whether a root cause is left as an accepted risk while the band is one that needs a risk owner."""
    band = context.policy.band(context.after)
    accepted = any(cause.get("disposition") == "accept-risk" for _, cause in roots(context.after))
    return accepted and band is not None and band.band in context.policy.workflow.parameters.risk_owner_bands


def effect_not_measurable(context: StepContext) -> bool:
    """Whether the effect had no measure and something else was checked in its stead."""
    checks = listed(context.after, "verification", "checks")
    return any(check["result"] == "not-measurable" or "substitute" in check for check in checks)


def risk_is_lowered(context: StepContext) -> bool:
    """Whether severity potential, likelihood or level falls by this step."""
    return any(
        _fell(context.before or {}, context.after, name) for name in ("severity_potential", "likelihood", "level")
    )


def _fell(before: Mapping[str, Any], after: Mapping[str, Any], name: str) -> bool:
    was, now = get(before, "assessment", name), get(after, "assessment", name)
    if was is None:
        return False
    if now is None:
        return True
    return rank(now) < rank(was)
