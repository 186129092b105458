"""What a record must say before a step: required fields, and the guards that policy names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("minimal", "low", "medium", "high")
CONCERNS = {"hazard", "hypothetical", "incident", "other-process"}
WITHHELD = "redacted"
REFUTING = {"partial", "ineffective"}

Wrong = Iterator[tuple[str, str, str]]
"""Codes, fields and sentences of what does not hold."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a guard looks at: the record before and after, and the policy of the base."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    rules: Mapping[str, Any]
    holds_role: Callable[[str, str], bool]
    plan_signed_on: str = ""
    touched: frozenset[str] = field(default_factory=frozenset)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the figures that the policy gives to guards."""
        return dict(self.rules["workflow"]["parameters"])


def values_at(data: Any, path: str) -> list[Any]:
    """Return all values at a path such as `causes[].statement`: None for what is absent, nothing for an empty list."""
    head, _, rest = path.partition(".")
    key, many = head.removesuffix("[]"), head.endswith("[]")
    value = data.get(key) if isinstance(data, Mapping) else (WITHHELD if data == WITHHELD else None)
    found = (value if isinstance(value, list) else [value] if value == WITHHELD else []) if many else [value]
    if not rest:
        return found
    return [deep for item in found for deep in values_at(item, rest)]


def one(data: Any, path: str) -> Any:
    """Return the one value at a path, or None."""
    return values_at(data, path)[0]


def level_of(record: Mapping[str, Any]) -> int:
    """Return how deep the record is to be looked into, 0 to 3; the least where nobody has said so yet."""
    level = one(record, "assessment.level")
    return LEVELS.index(level) if level in LEVELS else 0


def band_of(record: Mapping[str, Any], rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the band that severity and likelihood make, as the policy describes it; empty where one is missing."""
    severity, likelihood = one(record, "assessment.severity_potential"), one(record, "assessment.likelihood")
    row = rules["risk"]["matrix"].get(str(likelihood))
    if row is None or not isinstance(severity, int) or not 1 <= severity <= len(row):
        return {}
    return next((band for band in rules["risk"]["bands"] if band["code"] == row[severity - 1]), {})


def missing(transition: Mapping[str, Any], record: Mapping[str, Any]) -> Wrong:
    """Yield every field that a transition needs at the record's level and that is not said."""
    for level in LEVELS[: level_of(record) + 1]:
        for path in transition.get("needs", {}).get(level, []):
            found = values_at(record, path)
            if not found or any(value in (None, "", [], {}) for value in found):
                yield "needs-field", path.replace("[]", ""), f"{transition['name']} needs {path}, and it is not said"


def roots(record: Mapping[str, Any]) -> list[Any]:
    """Return the root causes."""
    return [cause for cause in values_at(record, "root_cause.causes[]") if cause.get("level") == "root"]


def to_act_on(record: Mapping[str, Any]) -> list[str]:
    """Return the ids of the root causes that are to be acted on."""
    return [cause["id"] for cause in roots(record) if cause.get("disposition") == "act"]


def actions(record: Mapping[str, Any]) -> list[Any]:
    """Return the actions of the plan."""
    return values_at(record, "action_plan.actions[]")


def status_of(record: Mapping[str, Any], action: str) -> str:
    """Return the latest status that was reported of an action."""
    told = [entry["status"] for entry in values_at(record, "progress[]") if entry.get("action") == action]
    return str(told[-1]) if told else "open"


def owners(record: Mapping[str, Any]) -> set[str]:
    """Return who owns, owned or sponsors an action."""
    found = {handle for action in actions(record) for handle in action.get("previous_owners", [])}
    for action in actions(record):
        owner = action.get("owner")
        found.add(owner.get("sponsor") if isinstance(owner, Mapping) else owner)
    return {handle for handle in found if isinstance(handle, str)}


def _decision_is_near_miss(asked: Asked) -> Wrong:
    if one(asked.after, "assessment.decision") != "near-miss":
        yield "decision-not-near-miss", "assessment.decision", "it was not decided that this is a near miss"


def _decision_is_not_near_miss(asked: Asked) -> Wrong:
    if one(asked.after, "assessment.decision") == "near-miss":
        yield (
            "decision-near-miss",
            "assessment.decision",
            "it was decided that this is a near miss, so it is not declined",
        )


