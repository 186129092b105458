"""What closes a record: the actions done, their effect proven, the lesson released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.findings import Field, Finding
from nearmiss.policy.guards.causes import to_act_on
from nearmiss.policy.guards.context import StepContext, lacking
from nearmiss.policy.guards.plan import actions_of, latest_statuses, owners
from nearmiss.policy.roles import holds_role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def no_action_is_open(context: StepContext) -> Iterator[Finding]:
    """Every action is done or cancelled."""
    statuses = latest_statuses(context.after)
    for place, action in enumerate(actions_of(context.after)):
        status = statuses.get(action["id"], "open")
        if status not in {"done", "cancelled"}:
            yield lacking(
                "action-open",
                ("action_plan", "actions", place),
                f"action {action['id']} is {status}",
                f"report it: nearmiss progress ID {action['id']} --status done --evidence …",
            )


def causes_have_a_done_action(context: StepContext) -> Iterator[Finding]:
    """Each root cause to act on has an action that was done; cancelling them all never closes a record."""
    statuses = latest_statuses(context.after)
    done = {
        cause
        for action in actions_of(context.after)
        if statuses.get(action["id"]) == "done"
        for cause in action["addresses"]
    }
    for cause in to_act_on(context.after):
        if cause not in done:
            yield lacking(
                "cause-not-acted-on",
                ("progress",),
                f"no action for root cause {cause} was done",
                "do one, or amend the plan: nearmiss advance ID --transition amend-plan",
            )


def effect_is_proven(context: StepContext) -> Iterator[Finding]:
    """A check found the actions effective, on or after the day fixed for it, by somebody independent.

    A record of level minimal, or one with nothing to act on, needs no check; one that was made all the same counts.
    """
    checks = listed(context.after, "verification", "checks")
    latest = max(range(len(checks)), key=lambda place: (checks[place]["on"], place), default=0)
    if checks and checks[latest]["result"] in _REFUTING:
        way_of_last: Field = ("verification", "checks", latest)
        message = f"the latest check found the actions {checks[latest]['result']}"
        yield lacking("effect-refuted", way_of_last, message, "amend the plan, or send the record back")
        return
    if context.level == "minimal" or not to_act_on(context.after):
        return
    reasons = [
        (
            place,
            _why_not(context, check, later=[one for one in checks if one["on"] > check["on"]] + checks[place + 1 :]),
        )
        for place, check in enumerate(checks)
        if check["result"] == "effective"
    ]
    if any(not why for _, why in reasons):
        return
    if not reasons:
        yield lacking(
            "effect-unproven",
            ("verification", "checks"),
            "no check found the actions effective",
            "add a check with its result; where it was ineffective, amend the plan or send the record back",
        )
    for place, why in reasons:
        way: Field = ("verification", "checks", place)
        yield lacking("check-does-not-count", way, f"this check does not count: {why}", "have it checked again")


_REFUTING = frozenset({"partial", "ineffective"})


def _why_not(context: StepContext, check: Mapping[str, Any], *, later: list[dict[str, Any]]) -> str:
    check_on = get(context.after, "action_plan", "effectiveness", "check_on") or ""
    earliest = max(check_on, context.plan_since, _done_by(context.after))
    refuted = next((entry for entry in later if entry["result"] in _REFUTING), None)
    if refuted:
        return f"a later one, on {refuted['on']}, found them {refuted['result']}"
    if check["on"] == REDACTED:
        return "its day is withheld"
    if check["on"] < earliest:
        return f"it was made on {check['on']}, before {earliest}"
    return _why_not_by(context, check["by"])


def _done_by(data: Mapping[str, Any]) -> str:
    """Return the day on which the last of the actions was done: before, there was no effect to be seen."""
    statuses = latest_statuses(data)
    done = {action for action, status in statuses.items() if status == "done"}
    days = [str(entry["on"]) for entry in listed(data, "progress") if entry["action"] in done]
    return max((day for day in days if day != REDACTED), default="")


def _why_not_by(context: StepContext, checker: str) -> str:
    former = context.former.get("action_plan.actions[].owner", frozenset())
    if checker in owners(context.after) | former:
        return f"{checker} owns an action"
    if checker == get(context.after, "investigation", "lead"):
        return f"{checker} led the investigation"
    role = get(context.after, "action_plan", "effectiveness", "checker_role")
    if role and not holds_role(context.policy.people, checker, role):
        return f"{checker} does not hold the role {role}"
    return ""


def release_is_reasoned(context: StepContext) -> Iterator[Finding]:
    """A lesson that nobody may read says why."""
    release = get(context.after, "lesson", "release") or {}
    if release.get("to") == "nobody" and "because" not in release:
        message = "a lesson that is released to nobody says why"
        yield lacking("release-unreasoned", ("lesson", "release"), message, "give the reason in `because`")


def successor_is_named(context: StepContext) -> Iterator[Finding]:
    """A superseded lesson names the one that takes its place."""
    lesson = get(context.after, "lesson") or {}
    if lesson.get("status") == "superseded" and "superseded_by" not in lesson:
        message = "a superseded lesson names the record whose lesson takes its place"
        yield lacking("successor-unnamed", ("lesson", "superseded_by"), message, "put the other record's id")
