"""The rules once more, as the design tells them: the codes that a change of one record must be told, and no others.

Nothing here calls the code that is tested, but for digests. What is data in the design (transitions, needs, roles,
counts, matrix) is read from the rules as plain data; everything else is written out, as simply as it can be said.
"""

from __future__ import annotations

from typing import Any

from nearmiss.models.digests import digest
from tests.policy.naive_needs import (
    SCALES,
    Change,
    Plain,
    actions,
    at,
    band,
    checks,
    content,
    corrections,
    named_in,
    rank,
    roles_held,
    roots,
    when,
)

PARTS = (
    *("schema", "id", "title", "state", "report", "assessment", "investigation", "root_cause", "action_plan", "alert"),
    *("progress", "verification", "lesson", "briefings", "decisions", "corrections", "escalation"),
)
WAITING = {"sign-off-missing", "sign-off-stale", "policy-moved", "objection-stands"}
BROKEN = {"sign-off-tampered", "sign-off-late"}
"""What lies in force was touched: what else there is to say of it depends on how, so this model says no more."""
OWN = {"by", "name", "role", "at", "time_source", "meaning", "review"}


def verdict(codes: set[str]) -> str:
    """Return pass, waiting or refuse."""
    return "pass" if not codes else "waiting" if codes <= WAITING else "refuse"


def transition(version: Plain, name: str) -> Plain | None:
    """Return a transition of a policy version."""
    return next((entry for entry in version["rules"]["workflow"]["transitions"] if entry["name"] == name), None)


# What was signed, and what it still holds


def standing(statements: list[Plain], versions: list[Plain]) -> tuple[list[Plain], list[Plain], set[str]]:
    """Replay the approvals in force: the stack, the approvals of the last step, who signed the last step forward."""
    stack: list[Plain] = []
    last: list[Plain] = []
    closers: set[str] = set()
    for seq in sorted({said["seq"] for said in statements}):
        last = [said for said in statements if said["seq"] == seq]
        said = last[0]
        step = transition(versions[said["policy"]["version"] - 1], said["transition"]) or {}
        stack = put(stack, step, said["to"], sealed(step, said), max(one["at"] for one in last)[:10])
        if step["kind"] == "forward":
            closers = {one["by"] for one in last}
    return stack, last, closers


def sealed(step: Plain, said: Plain) -> Plain:
    """Return what a statement seals: a forward step all it is made for, what is absent too; others what they name."""
    named = {**said["content"]["sections"], **{k: v for k, v in said["content"].items() if k == "title"}}
    return {part: named.get(part) for part in step["seals"]} if step["kind"] == "forward" else named


def put(stack: list[Plain], step: Plain, to: str, seals: Plain, day: str) -> list[Plain]:
    """Forward is pushed; what keeps the state replaces digests and is pushed with the rest; back pops to its target."""
    if step["kind"] == "back":
        while stack and stack[-1]["to"] != to:
            stack = stack[:-1]
        return stack
    new = {part: (value, step["name"]) for part, value in seals.items()}
    forward = step["kind"] == "forward"
    held = {part for entry in stack for part in entry["seals"]}
    stack = [
        entry
        if forward and entry["kind"] == "forward"
        else {**entry, "seals": {part: new.get(part, was) for part, was in entry["seals"].items()}}
        for entry in stack
    ]
    pushed = new if forward else {part: value for part, value in new.items() if part not in held}
    return [*stack, {"name": step["name"], "kind": step["kind"], "to": to, "seals": pushed, "day": day}]


def part_digest(record: Plain, part: str) -> str | None:
    """Return the digest of a part, None where it is absent."""
    return digest(record[part]) if part in record else None


def broken(stack: list[Plain], record: Plain) -> dict[str, str]:
    """Return each part that no longer says what was signed, with the transition that sealed it."""
    seals = {part: seal for entry in stack for part, seal in entry["seals"].items()}
    return {part: name for part, (value, name) in seals.items() if part_digest(record, part) != value}


# The whole judgement


