"""The rules once more, read plainly from plain data, to hold the program's own judgement against.

Nothing here calls the code that is tested but for taking digests. It knows the transitions of this repository's
workflow by name and is as simple as it can be, so that a reader can check it against the design by eye.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Plain = Mapping[str, Any]
LEVELS = ("minimal", "low", "medium", "high")
MAIN_WAY = ("investigate", "find-root-cause", "plan-action", "verify")


def at(data: Any, *way: str) -> Any:
    """Return the value at the end of a way, or None."""
    for key in way:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def reached(data: Any, path: str) -> list[Any]:
    """Return the values that a path reaches, None for each that is not there."""
    key, _, rest = path.partition(".")
    value = data.get(key.removesuffix("[]")) if isinstance(data, dict) else None
    values = (list(value) or [None]) if key.endswith("[]") and value is not None else [value]
    return [found for one in values for found in (reached(one, rest) if rest and one is not None else [one])]


def missing_needs(transition: Plain, data: Plain) -> list[str]:
    """Return the required fields that the record lacks at its level."""
    level = at(data, "assessment", "level") or "minimal"
    asked = [name for name in LEVELS if LEVELS.index(name) <= LEVELS.index(level)]
    needs = [path for name in asked for path in transition.get("needs", {}).get(name, ())]
    return [path for path in needs if any(value is None for value in reached(data, path))]


def band(rules: Plain, data: Plain) -> Plain | None:
    """Return the risk band by the matrix."""
    severity, likelihood = at(data, "assessment", "severity_potential"), at(data, "assessment", "likelihood")
    if severity is None or likelihood is None:
        return None
    code = rules["risk"]["matrix"][str(likelihood)][severity - 1]
    [found] = [entry for entry in rules["risk"]["bands"] if entry["code"] == code]
    return dict(found)


def signers_wanted(rules: Plain, transition: Plain, data: Plain) -> tuple[int, set[str]]:
    """Return how many must sign, and the roles that must be among them."""
    signers, found = transition["signers"], band(rules, data)
    count = signers.get("count", {}).get("default", 1)
    if found:
        count = signers.get("count", {}).get("bands", {}).get(found["band"], count)
    roles = set()
    for more in signers.get("more", ()):
        if circumstance(more["when"], data, found):
            count = max(count, more.get("count", 1))
            roles |= {more["role"]} if "role" in more else set()
    return count, roles


def circumstance(name: str, data: Plain, found: Plain | None) -> bool:
    """Say whether more people must sign."""
    actions = at(data, "action_plan", "actions") or []
    if name == "weak-controls-only":
        severe = (at(data, "assessment", "severity_potential") or 0) >= 4
        return severe and bool(actions) and {action["control"] for action in actions} <= {"administrative", "ppe"}
    if name == "risk-accepted-high":
        accepted = any(cause.get("disposition") == "accept-risk" for cause in roots(data))
        return accepted and found is not None and found["band"] in {"high", "very-high"}
    checks = at(data, "verification", "checks") or []
    return any(check["result"] == "not-measurable" or "substitute" in check for check in checks)


def roles_held(people: Plain, handle: str, data: Plain) -> set[str]:
    """Return the roles of an active person for a record, lent ones included; none for anybody else."""
    everybody = {person["handle"]: person for person in people["people"]}
    person = everybody.get(handle)
    if person is None or person.get("active") is False or person["kind"] != "person":
        return set()
    lenders = [
        other
        for other in everybody.values()
        if handle in other.get("deputies", ()) and other.get("active") is not False
    ]
    place = {
        "sites": at(data, "report", "site"),
        "areas": at(data, "report", "process_area"),
        "classes": at(data, "assessment", "classification"),
    }
    grants = [grant for one in (person, *lenders) for grant in one["roles"]]
    return {
        grant["role"] for grant in grants if all(value in grant.get(name, [value]) for name, value in place.items())
    }


def named_in(data: Plain, paths: Iterable[str]) -> set[str]:
    """Return the handles at record paths, a sponsor standing for an external owner."""
    values = [value for path in paths for value in reached(data, path)]
    return {value if isinstance(value, str) else value["sponsor"] for value in values if value is not None}


def separated(transition: Plain, before: Plain, data: Plain) -> set[str]:
    """Return who must not sign because the record names them."""
    paths = list(transition["signers"].get("never", ()))
    for rule in transition["signers"].get("never_if", ()):
        if risk_is_lowered(before, data):
            paths += rule["paths"]
    return named_in(data, paths)


def risk_is_lowered(before: Plain, data: Plain) -> bool:
    """Say whether severity, likelihood or level falls or goes."""
    for name in ("severity_potential", "likelihood", "level"):
        was, now = at(before, "assessment", name), at(data, "assessment", name)
        if was is not None and (now is None or _rank(now) < _rank(was)):
            return True
    return False


def _rank(value: Any) -> int:
    return value if isinstance(value, int) else LEVELS.index(value)


def roots(data: Plain) -> list[Plain]:
    """Return the root causes."""
    return [cause for cause in at(data, "root_cause", "causes") or [] if cause["level"] == "root"]


def unmet(name: str, before: Plain, data: Plain, rules: Plain, people: Plain, plan_day: str) -> list[str]:
    """Return what a transition asks for in the design, beyond required fields, and the record does not meet."""
    asked = {
        "investigate": investigated,
        "find-root-cause": root_caused,
        "plan-action": planned,
        "amend-plan": planned,
        "decline": declined,
    }
    if name == "verify":
        return verified(data, people, plan_day)
    found = asked[name](data, rules) if name in asked else []
    if name == "amend-plan":
        found += amended(before, data)
    return found


def investigated(data: Plain, rules: Plain) -> list[str]:
    """What an investigation must have decided."""
    assessment, found = data["assessment"], band(rules, data)
    assert found is not None
    return [
        *(["a near miss"] if assessment["decision"] != "near-miss" else []),
        *(["no real harm"] if assessment["actual"]["level"] > 1 else []),
        *(["deep enough"] if LEVELS.index(assessment["level"]) < LEVELS.index(found["floor"]) else []),
        *(["extent"] if assessment["classification"] in {"quality", "security"} and "extent" not in assessment else []),
    ]


def root_caused(data: Plain, _: Plain) -> list[str]:
    """What a cause tree must say."""
    deep = LEVELS.index(data["assessment"]["level"]) >= LEVELS.index("medium")
    behind = {cause["category"] for cause in data["root_cause"]["causes"] if cause["level"] != "immediate"}
    found = [] if roots(data) and behind != {"people"} else ["a root cause, not in people alone"]
    for cause in roots(data):
        reasoned = cause.get("disposition") == "act" or "because" in cause
        reviewed = cause.get("disposition") != "accept-risk" or "review_on" in cause
        evident = bool(cause.get("evidence")) or not deep
        if "disposition" not in cause or not (reasoned and reviewed and evident):
            found.append(cause["id"])
    return found


def statuses(data: Plain) -> dict[str, str]:
    """Return the status of each action."""
    reported = {entry["action"]: entry["status"] for entry in data.get("progress", ())}
    actions = at(data, "action_plan", "actions") or []
    return {action["id"]: reported.get(action["id"], "open") for action in actions}


def to_act_on(data: Plain) -> set[str]:
    """Return the root causes to act on."""
    return {cause["id"] for cause in roots(data) if cause.get("disposition") == "act"}


def addressed(data: Plain, *, by: set[str]) -> set[str]:
    """Return the causes with an action in one of these statuses."""
    now, actions = statuses(data), at(data, "action_plan", "actions") or []
    return {cause for action in actions if now[action["id"]] in by for cause in action["addresses"]}


def planned(data: Plain, _: Plain) -> list[str]:
    """What a plan must cover."""
    actions = at(data, "action_plan", "actions") or []
    whole = [action["id"] for action in actions if not {"owner", "due", "acceptance"} <= set(action)]
    return [*(to_act_on(data) - addressed(data, by={"open", "in-progress", "done"})), *whole]


def amended(before: Plain, data: Plain) -> list[str]:
    """What an amended plan must keep."""
    old, new = (
        {action["id"]: action for action in at(record, "action_plan", "actions") or []} for record in (before, data)
    )
    found = sorted(set(old) - set(new))
    for name in set(old) & set(new):
        was, now = old[name], new[name]
        people = named_in({"x": was}, ("x.owner", "x.previous_owners[]"))
        if not people <= named_in({"x": now}, ("x.owner", "x.previous_owners[]")):
            found.append(f"owners of {name}")
        if was.get("due") != now.get("due") and now.get("due_original") != was.get("due_original", was.get("due")):
            found.append(f"first due date of {name}")
    return found


def verified(data: Plain, people: Plain, plan_day: str) -> list[str]:
    """What must be so before a record is closed."""
    found = [name for name, status in statuses(data).items() if status not in {"done", "cancelled"}]
    found += sorted(to_act_on(data) - addressed(data, by={"done"}))
    if at(data, "lesson", "release", "to") == "nobody" and "because" not in data["lesson"]["release"]:
        found.append("why nobody")
    if data["assessment"]["level"] != "minimal" and to_act_on(data):
        found += [] if effective(data, people, plan_day) else ["an effective check"]
    return found


def effective(data: Plain, people: Plain, plan_day: str) -> bool:
    """Say whether an independent check, not refuted since, found the actions effective in time."""
    plan, checks = data["action_plan"]["effectiveness"], at(data, "verification", "checks") or []
    involved = named_in(data, ("action_plan.actions[].owner", "action_plan.actions[].previous_owners[]"))
    involved |= {data["investigation"]["lead"]}
    last_refuted = max(
        (i for i, check in enumerate(checks) if check["result"] in {"partial", "ineffective"}), default=-1
    )
    return any(
        check["result"] == "effective"
        and check["on"] >= plan["check_on"]
        and check["on"] >= plan_day
        and check["by"] not in involved
        and plan["checker_role"] in all_roles(people, check["by"])
        for check in checks[last_refuted + 1 :]
    )


def all_roles(people: Plain, handle: str) -> set[str]:
    """Return the roles of an active person anywhere."""
    everybody = [person for person in people["people"] if person.get("active") is not False]
    return {
        grant["role"]
        for person in everybody
        if handle in {person["handle"], *person.get("deputies", ())}
        and any(other["handle"] == handle for other in everybody)
        for grant in person["roles"]
    }


def declined(data: Plain, _: Plain) -> list[str]:
    """What declining asks for."""
    assessment = data["assessment"]
    decision = assessment["decision"]
    referred = bool(assessment.get("referred")) or decision not in {"hazard", "hypothetical", "incident"}
    joined = decision != "duplicate" or "duplicate_of" in assessment
    return [] if decision != "near-miss" and referred and joined else [decision]