def _actual_is_minor(asked: Asked) -> Wrong:
    level = one(asked.after, "assessment.actual.level")
    if isinstance(level, int) and level > asked.parameters["largest_actual_level"]:
        yield "actual-harm", "assessment.actual.level", "more happened than a near miss may have had"


def _class_is_allowed(asked: Asked) -> Wrong:
    settings = asked.rules["settings"]
    restricted = settings.get("restricted_classes", []) if settings["register"] == "open" else []
    if one(asked.after, "assessment.classification") in restricted:
        yield "class-restricted", "assessment.classification", "an open register may not hold this class"


def _level_at_floor(asked: Asked) -> Wrong:
    band = band_of(asked.after, asked.rules)
    if band and one(asked.after, "assessment.level") in LEVELS and level_of(asked.after) < LEVELS.index(band["floor"]):
        yield (
            "level-below-floor",
            "assessment.level",
            f"the band {band['band']} asks for level {band['floor']} at least",
        )
    for name in ("severity_potential", "likelihood", "level"):
        path = f"assessment.{name}"
        if one(asked.before, path) is not None and one(asked.after, path) is None:
            yield "risk-withdrawn", path, "a number that was given is gone"


def _extent_is_checked(asked: Asked) -> Wrong:
    classification = one(asked.after, "assessment.classification")
    if classification in asked.parameters["extent_classes"] and not one(asked.after, "assessment.extent"):
        yield (
            "extent-unchecked",
            "assessment.extent",
            f"for {classification} it must be checked whether the same got through elsewhere",
        )


def _cause_tree_is_whole(asked: Asked) -> Wrong:
    if not roots(asked.after):
        yield "no-root-cause", "root_cause.causes", "no cause is a root cause"
    for cause in roots(asked.after):
        at, disposition = f"root_cause.causes {cause['id']}", cause.get("disposition")
        if not disposition:
            yield "no-disposition", at, "a root cause does not say what follows from it"
        elif disposition != "act" and not cause.get("because"):
            yield "no-because", at, "a root cause is not acted on, and does not say why"
        if disposition == "accept-risk" and not cause.get("review_on"):
            yield "no-review-date", at, "an accepted risk has no day on which it is looked at again"


def _root_causes_have_evidence(asked: Asked) -> Wrong:
    if level_of(asked.after) >= LEVELS.index("medium"):
        for cause in roots(asked.after):
            if not cause.get("evidence"):
                yield "no-evidence", f"root_cause.causes {cause['id']}", "a root cause stands on no evidence"


def _people_not_alone(asked: Asked) -> Wrong:
    categories = {cause.get("category") for cause in roots(asked.after)}
    if categories == {asked.parameters["people_category"]}:
        yield "people-alone", "root_cause.causes", "the cause lies in people alone"


def _actions_cover_causes(asked: Asked) -> Wrong:
    for cause in to_act_on(asked.after):
        answers = [
            a
            for a in actions(asked.after)
            if cause in a["addresses"] and status_of(asked.after, a["id"]) != "cancelled"
        ]
        if not answers:
            yield "cause-without-action", "action_plan.actions", f"no action answers the root cause {cause}"


def _actions_are_complete(asked: Asked) -> Wrong:
    for action in actions(asked.after):
        lacking = [name for name in ("owner", "due", "acceptance") if not action.get(name)]
        if lacking:
            yield "action-incomplete", f"action_plan.actions {action['id']}", f"it lacks {', '.join(lacking)}"


def _pairs(asked: Asked) -> Iterator[tuple[Any, Any]]:
    now = {action["id"]: action for action in actions(asked.after)}
    for action in actions(asked.before):
        yield action, now.get(action["id"])


def _plan_only_grows(asked: Asked) -> Wrong:
    for was, now in _pairs(asked):
        at = f"action_plan.actions {was['id']}"
        if now is None:
            yield "action-removed", at, "an amended plan lost this action"
            continue
        kept = [*was.get("previous_owners", [])]
        old, new = (
            a["owner"].get("sponsor") if isinstance(a.get("owner"), dict) else a.get("owner") for a in (was, now)
        )
        if old and old != new:
            kept.append(old)
        if not set(kept) <= {*now.get("previous_owners", []), WITHHELD}:
            yield "owner-forgotten", at, "it changed hands without keeping who had it"


