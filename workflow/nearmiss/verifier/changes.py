"""Whether a record may become what it is: what nobody signed may only grow, and each step is judged in its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.needs import LEVELS, WITHHELD, actions, level_of, lowered, one, owners, values_at
from nearmiss.verifier.plain import digest
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.records import SECTIONS, Version
from nearmiss.verifier.sign_offs import SignOff, Standing, beginning, by_step, kind_of, replay
from nearmiss.verifier.steps import HELD, REASSESSING, TOUCHED_ONLY, Derived, Step, judge_step, objector

FIXED = ("id", "schema", "report.reported_on", "report.imported_from")


@dataclass(kw_only=True)
class Memory:
    """What has to be remembered of a record beside its files: nothing of it can be seen in the latest version alone."""

    sealed_at: dict[str, int] = field(default_factory=dict)
    step_at: int = -1
    highest: dict[str, Any] = field(default_factory=dict)
    earlier_owners: frozenset[str] = frozenset()

    def see(self, data: Mapping[str, Any], *, assessed: bool) -> None:
        """Remember the highest risk that was ever held, or begin anew where a signed step has just assessed it."""
        held = {} if assessed else self.highest
        severity, level = one(data, "assessment.severity_potential"), one(data, "assessment.level")
        known = [LEVELS.index(name) for name in (level, held.get("level")) if name in LEVELS]
        numbers = [number for number in (severity, held.get("severity_potential")) if isinstance(number, int)]
        self.highest = ({"severity_potential": max(numbers)} if numbers else {}) | (
            {"level": LEVELS[max(known)]} if known else {}
        )


@dataclass(frozen=True, kw_only=True)
class Change:
    """A record before and after, and all by which the change is judged."""

    before: Version
    after: Version
    instance: str
    policy: Policy
    policies: Mapping[int, Policy]
    memory: Memory
    derive: Callable[[Sequence[str], Standing], Derived]
    """Who wrote those sections since they were last sealed, and who moved the state."""

    @property
    def record(self) -> str:
        """Return the record's id."""
        return self.after.record

    def standing(self) -> Standing:
        """Return what was in force before."""
        start = beginning(self.instance, self.record, self.policy.first_state)
        return replay(self.before.sign_offs, start, self.policies)

    def fault(self, code: str, where: str, says: str) -> Fault:
        """Return a fault of the record."""
        return Fault(code=code, path=self.after.path, record=self.record, field=where, says=says)


@dataclass(kw_only=True)
class Outcome:
    """What a change comes to: its faults, what is in force afterwards, and the steps that were taken."""

    faults: list[Fault]
    standing: Standing
    taken: list[Sequence[SignOff]] = field(default_factory=list)
    objections: list[SignOff] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)


def judge_change(change: Change) -> Outcome:
    """Return everything that is wrong with a change of a record, and where it stands afterwards."""
    standing = change.standing()
    outcome = Outcome(faults=[], standing=standing)
    outcome.faults += _kept_files(change)
    if not change.before.present:
        outcome.faults += _new(change)
    fresh = _fresh(change)
    for sign_off in fresh:
        if sign_off.seq <= standing.seq:
            says = f"it joins step {sign_off.seq}, which is in force already"
            outcome.faults.append(
                Fault(code="sign-off-late", path=sign_off.path, record=change.record, field="statement.seq", says=says)
            )
        if not sign_off.approves:
            outcome.faults += [fault.at(record=change.record) for fault in objector(sign_off, change.policies)]
            outcome.objections.append(sign_off)
    steps = {seq: approvals for seq, approvals in by_step(fresh).items() if seq > standing.seq}
    outcome.faults += _how_many(change, steps)
    before = change.before.data
    for seq, approvals in steps.items():
        step = _step(
            change, before, approvals, [s for s in change.after.sign_offs if s.seq == seq and not s.approves], standing
        )
        if seq != standing.seq + 1:
            outcome.faults.append(
                step.fault("sign-off-gap", "statement.seq", f"it is signed, and step {standing.seq + 1} is not")
            )
            continue
        outcome.faults += judge_step(step, standing)
        standing.take(approvals, kind_of(step.said, change.policies))
        outcome.taken.append(approvals)
        before = change.after.data
    names = {approvals[0].statement["transition"] for approvals in outcome.taken}
    outcome.faults += _in_force(change, standing, begun=bool(names))
    outcome.faults += _unsigned(change, names)
    outcome.memory = change.memory
    return outcome


def _fresh(change: Change) -> list[SignOff]:
    known = {sign_off.path for sign_off in change.before.sign_offs}
    return [sign_off for sign_off in change.after.sign_offs if sign_off.path not in known]


def _step(
    change: Change,
    before: Mapping[str, Any],
    approvals: Sequence[SignOff],
    objections: Sequence[SignOff],
    standing: Standing,
) -> Step:
    content = approvals[0].statement["content"]
    sections = [*content.get("sections", {}), *(["title"] if "title" in content else [])]
    return Step(
        subject=change.record,
        path=change.after.path,
        instance=change.instance,
        policy=change.policy,
        before=before,
        after=change.after.data,
        approvals=approvals,
        objections=objections,
        derived=change.derive(sections, standing),
        highest=change.memory.highest,
        earlier_owners=change.memory.earlier_owners,
    )


def _kept_files(change: Change) -> Iterator[Fault]:
    """Sign-offs and attachments of before are still there, byte for byte."""
    for path, entry in change.before.files.items():
        now, signed = change.after.files.get(path), "/sign-offs/" in path
        if now is None and signed:
            yield Fault(code="sign-off-tampered", path=path, record=change.record, says="this sign-off was removed")
        elif now is not None and now.oid != entry.oid:
            code = "sign-off-tampered" if signed else "attachment-changed"
            yield Fault(
                code=code,
                path=path,
                record=change.record,
                says="this file was changed, and files like it are only ever added",
            )