def judge(c: Change) -> set[str]:
    """Return the codes of all findings of a change."""
    if codes := malformed(c):
        return codes
    steps = max((said["seq"] for said in c.old.values() if said["verdict"] == "approve"), default=0)
    late = [said for name, said in c.new.items() if name not in c.old and said["seq"] <= steps]
    if any(c.new.get(name) != said for name, said in c.old.items()) or late:
        return when(sign_off_late=bool(late)) or {"sign-off-tampered"}
    approved = [said for said in c.old.values() if said["verdict"] == "approve"]
    stack, last, closers = standing(approved, c.versions)
    codes, approvals, objections = readable(c, steps + 1, stack)
    codes |= {code for name, said in c.new.items() if name not in c.old for code in objector(c, said)}
    step, more = proposed(c, stack, approvals)
    codes |= more | unsigned_changes(c, correcting="corrections" in (step or {}).get("seals", ()))
    if step is None:
        return codes | when(sealed_section_changed=bool(broken(stack, c.after))) | lowered(c, None, stack)
    since = max((entry["day"] for entry in stack if entry["name"] in {"plan-action", "amend-plan"}), default="")
    seals = bound(c, step, approvals)
    after = put(stack, step, c.after["state"], seals, "")
    for part, name in broken(after, c.after).items():
        ours = bool(approvals) and name == step["name"] and part in seals
        codes |= {"sign-off-stale" if ours else "sealed-section-changed"}
    codes |= lowered(c, step, after if approvals else stack) | content(c, step, since)
    codes |= chain(c, [*approvals, *objections], steps + 1, last)
    return codes | signatures(c, step, seals, approvals, objections, closers)


def malformed(c: Change) -> set[str]:
    """A record that is none is judged no further."""
    states = {entry["state"] for entry in c.versions[-1]["rules"]["workflow"]["states"]}
    needed = ("schema", "id", "title", "state", "report")
    return when(
        unknown_key=bool(set(c.after) - set(PARTS)),
        missing_field=any(name not in c.after for name in needed),
        wrong_type=not isinstance(c.after.get("title", ""), str),
        unknown_state=c.after.get("state") not in states,
    )


def readable(c: Change, seq: int, stack: list[Plain]) -> tuple[set[str], list[Plain], list[Plain]]:
    """Return the new approvals and objections that can be read as one step from here, and what keeps the others out."""
    new = [{**c.new[name], "file": name} for name in sorted(set(c.new)) if c.new[name]["seq"] >= seq]
    codes = when(sign_off_gap=any(said["seq"] > seq for said in new))
    here = [said for said in new if said["seq"] == seq]
    objections = [said for said in here if said["verdict"] == "object"]
    approvals = [said for said in here if said["verdict"] == "approve"]
    if not approvals:
        return codes, [], objections
    said, state = approvals[0], c.before["state"]
    version = dict(enumerate(c.versions, start=1)).get(said["policy"]["version"])
    if version is None or c.rules[said["policy"]["version"] - 1] != said["policy"]["rules"]:
        return codes | {"policy-version-unknown"}, [], []
    step = transition(version, said["transition"])
    if not step or said["from"] != state or state not in step["from"] or said["to"] not in step.get("to", [state]):
        return codes | {"transition-illegal"}, [], []
    if step["kind"] == "back" and said["to"] not in {"reported", *(entry["to"] for entry in stack)}:
        return codes | {"target-never-reached"}, [], []
    return codes, approvals, objections


def proposed(c: Change, stack: list[Plain], approvals: list[Plain]) -> tuple[Plain | None, set[str]]:
    """Return the step that a change takes: the one that is signed, the one that is meant, or the one it can only be."""
    policy, now, then = c.versions[-1], c.before["state"], c.after["state"]
    if approvals:
        return transition(c.versions[approvals[0]["policy"]["version"] - 1], approvals[0]["transition"]), set()
    leaving = [entry for entry in policy["rules"]["workflow"]["transitions"] if now in entry["from"]]
    if now != then:
        step = next((entry for entry in leaving if then in entry.get("to", ())), None)
        never = (
            step is not None and step["kind"] == "back" and then not in {"reported", *(entry["to"] for entry in stack)}
        )
        return step, when(no_such_step=step is None, target_never_reached=never)
    if c.name:
        return transition(policy, c.name), set()
    said = corrections(c)
    if said:
        return transition(policy, "redact" if all(e.get("now") == "redacted" for e in said) else "correct"), set()
    parts = set(broken(stack, c.after))
    fitting = [e for e in leaving if e["kind"] == "keep" and "corrections" not in e["seals"]]
    fitting = [e for e in fitting if parts and parts <= set(e["seals"])]
    return min(fitting, key=lambda e: len(e["seals"]), default=None), set()


def bound(c: Change, step: Plain, approvals: list[Plain]) -> Plain:
    """Return what a step seals: what its first approval says, or, before there is one, what it will have to say."""
    if approvals:
        return sealed(step, approvals[0])
    parts = [part for part in step.get("seals", ()) if "corrections" not in step["seals"] or changed(c, part)]
    return {part: part_digest(c.after, part) for part in parts}


def changed(c: Change, part: str) -> bool:
    """Say whether a part says something else than before."""
    return part_digest(c.before, part) != part_digest(c.after, part)