def _extensions_keep_the_original(asked: Asked) -> Wrong:
    for was, now in _pairs(asked):
        if now is None or not was.get("due") or was["due"] == now.get("due"):
            continue
        at = f"action_plan.actions {was['id']}"
        if now.get("due_original") != was.get("due_original", was["due"]):
            yield "original-due-lost", at, "a postponed action no longer says when it was due first"
        if (was["due"], now.get("due")) not in [(e["from"], e["to"]) for e in now.get("extensions", [])]:
            yield "extension-unsaid", at, "its due date moved without an extension that says why"


def _no_action_is_open(asked: Asked) -> Wrong:
    for action in actions(asked.after):
        if status_of(asked.after, action["id"]) not in {"done", "cancelled"}:
            yield "action-open", f"action_plan.actions {action['id']}", "it is neither done nor cancelled"


def _causes_have_a_done_action(asked: Asked) -> Wrong:
    for cause in to_act_on(asked.after):
        done = [
            a for a in actions(asked.after) if cause in a["addresses"] and status_of(asked.after, a["id"]) == "done"
        ]
        if not done:
            yield "cause-not-acted-on", "action_plan.actions", f"no action for the root cause {cause} was done"


def last_done(record: Mapping[str, Any]) -> str:
    """Return the day on which the last of the actions was done: before, there was no effect to be seen."""
    done = [e["on"] for e in values_at(record, "progress[]") if status_of(record, e["action"]) == "done"]
    return max((str(day) for day in done if day != WITHHELD), default="")


def counting_checks(asked: Asked) -> list[Any]:
    """Return the checks that found it effective, in time, by somebody who may say so, and that none later refuted."""
    effect = one(asked.after, "action_plan.effectiveness") or {}
    earliest = max(str(effect.get("check_on", "")), asked.plan_signed_on, last_done(asked.after))
    barred = owners(asked.after) | {one(asked.after, "investigation.lead")}
    checks = values_at(asked.after, "verification.checks[]")
    return [
        check
        for place, check in enumerate(checks)
        if check["result"] == "effective"
        and check["on"] != WITHHELD
        and check["on"] >= earliest
        and not any(
            other["result"] in REFUTING and (other["on"] > check["on"] or later > place)
            for later, other in enumerate(checks)
        )
        and check["by"] not in barred
        and asked.holds_role(check["by"], str(effect.get("checker_role", "")))
    ]


def _effect_is_proven(asked: Asked) -> Wrong:
    checks, at = values_at(asked.after, "verification.checks[]"), "verification.checks"
    latest = max(checks, key=lambda check: (check["on"], checks.index(check)), default={"result": ""})
    if latest["result"] in REFUTING:
        yield "effect-refuted", at, "the latest check found that it does not work"
    elif level_of(asked.after) == 0 or not to_act_on(asked.after):
        return
    elif not any(check["result"] == "effective" for check in checks):
        yield "effect-unproven", at, "no check found it effective"
    elif not counting_checks(asked):
        yield "check-does-not-count", at, "the check came too early, or from somebody who may not check, or was refuted"


def _release_is_reasoned(asked: Asked) -> Wrong:
    if one(asked.after, "lesson.release.to") == "nobody" and not one(asked.after, "lesson.release.because"):
        yield "release-unreasoned", "lesson.release", "a lesson is for nobody, and does not say why"


def _successor_is_named(asked: Asked) -> Wrong:
    if one(asked.after, "lesson.status") == "superseded" and not one(asked.after, "lesson.superseded_by"):
        yield "successor-unnamed", "lesson.superseded_by", "a superseded lesson does not say by which"


def _concern_is_referred(asked: Asked) -> Wrong:
    if one(asked.after, "assessment.decision") in CONCERNS and not values_at(asked.after, "assessment.referred[]"):
        yield "not-referred", "assessment.referred", "a concern is declined without saying where it went"


def _duplicate_is_joined(asked: Asked) -> Wrong:
    if one(asked.after, "assessment.decision") == "duplicate" and not one(asked.after, "assessment.duplicate_of"):
        yield "duplicate-of-what", "assessment.duplicate_of", "a duplicate does not name its twin"


def differences(was: Any, now: Any, at: str = "") -> list[tuple[str, Any, Any]]:
    """Return each leaf in which two values differ, with what it was and what it is; None where it is absent."""
    if isinstance(was, dict) and isinstance(now, dict):
        dot = f"{at}." if at else ""
        return [d for key in sorted({*was, *now}) for d in differences(was.get(key), now.get(key), f"{dot}{key}")]
    if isinstance(was, list) and isinstance(now, list):
        longest = max(len(was), len(now))
        padded = [[*entries, *[None] * (longest - len(entries))] for entries in (was, now)]
        return [d for n in range(longest) for d in differences(padded[0][n], padded[1][n], f"{at}[{n}]")]
    return [] if type(was) is type(now) and was == now else [(at, was, now)]


