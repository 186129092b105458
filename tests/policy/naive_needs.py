"""What each step needs of a record, as the design tells it: the other half of the naive model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Plain = dict[str, Any]
LEVELS = ("minimal", "low", "medium", "high")
SCALES = ("severity_potential", "likelihood", "level")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of one record: what lay on main, what would lie there, and what git tells."""

    before: Plain
    after: Plain
    old: Plain
    """The statements of the sign-offs on main, by file name; `new` are those that would lie there."""
    new: Plain
    versions: list[Plain]
    rules: list[str]
    """The digests of their rules."""
    instance: str
    name: str = ""
    """The transition that is proposed; empty for a draft."""
    movers: set[str] = field(default_factory=set)
    writers: dict[str, set[str]] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)
    severest: int = 0
    deepest: str = "minimal"


def at(data: Any, way: str) -> Any:
    """Return the value at the end of a way such as `report.site`, or None."""
    for key in way.split("."):
        data = data.get(key) if isinstance(data, dict) else None
    return data


def reached(data: Any, path: str) -> list[Any]:
    """Return the values that a path such as `causes[].statement` reaches, None for each that is not there."""
    key, _, rest = path.partition(".")
    value = at(data, key.removesuffix("[]"))
    values = (list(value) or [None]) if key.endswith("[]") and value is not None else [value]
    return [found for one in values for found in (reached(one, rest) if rest and one is not None else [one])]


def rank(value: Any) -> int:
    """Return the place of a number or level on its scale."""
    return value if isinstance(value, int) else LEVELS.index(value)


def when(**codes: bool) -> set[str]:
    """Return the codes that are so, `_` for `-`."""
    return {code.replace("_", "-") for code, so in codes.items() if so}


def band(version: Plain, record: Plain, what: str = "band") -> Any:
    """Return the risk band by the matrix, or what the band says."""
    risk, assessment = version["rules"]["risk"], record.get("assessment", {})
    severity, likelihood = assessment.get("severity_potential"), assessment.get("likelihood")
    if severity is None or likelihood is None:
        return None
    code = risk["matrix"][str(likelihood)][severity - 1]
    return next(entry[what] for entry in risk["bands"] if entry["code"] == code)


def roles_held(version: Plain, handle: str, record: Plain | None) -> set[str]:
    """Return the roles of an active person, own and lent, for a record, or anywhere."""
    active = [one for one in version["people"]["people"] if one.get("active") is not False]
    place = (
        {}
        if record is None
        else {
            "sites": at(record, "report.site"),
            "areas": at(record, "report.process_area"),
            "classes": at(record, "assessment.classification"),
        }
    )
    grants = [g for one in active if handle in {one["handle"], *one.get("deputies", ())} for g in one["roles"]]
    known = any(one["handle"] == handle for one in active)
    return {g["role"] for g in grants if known and all(value in g.get(k, [value]) for k, value in place.items())}


def named_in(data: Plain, paths: Any) -> set[str]:
    """Return the handles at record paths, a sponsor standing for an external owner."""
    values = [value for path in paths for value in reached(data, path)]
    return {value if isinstance(value, str) else value["sponsor"] for value in values if value is not None}


def actions(record: Plain) -> list[Plain]:
    """Return the actions of the plan."""
    return list(at(record, "action_plan.actions") or ())


def roots(record: Plain) -> list[Plain]:
    """Return the root causes."""
    return [cause for cause in at(record, "root_cause.causes") or () if cause["level"] == "root"]


def checks(record: Plain) -> list[Plain]:
    """Return the checks of the effect."""
    return list(at(record, "verification.checks") or ())


def corrections(c: Change) -> list[Plain]:
    """Return the corrections that a change adds."""
    return list(c.after.get("corrections", ()))[len(c.before.get("corrections", ())) :]


def content(c: Change, step: Plain, since: str) -> set[str]:
    """Return the codes of all that a step needs and the record lacks at its level."""
    level = LEVELS.index(at(c.after, "assessment.level") or "minimal")
    needs = [path for name in LEVELS[: level + 1] for path in step.get("needs", {}).get(name, ())]
    lacking = any(value is None for path in needs for value in reached(c.after, path))
    asked: dict[str, Any] = {
        "investigate": lambda: assessed(c) | investigated(c),
        "reassess": lambda: assessed(c),
        "find-root-cause": lambda: root_caused(c),
        "plan-action": lambda: planned(c),
        "amend-plan": lambda: planned(c) | amended(c),
        "verify": lambda: verified(c, since) | released(c),
        "review-lesson": lambda: released(c) | succeeded(c),
        "decline": lambda: declined(c),
        "correct": lambda: corrected(c),
        "redact": lambda: corrected(c) | redacted(c),
    }
    more: set[str] = asked.get(step["name"], set)()
    return when(needs_field=lacking) | more