def chain(c: Change, files: list[Plain], seq: int, last: list[Plain]) -> set[str]:
    """Every new file belongs here, follows from the approvals before it, and agrees with the others of its step."""
    first = {"instance": c.instance, "subject": c.after["id"]}
    previous = digest(sorted(digest(said) for said in last)) if last else digest(first)
    shared = [
        {k: v for k, v in said.items() if k not in {*OWN, "file"}} for said in files if said["verdict"] == "approve"
    ]
    latest = max((said["at"] for said in c.old.values() if said["verdict"] == "approve"), default="")
    return when(
        sign_off_foreign=any((said["instance"], said["subject"]) != (c.instance, c.after["id"]) for said in files),
        sign_off_name=any(said["file"] != file_of(said) for said in files),
        sign_off_chain=any(said["previous"] != previous for said in files),
        date_backwards=any(said["at"][:10] < latest[:10] for said in files),
        sign_off_set_differs=any(one != shared[0] for one in shared),
    )


def file_of(said: Plain) -> str:
    """Return the one name that the file of a statement may have."""
    if said["verdict"] == "approve":
        return f"{said['seq']:02d}-{said['to']}--{said['by']}.yaml"
    return f"{said['seq']:02d}-objection-{said['to']}--{said['by']}--{digest(said['content'])[7:15]}.yaml"


# Who signs


def signatures(
    c: Change, step: Plain, seals: Plain, approvals: list[Plain], objections: list[Plain], closers: set[str]
) -> set[str]:
    """Judge who has signed a step, and whether they are enough."""
    newest, signers = c.versions[-1], step["signers"]
    wrote = c.movers | {who for part in seals for who in c.writers.get(part, ())}
    codes = when(author_unknown=bool(c.strangers & {"state", *seals} - {"title", "report"}))
    count, roles = wanted(newest, step, c.after)
    for said in approvals:
        named = c.versions[said["policy"]["version"] - 1]
        moved = c.rules[-1] != said["policy"]["rules"]
        for version in [named] if moved else [named, newest]:
            codes |= signer(c, version, step, said, named)
        codes |= when(policy_moved=moved, contributor_missing=not wrote <= set(said["contributors"]))
        people = {one["handle"] for one in named["people"]["people"]}
        codes |= when(person_unknown=not people.issuperset(said["contributors"]))
        if signers.get("contributors") != "allowed":
            codes |= when(contributor_signs=said["by"] in wrote)
        codes |= when(closer_signs=bool(signers.get("never_closers")) and said["by"] in closers)
    if approvals and step["kind"] == "keep":
        due = [part for part in step["seals"] if "corrections" not in step["seals"] or changed(c, part)]
        codes |= when(sign_off_content=not seals)
        codes |= when(sign_off_stale=any(part in c.after and part not in seals for part in due))
    if approvals:
        alien = set(approvals[0]["content"]["sections"]) - set(step.get("seals", ()))
        codes |= when(sign_off_content=bool(alien))
        named = c.versions[approvals[0]["policy"]["version"] - 1]
        count, roles = wanted(named, step, c.after)
    enough = len({said["by"] for said in approvals}) >= count and roles <= {said["role"] for said in approvals}
    against = [
        said
        for said in objections
        if said["by"] not in {one["by"] for one in approvals}
        and (said["transition"], said["to"]) == (step["name"], c.after["state"])
        and sealed(step, said) == {part: part_digest(c.after, part) for part in seals}
    ]
    return codes | when(sign_off_missing=not approvals or not enough, objection_stands=bool(against))


def signer(c: Change, version: Plain, step: Plain, said: Plain, named: Plain) -> set[str]:
    """Judge one approval by a policy version: a person, active, in a role for it here, nowhere in the way."""
    person = next((one for one in version["people"]["people"] if one["handle"] == said["by"]), None)
    if person is None or person.get("active") is False:
        return {"signer-unknown"}
    signers = step["signers"]
    role = said["role"] in {*signers["roles"], *wanted(version, step, c.after)[1]}
    barred = named_in(c.after, signers.get("never", ()))
    for rule in signers.get("never_if", ()):
        barred |= named_in(c.after, rule["paths"]) if risk_falls(c) else set()
    contributes = signers.get("contributors") != "allowed" and said["by"] in said["contributors"]
    return when(
        signature_missing=any(not key.get("retired") for key in person.get("keys", ())),
        name_differs=version is named and said["name"] != person["name"],
        forge_unproven=said["time_source"] != "client" or "review" in said,
        signer_role=not role or said["role"] not in roles_held(version, said["by"], c.after),
        signer_service=person["kind"] != "person",
        contributor_signs=contributes,
        signer_separated=said["by"] in barred,
        reason_missing=step.get("reason") == "required" and not said.get("because"),
        waiver_not_allowed="waiver" in said,
        meaning_differs=said["meaning"] != step["meaning"],
    )