def _changed_leaves(asked: Asked) -> list[tuple[str, Any, Any]]:
    touched = sorted(asked.touched - {"corrections"})
    return [d for name in touched for d in differences(asked.before.get(name), asked.after.get(name), name)]


def _corrections_say_all(asked: Asked) -> Wrong:
    old = len(values_at(asked.before, "corrections[]"))
    new = [entry for entry in values_at(asked.after, "corrections[]")[old:] if isinstance(entry, dict)]
    named = [str(entry.get("field", "")).replace("[", ".").replace("]", "") for entry in new]
    leaves = [(path.replace("[", ".").replace("]", ""), was, now) for path, was, now in _changed_leaves(asked)]
    for path, _, _ in leaves:
        if not any(path == name or path.startswith(f"{name}.") for name in named):
            yield "correction-unsaid", path, "it changed, and no correction says so"
    for name in named:
        if not any(path == name or path.startswith(f"{name}.") for path, _, _ in leaves):
            yield "correction-of-nothing", name, "a correction is listed for what did not change"


def _only_redacts(asked: Asked) -> Wrong:
    for path, _, now in _changed_leaves(asked):
        if now != WITHHELD:
            yield "not-a-redaction", path, "a redaction changes what a field says"


GUARDS: dict[str, Callable[[Asked], Wrong]] = {
    "decision-is-near-miss": _decision_is_near_miss,
    "decision-is-not-near-miss": _decision_is_not_near_miss,
    "actual-is-minor": _actual_is_minor,
    "class-is-allowed": _class_is_allowed,
    "level-at-floor": _level_at_floor,
    "extent-is-checked": _extent_is_checked,
    "cause-tree-is-whole": _cause_tree_is_whole,
    "root-causes-have-evidence": _root_causes_have_evidence,
    "people-not-alone": _people_not_alone,
    "actions-cover-causes": _actions_cover_causes,
    "actions-are-complete": _actions_are_complete,
    "plan-only-grows": _plan_only_grows,
    "extensions-keep-the-original": _extensions_keep_the_original,
    "no-action-is-open": _no_action_is_open,
    "causes-have-a-done-action": _causes_have_a_done_action,
    "effect-is-proven": _effect_is_proven,
    "release-is-reasoned": _release_is_reasoned,
    "successor-is-named": _successor_is_named,
    "concern-is-referred": _concern_is_referred,
    "duplicate-is-joined": _duplicate_is_joined,
    "corrections-say-all": _corrections_say_all,
    "only-redacts": _only_redacts,
}
"""Every guard under the name by which a workflow asks for it."""


def circumstances(asked: Asked) -> set[str]:
    """Return the circumstances of a record in which policy may ask for more signers, or for others."""
    found = set()
    severities = [one(data, "assessment.severity_potential") for data in (asked.before, asked.after)]
    was, is_now = (isinstance(n, int) and n >= asked.parameters["strong_control_severity"] for n in severities)
    controls = {action.get("control") for action in actions(asked.after)}
    if was or is_now:
        found.add("severe-potential")
    if is_now and controls and controls <= {"administrative", "ppe"}:
        found.add("weak-controls-only")
    accepted = any(cause.get("disposition") == "accept-risk" for cause in roots(asked.after))
    if accepted and band_of(asked.after, asked.rules).get("band") in asked.parameters["risk_owner_bands"]:
        found.add("risk-accepted-high")
    if any(check.get("substitute") for check in values_at(asked.after, "verification.checks[]")):
        found.add("effect-not-measurable")
    if lowered(asked.before, asked.after, ("severity_potential", "likelihood", "level")):
        found.add("risk-is-lowered")
    return found


def lowered(before: Mapping[str, Any], after: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """Return those numbers of the assessment that are lower than before; what is taken out is as low as can be."""
    found = []
    for name in names:
        was, now = one(before, f"assessment.{name}"), one(after, f"assessment.{name}")
        if name == "level":
            was, now = (LEVELS.index(level) if level in LEVELS else None for level in (was, now))
        if isinstance(was, int) and isinstance(now or 0, int) and (now or 0) < was:
            found.append(name)
    return found