def assessed(c: Change) -> set[str]:
    """The level is at the floor of the band, no number goes, and an open register holds no restricted class."""
    rules, level = c.versions[-1]["rules"], at(c.after, "assessment.level")
    floor = band(c.versions[-1], c.after, "floor")
    restricted = rules["settings"].get("restricted_classes") or ()
    gone = [at(c.before, f"assessment.{n}") is not None and at(c.after, f"assessment.{n}") is None for n in SCALES]
    return when(
        class_restricted=rules["settings"].get("register") == "open"
        and at(c.after, "assessment.classification") in restricted,
        level_below_floor=bool(floor and level) and rank(level) < rank(floor),
        risk_withdrawn=any(gone),
    )


def investigated(c: Change) -> set[str]:
    """It is a near miss, with no more than a pause or rework, and what might be elsewhere was looked for."""
    assessment = c.after.get("assessment", {})
    return when(
        decision_not_near_miss=assessment.get("decision", "near-miss") != "near-miss",
        actual_harm=(at(assessment, "actual.level") or 0) > 1,
        extent_unchecked=assessment.get("classification") in {"quality", "security"} and "extent" not in assessment,
    )


def declined(c: Change) -> set[str]:
    """It is none, a concern goes somewhere, a duplicate names its twin."""
    assessment = c.after.get("assessment", {})
    decision = assessment.get("decision")
    concern = decision in {"hazard", "hypothetical", "incident", "other-process"}
    return when(
        decision_near_miss=decision == "near-miss",
        not_referred=concern and not assessment.get("referred"),
        duplicate_of_what=decision == "duplicate" and assessment.get("duplicate_of") in {None, c.after["id"]},
    )


def root_caused(c: Change) -> set[str]:
    """There is a root, not in people alone; each has a disposition with its reason and, when it matters, evidence."""
    found = roots(c.after)
    behind = {cause["category"] for cause in at(c.after, "root_cause.causes") or () if cause["level"] != "immediate"}
    deep = rank(at(c.after, "assessment.level") or "minimal") >= rank("medium")
    ends = [(cause.get("disposition"), cause) for cause in found]
    return when(
        no_root_cause=not found,
        people_alone=bool(found) and behind == {"people"},
        no_disposition=any(end is None for end, _ in ends),
        no_because=any(end not in {None, "act"} and "because" not in cause for end, cause in ends),
        no_review_date=any(end == "accept-risk" and "review_on" not in cause for end, cause in ends),
        no_evidence=deep and any(not cause.get("evidence") for cause in found),
    )


def status(data: Plain) -> dict[str, str]:
    """Return the status of each action by its last entry."""
    told = {entry["action"]: entry["status"] for entry in data.get("progress", ())}
    return {action["id"]: told.get(action["id"], "open") for action in actions(data)}


def answered(data: Plain, by: set[str]) -> bool:
    """Say whether each root cause to act on has an action in one of these statuses."""
    now = status(data)
    covered = {cause for action in actions(data) if now[action["id"]] in by for cause in action["addresses"]}
    return to_act_on(data) <= covered


def to_act_on(data: Plain) -> set[str]:
    """Return the root causes to act on."""
    return {cause["id"] for cause in roots(data) if cause.get("disposition") == "act"}


def planned(c: Change) -> set[str]:
    """Each root cause to act on has an action; each action an owner, a day and a criterion."""
    return when(
        cause_without_action=not answered(c.after, {"open", "in-progress", "done"}),
        action_incomplete=any(not {"owner", "due", "acceptance"} <= set(action) for action in actions(c.after)),
    )


def amended(c: Change) -> set[str]:
    """No action goes, no owner is forgotten, the first due date stays, every extension is told."""
    now = {action["id"]: action for action in actions(c.after)}
    pairs = [(was, now[was["id"]]) for was in actions(c.before) if was["id"] in now]
    owners = [[named_in({"x": a}, ("x.owner", "x.previous_owners[]")) for a in pair] for pair in pairs]
    moved = [(was, new) for was, new in pairs if "due" in was and was["due"] != new.get("due")]
    kept = [(was, new) for was, new in pairs if (was, new) in moved or "due_original" in was]
    told = [any((e["from"], e["to"]) == (w["due"], n.get("due")) for e in fresh(w, n)) for w, n in moved]
    return when(
        action_removed=len(pairs) < len(actions(c.before)),
        owner_forgotten=any(not was <= new for was, new in owners),
        original_due_lost=any(n.get("due_original") != w.get("due_original", w.get("due")) for w, n in kept),
        extension_unsaid=not all(told) or any(not began(was, new) for was, new in pairs),
    )


def fresh(was: Plain, now: Plain) -> list[Plain]:
    """Return the extensions that are new."""
    return list(now.get("extensions", ())[len(was.get("extensions", ())) :])