def objector(c: Change, said: Plain) -> set[str]:
    """Judge whose word an objection is: a person's, active when they spoke; everybody may object, in no role."""
    if said["verdict"] != "object":
        return set()
    named = dict(enumerate(c.versions, start=1)).get(said["policy"]["version"])
    if named is None or c.rules[said["policy"]["version"] - 1] != said["policy"]["rules"]:
        return {"policy-version-unknown"}
    person = next((one for one in named["people"]["people"] if one["handle"] == said["by"]), None)
    if person is None or person.get("active") is False:
        return {"signer-unknown"}
    return when(
        signature_missing=any(not key.get("retired") for key in person.get("keys", ())),
        name_differs=said["name"] != person["name"],
        forge_unproven=said["time_source"] != "client" or "review" in said,
        signer_service=person["kind"] != "person",
    )


def wanted(version: Plain, step: Plain, record: Plain) -> tuple[int, set[str]]:
    """Return how many must sign, and the roles that must be among them."""
    signers, found = step["signers"], band(version, record)
    counts = signers.get("count", {})
    count = counts.get("bands", {}).get(found, counts.get("default", 1))
    more = [entry for entry in signers.get("more", ()) if circumstance(entry["when"], record, found)]
    return max([count, *(entry.get("count", 1) for entry in more)]), {e["role"] for e in more if "role" in e}


def circumstance(name: str, record: Plain, found: str | None) -> bool:
    """Say whether more people must sign."""
    if name == "weak-controls-only":
        controls = {action["control"] for action in actions(record)}
        return (at(record, "assessment.severity_potential") or 0) >= 4 and set() < controls <= {"administrative", "ppe"}
    if name == "risk-accepted-high":
        accepted = any(cause.get("disposition") == "accept-risk" for cause in roots(record))
        return accepted and found in {"high", "very-high"}
    return any(check["result"] == "not-measurable" or "substitute" in check for check in checks(record))


def risk_falls(c: Change) -> bool:
    """Say whether severity, likelihood or level falls or goes."""
    pairs = [[at(data, f"assessment.{name}") for data in (c.before, c.after)] for name in SCALES]
    return any(was is not None and (now is None or rank(now) < rank(was)) for was, now in pairs)


def lowered(c: Change, step: Plain | None, stack: list[Plain]) -> set[str]:
    """Severity and level only fall by a step that judges them, or as such a step has sealed them already."""
    judging = ("investigate", "reassess")
    seals = {part: seal for entry in stack for part, seal in entry["seals"].items()}
    value, sealer = seals.get("assessment", ("", ""))
    if (step and step["name"] in judging) or (sealer in judging and value == part_digest(c.after, "assessment")):
        return set()
    falls = [
        rank(at(c.after, f"assessment.{name}") or least)
        < min(rank(at(c.before, f"assessment.{name}") or least), highest)
        for name, least, highest in (("severity_potential", 0, c.severest), ("level", "minimal", rank(c.deepest)))
    ]
    return when(risk_lowered=any(falls))


# What a change may do without a signature


def unsigned_changes(c: Change, *, correcting: bool) -> set[str]:
    """Judge what no signature lets anybody do, and, where nothing is corrected, what only a correction may do."""
    fixed = ("schema", "id", "report.reported_on", "report.imported_from")
    told = {entry["action"] for entry in c.before.get("progress", ())}
    was = {action["id"]: action["what"] for action in actions(c.before)}
    lists = ("corrections",) if correcting else ("corrections", "progress", "verification.checks")
    lost = [(at(c.after, way) or [])[: len(old)] != old for way in lists if (old := at(c.before, way) or [])]
    return when(
        fixed_field_changed=any(at(c.before, way) not in (None, at(c.after, way)) for way in fixed),
        section_removed=bool(set(c.before) - set(c.after)),
        report_changed=not correcting and not keeps(c.before["report"], c.after["report"]),
        correction_unsigned=not correcting and bool(corrections(c)),
        entry_rewritten=any(lost),
        action_id_reused=not correcting
        and any(a["id"] in told and was.get(a["id"], a["what"]) != a["what"] for a in actions(c.after)),
    )


def keeps(was: Any, now: Any) -> bool:
    """The reporter's words stay; absent keys may be added, `redacted` put, lists grow."""
    if now in (was, "redacted"):
        return True
    if isinstance(was, dict) and isinstance(now, dict):
        return all(keeps(value, now.get(key)) for key, value in was.items())
    lists = isinstance(was, list) and isinstance(now, list) and len(now) >= len(was)
    return lists and all(map(keeps, was, now))
