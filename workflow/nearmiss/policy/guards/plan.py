"""What an action plan must cover, and what an amended one must keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.policy.dossier import listed
from nearmiss.policy.findings import Field, Finding
from nearmiss.policy.guards.causes import to_act_on
from nearmiss.policy.guards.context import StepContext, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def actions_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the actions of a record's plan."""
    return listed(data, "action_plan", "actions")


def actions_cover_causes(context: StepContext) -> Iterator[Finding]:
    """Each root cause to act on has an action that is not cancelled."""
    statuses = latest_statuses(context.after)
    covered = {
        cause
        for action in actions_of(context.after)
        if statuses.get(action["id"]) != "cancelled"
        for cause in action["addresses"]
    }
    for cause in to_act_on(context.after):
        if cause not in covered:
            yield lacking(
                "cause-without-action",
                ("action_plan", "actions"),
                f"no action addresses root cause {cause}",
                f"add an action with `addresses: [{cause}]`, or change the disposition of the cause",
            )


def actions_are_complete(context: StepContext) -> Iterator[Finding]:
    """Each action has an owner, a due date and a criterion by which it counts as done."""
    for place, action in enumerate(actions_of(context.after)):
        for name, hint in (
            ("owner", "a person of people.yaml, or {external: …, sponsor: …}"),
            ("due", 'a quoted date, such as "2027-01-15"'),
            ("acceptance", "what must be so for it to count as done"),
        ):
            if name not in action:
                way: Field = ("action_plan", "actions", place, name)
                yield lacking("action-incomplete", way, f"action {action['id']} has no {name}", hint)


def plan_only_grows(context: StepContext) -> Iterator[Finding]:
    """An amended plan keeps every action it had; what is not done any more is cancelled by a progress entry."""
    kept = {action["id"]: action for action in actions_of(context.after)}
    for action in actions_of(context.before or {}):
        if action["id"] not in kept:
            yield lacking(
                "action-removed",
                ("action_plan", "actions"),
                f"action {action['id']} is gone from the plan",
                "put it back and cancel it: `nearmiss progress ID ACTION --status cancelled --because …`",
            )
            continue
        forgotten = _owners_of(action) - _owners_of(kept[action["id"]])
        for owner in sorted(forgotten):
            message = f"action {action['id']} changed hands without keeping its earlier owner {owner}"
            yield lacking("owner-forgotten", ("action_plan", "actions"), message, f"add {owner} to previous_owners")


def extensions_keep_the_original(context: StepContext) -> Iterator[Finding]:
    """A postponed action keeps its first due date and lists every extension with its reason."""
    kept = {action["id"]: (place, action) for place, action in enumerate(actions_of(context.after))}
    for action in actions_of(context.before or {}):
        if action["id"] not in kept:
            continue
        place, now = kept[action["id"]]
        due, was = now.get("due"), action.get("due")
        way: Field = ("action_plan", "actions", place)
        first = action.get("due_original", was)
        if (due != was or "due_original" in action) and now.get("due_original") != first and was is not None:
            message = f"action {action['id']} no longer says when it was due first"
            yield lacking("original-due-lost", way, message, f'put due_original: "{first}"')
        old, extensions = action.get("extensions", []), now.get("extensions", [])
        told = any(entry["from"] == was and entry["to"] == due for entry in extensions[len(old) :])
        if extensions[: len(old)] != old:
            message = f"the extensions of action {action['id']} are not those that it had"
            yield lacking("extension-unsaid", way, message, "put them back as they were, and add new ones below")
        elif was is not None and due != was and not told:
            message = f"the due date of action {action['id']} moved from {was} to {due} without an extension"
            hint = f'keep the extensions, and add {{from: "{was}", to: "{due}", because: …}}'
            yield lacking("extension-unsaid", way, message, hint)


def latest_statuses(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the present status of each action that has progress: that of its last entry."""
    return {entry["action"]: entry["status"] for entry in data.get("progress") or [] if isinstance(entry, dict)}


def owners(data: Mapping[str, Any]) -> frozenset[str]:
    """Return the handles of everybody who owns or owned an action, sponsors of external owners included."""
    return frozenset().union(*map(_owners_of, actions_of(data)))


def _owners_of(action: Mapping[str, Any]) -> frozenset[str]:
    owner = action.get("owner")
    now = owner["sponsor"] if isinstance(owner, dict) else owner
    return frozenset(handle for handle in (now, *action.get("previous_owners", ())) if handle)
