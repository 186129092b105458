"""Deadlines: what is due on a record and when, from the bands of the risk policy and the dates that people promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from nearmiss.models.values import read_partial_date
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.guards.plan import latest_statuses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.policy.version import PolicyVersion

NEXT_STEP = {"reported": "investigate", "investigated": "root_cause", "root-caused": "plan"}
"""Which deadline of a band a record in a state has to meet."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """One thing that is due: `what` it is (assess, investigate, action A1, …), `on` which day, and `whose` it is."""

    what: str
    on: str
    whose: str = ""

    def is_overdue(self, today: str) -> bool:
        """Say whether the day has passed."""
        return self.on < today


def due_items(data: Mapping[str, Any], policy: PolicyVersion) -> list[Due]:
    """Return everything that is due on a record, the earliest first; nothing on one that is declined or escalated.

    Triage is due a fixed number of days after the report; investigation, causes and plan by the band of the risk,
    counted from the report too. Actions are due when promised, effect and lessons when they are to be looked at.
    """
    state = policy.workflow.state(str(data.get("state")))
    if state is None or state.kind == "closed":
        return []
    items = [*_steps(data, policy)] if state.kind == "open" else [*_reviews(data)]
    if state.kind == "open":
        items += [*_actions(data), *_effect(data)]
    return sorted(items, key=lambda item: (item.on, item.what))


def missed(data: Mapping[str, Any], policy: PolicyVersion, *, state: str, on: str) -> list[Due]:
    """Return the deadlines of a state that a forward step, taken on a day, had not met; `data` is the record after it.

    Where it leaves the first state, that is the one of triage too, which ends with the day of the assessment.
    """
    due = [item for item in _steps({**data, "state": state}, policy) if item.is_overdue(on)]
    reported, assessed = _days(data, "report", "reported_on"), _days(data, "assessment", "assessed_on")
    if state == policy.workflow.first_state and reported is not None and assessed is not None:
        triage = Due(what="assess", on=_after(reported[1], policy.risk.assess_within))
        due += [triage] if triage.is_overdue(assessed[0].isoformat()) else []
    return due


def _days(data: Mapping[str, Any], *way: str) -> tuple[date, date] | None:
    """Return the first and the last day that a date of a record can mean."""
    return read_partial_date(str(get(data, *way) or ""))


def _steps(data: Mapping[str, Any], policy: PolicyVersion) -> Iterator[Due]:
    span = _days(data, "report", "reported_on")
    step = NEXT_STEP.get(str(data.get("state")))
    if span is None or step is None:
        return
    # A report that is known to the month only may have come on its last day.
    reported = span[1]
    if get(data, "assessment", "decision") is None:
        yield Due(what="assess", on=_after(reported, policy.risk.assess_within))
        return
    band = policy.band(data)
    if band is not None:
        yield Due(what=step, on=_after(reported, getattr(band.deadlines, step)), whose=_whose(data, step))


def _after(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def _whose(data: Mapping[str, Any], step: str) -> str:
    ways = {"investigate": ("investigation", "lead"), "root_cause": ("root_cause", "analyst")}
    return str(get(data, *ways[step]) or "") if step in ways else ""


def _actions(data: Mapping[str, Any]) -> Iterator[Due]:
    statuses = latest_statuses(data)
    for action in listed(data, "action_plan", "actions"):
        if statuses.get(action["id"], "open") not in {"done", "cancelled"} and "due" in action:
            yield Due(what=f"action {action['id']}", on=str(action["due"]), whose=owner_of(action))


def owner_of(action: Mapping[str, Any]) -> str:
    """Return who answers for an action here: its owner, or the sponsor of an owner outside."""
    owner = action.get("owner", "")
    return owner if isinstance(owner, str) else str(owner["sponsor"])


def _effect(data: Mapping[str, Any]) -> Iterator[Due]:
    """The check of effect is due until one has been made on or after its day."""
    check_on = get(data, "action_plan", "effectiveness", "check_on")
    if check_on and not any(check["on"] >= check_on for check in listed(data, "verification", "checks")):
        yield Due(what="check of effect", on=str(check_on))


def _reviews(data: Mapping[str, Any]) -> Iterator[Due]:
    review_on = get(data, "lesson", "review_on")
    if review_on and get(data, "lesson", "status") not in {"superseded", "withdrawn"}:
        yield Due(what="review of the lesson", on=str(review_on))
    for cause in listed(data, "root_cause", "causes"):
        if cause.get("disposition") == "accept-risk" and "review_on" in cause:
            yield Due(what=f"review of the accepted risk {cause['id']}", on=str(cause["review_on"]))