def began(was: Plain, now: Plain) -> bool:
    """Say whether the extensions that were told are still there."""
    old = list(was.get("extensions", ()))
    return list(now.get("extensions", ()))[: len(old)] == old


def verified(c: Change, since: str) -> set[str]:
    """No action is open, each cause to act on has a done one, and an independent check in time found it effective."""
    data, found = c.after, checks(c.after)
    latest = max(enumerate(found), key=lambda one: (one[1]["on"], one[0]), default=(0, {"result": ""}))[1]
    refuted = latest["result"] in {"partial", "ineffective"}
    needed = (at(data, "assessment.level") or "minimal") != "minimal" and bool(to_act_on(data)) and not refuted
    effective = [place for place, check in enumerate(found) if check["result"] == "effective"]
    counts = any(in_time(c, found, place, since) and independent(c, found[place]) for place in effective)
    return when(
        action_open=any(now not in {"done", "cancelled"} for now in status(data).values()),
        cause_not_acted_on=not answered(data, {"done"}),
        effect_refuted=refuted,
        effect_unproven=needed and not effective,
        check_does_not_count=needed and bool(effective) and not counts,
    )


def in_time(c: Change, found: list[Plain], place: int, since: str) -> bool:
    """A check counts after the plan, the deeds and its own day, and while none that came later found otherwise."""
    on, now = found[place]["on"], status(c.after)
    done = [entry["on"] for entry in c.after.get("progress", ()) if now.get(entry["action"]) == "done"]
    first = max([at(c.after, "action_plan.effectiveness.check_on") or "", since, *done])
    later = [check for p, check in enumerate(found) if check["on"] > on or p > place]
    return on >= first and not any(check["result"] in {"partial", "ineffective"} for check in later)


def independent(c: Change, check: Plain) -> bool:
    """Whoever checks holds the role for it, owns and owned no action, and did not lead."""
    ways = ("action_plan.actions[].owner", "action_plan.actions[].previous_owners[]", "investigation.lead")
    role = at(c.after, "action_plan.effectiveness.checker_role")
    held = roles_held(c.versions[-1], check["by"], None)
    return check["by"] not in named_in(c.after, ways) and (role is None or role in held)


def released(c: Change) -> set[str]:
    """A lesson for nobody says why."""
    release = at(c.after, "lesson.release") or {}
    return when(release_unreasoned=release.get("to") == "nobody" and "because" not in release)


def succeeded(c: Change) -> set[str]:
    """A superseded lesson names its successor."""
    lesson = c.after.get("lesson", {})
    return when(successor_unnamed=lesson.get("status") == "superseded" and "superseded_by" not in lesson)


def differences(was: Any, now: Any, way: str = "") -> dict[str, tuple[Any, Any]]:
    """Return each place that says something else, with both values."""
    if was == now:
        return {}
    if isinstance(was, dict) and isinstance(now, dict):
        pairs = [(f"{way}.{key}", was.get(key, MISSING), now.get(key, MISSING)) for key in {**was, **now}]
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        pairs = [(f"{way}[{place}]", *pair) for place, pair in enumerate(zip(was, now, strict=True))]
    else:
        return {way.removeprefix("."): (None if was is MISSING else was, None if now is MISSING else now)}
    return {k: v for name, old, new in pairs for k, v in differences(old, new, name).items()}


MISSING = object()


def corrected(c: Change) -> set[str]:
    """Every field that changed is told with both values, and no other; what is redacted is not repeated."""
    bare = [{k: v for k, v in data.items() if k != "corrections"} for data in (c.before, c.after)]
    changes, said = differences(bare[0], bare[1]), corrections(c)
    told = [(e["field"], e.get("was"), e["now"]) for e in said] + [
        (e["field"], "redacted") for e in said if e["now"] == "redacted"
    ]
    listed = [
        (f, "redacted") in told if now == "redacted" else (f, was, now) in told for f, (was, now) in changes.items()
    ]
    return when(
        correction_unsaid=not said or not all(listed),
        correction_of_nothing=any(entry["field"] not in changes for entry in said),
        not_a_redaction=any(entry["now"] == "redacted" and "was" in entry for entry in said),
    )


def redacted(c: Change) -> set[str]:
    """A redaction puts `redacted` and nothing else, and no title goes on saying what is withheld."""
    bare = [{k: v for k, v in data.items() if k != "corrections"} for data in (c.before, c.after)]
    was, now = (at(data, "report.what_happened") for data in (c.before, c.after))
    repeats = now == "redacted" != was and str(was).startswith(c.after["title"].rstrip("…"))
    others = any(new != "redacted" for _, new in differences(bare[0], bare[1]).values())
    return when(not_a_redaction=others, title_repeats=repeats)