def _new(change: Change) -> Iterator[Fault]:
    if change.after.data.get("state") != change.policy.first_state:
        yield change.fault("not-first-state", "state", f"a new record begins as {change.policy.first_state}")
    if change.after.sign_offs:
        yield change.fault("sign-off-early", "sign-offs", "a new report has sign-offs")
    prefix = change.policy.rules["settings"]["id_prefix"]
    if not change.record.startswith(f"{prefix}-"):
        yield change.fault("id-prefix", "id", f"ids begin with {prefix} here")
    if change.after.data.get("corrections"):
        yield change.fault("correction-unsigned", "corrections", "a new report has corrections")


def _how_many(change: Change, steps: Mapping[int, Sequence[SignOff]]) -> Iterator[Fault]:
    """One change takes one step, but for the forward steps of a small case."""
    if len(steps) > 1:
        kinds = {kind_of(approvals[0].statement, change.policies) for approvals in steps.values()}
        small = LEVELS[level_of(change.after.data)] in change.policy.workflow["close_levels"]
        if kinds != {"forward"} or not small:
            yield change.fault("several-steps", "state", f"{len(steps)} steps were taken at once")


def _in_force(change: Change, standing: Standing, *, begun: bool) -> Iterator[Fault]:
    """The state is what the steps make it, and every sealed section says what was signed."""
    data = change.after.data
    if data.get("state") != standing.state and not begun:
        known = [
            t["name"]
            for t in change.policy.workflow["transitions"]
            if standing.state in t["from"] and data.get("state") in t.get("to", [])
        ]
        says = f"the record says {data.get('state')}, and its sign-offs make it {standing.state}"
        yield change.fault("sign-off-missing" if known else "state-unsigned", "state", says)
    elif data.get("state") != standing.state:
        yield change.fault(
            "state-unsigned",
            "state",
            f"the record says {data.get('state')}, and its sign-offs make it {standing.state}",
        )
    for name, (seal, step) in sorted(standing.seals().items()):
        if name not in data or digest(data[name]) != seal:
            says = f"{name} is not what was signed off in step {step}"
            yield change.fault("sealed-section-changed", name, says)


def only_grew(was: Any, now: Any) -> bool:
    """Return whether everything that was said still stands, or is withheld; more may have been added."""
    if now == WITHHELD:
        return True
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return all(key in now and only_grew(value, now[key]) for key, value in was.items())
    if isinstance(was, list) and isinstance(now, list):
        return len(was) <= len(now) and all(only_grew(a, b) for a, b in zip(was, now, strict=False))
    return type(was) is type(now) and bool(was == now)


def _unsigned(change: Change, names: set[str]) -> Iterator[Fault]:
    """What was changed beside or without a step: only what may be drafted."""
    if not change.before.present:
        return
    before, after = change.before.data, change.after.data
    correcting = bool(names & set(TOUCHED_ONLY))
    for path in FIXED:
        if one(before, path) != one(after, path) and not (correcting and one(after, path) == WITHHELD):
            yield change.fault("fixed-field-changed", path, "it never changes")
    for name in SECTIONS:
        if name in before and name not in after:
            yield change.fault("section-removed", name, "the whole section is gone")
    if not correcting:
        yield from _only_grown(change)
    if not names & {*REASSESSING, *TOUCHED_ONLY}:
        for name in lowered({"assessment": change.memory.highest}, after, HELD):
            says = "it falls below what it was, and nobody else agreed"
            yield change.fault("risk-lowered", f"assessment.{name}", says)


def _only_grown(change: Change) -> Iterator[Fault]:
    """What may not be rewritten in a draft: the reporter's words, and lists to which entries are only added."""
    before, after = change.before.data, change.after.data
    if not only_grew(before.get("report", {}), after.get("report", {})):
        yield change.fault("report-changed", "report", "the reporter's words were changed")
    for path in ("progress[]", "verification.checks[]"):
        was, now = values_at(before, path), values_at(after, path)
        if now[: len(was)] != was:
            says = "an entry of before was changed or taken out"
            yield change.fault("entry-rewritten", path.removesuffix("[]"), says)
    reported = {entry["action"] for entry in values_at(before, "progress[]")}
    now_by_id = {action["id"]: action for action in actions(after)}
    for action in actions(before):
        now = now_by_id.get(action["id"], action)
        if action["id"] in reported and now["what"] not in (action["what"], WITHHELD):
            says = f"progress was reported on {action['id']}, and now the id stands for another action"
            yield change.fault("action-id-reused", "action_plan.actions", says)
    if values_at(before, "corrections[]") != values_at(after, "corrections[]"):
        says = "a correction is listed, and no correcting step was signed"
        yield change.fault("correction-unsigned", "corrections", says)


def remember(change: Change, outcome: Outcome, position: int) -> None:
    """Note what later changes of the record are judged by."""
    memory, names = change.memory, {approvals[0].statement["transition"] for approvals in outcome.taken}
    memory.see(change.after.data, assessed=bool(names & set(REASSESSING)))
    for approvals in outcome.taken:
        said = approvals[0].statement
        sealed = [*said["content"].get("sections", {}), *(["title"] if "title" in said["content"] else [])]
        memory.sealed_at |= dict.fromkeys(sealed, position)
        memory.step_at = position
        if "action_plan" in sealed:
            memory.earlier_owners |= owners(change.after.data)
    still = outcome.standing.seals()
    memory.sealed_at = {name: at for name, at in memory.sealed_at.items() if name in still}
