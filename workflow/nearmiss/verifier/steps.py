"""Whether one step may be taken: the transition, what it needs and seals, who signed it, and who must not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.needs import GUARDS, Asked, band_of, circumstances, lowered, missing, owners, values_at
from nearmiss.verifier.plain import digest
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.sign_offs import ASSURANCE, SignOff, Standing, assurance_of, bound

REASSESSING = ("investigate", "reassess")
TOUCHED_ONLY = ("correct", "redact")
HELD = ("severity_potential", "level")


@dataclass(frozen=True, kw_only=True)
class Derived:
    """Who, by the commits, wrote what a step seals; `unknown` are addresses that are nobody's."""

    handles: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step to be judged: the record before and after, its files, and what the history knows."""

    subject: str
    path: str
    instance: str
    policy: Policy
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    approvals: Sequence[SignOff]
    objections: Sequence[SignOff]
    derived: Derived
    highest: Mapping[str, Any] = field(default_factory=dict)
    earlier_owners: frozenset[str] = frozenset()

    @property
    def said(self) -> Mapping[str, Any]:
        """Return what the approvals state alike."""
        return self.approvals[0].statement

    @property
    def transition(self) -> Mapping[str, Any] | None:
        """Return the transition as the policy of the base has it."""
        return self.policy.transition(self.said["transition"])

    def fault(self, code: str, field_: str, says: str, *, path: str = "") -> Fault:
        """Return a fault of this step."""
        step = f"{self.said['seq']} ({self.said['transition']})"
        return Fault(code=code, path=path or self.path, record=self.subject, step=step, field=field_, says=says)


def judge_step(step: Step, standing: Standing) -> Iterator[Fault]:
    """Yield everything that is wrong with a step which is taken from where the record stands."""
    for sign_off in [*step.approvals, *step.objections]:
        for fault in bound(sign_off, instance=step.instance, subject=step.subject, previous=standing.previous):
            yield fault.at(record=step.subject)
    if any(sign_off.shared() != step.approvals[0].shared() for sign_off in step.approvals):
        yield step.fault("sign-off-set-differs", "statement", "two approvals of this step approve different things")
    yield from _under_the_base(step)
    transition = step.transition
    if transition is None:
        yield step.fault("transition-illegal", "statement.transition", "the workflow knows no such transition")
        return
    yield from _way(step, transition, standing)
    yield from _content(step, transition)
    yield from _needs(step, transition, standing)
    yield from judge_signers(step, transition, standing)
    yield from _lowering(step)


def _under_the_base(step: Step) -> Iterator[Fault]:
    for sign_off in step.approvals:
        named = sign_off.statement["policy"]
        if named["rules"] != step.policy.rules_digest or named["version"] > step.policy.version:
            says = f"it was given under other rules than those of version {step.policy.version}, which is in force"
            yield step.fault("policy-moved", "statement.policy", says, path=sign_off.path)


def _way(step: Step, transition: Mapping[str, Any], standing: Standing) -> Iterator[Fault]:
    said, kind = step.said, transition["kind"]
    if said["from"] != standing.state:
        yield step.fault(
            "no-such-step", "statement.from", f"the record stands at {standing.state}, not at {said['from']}"
        )
    if said["from"] not in transition["from"]:
        yield step.fault(
            "transition-illegal", "statement.from", f"{transition['name']} does not start at {said['from']}"
        )
    targets = [said["from"]] if kind == "keep" else transition.get("to", [])
    if said["to"] not in targets:
        yield step.fault("transition-illegal", "statement.to", f"{transition['name']} does not lead to {said['to']}")
    if kind == "back" and (said["to"] == standing.state or not standing.reached(said["to"])):
        yield step.fault("target-never-reached", "statement.to", f"the record never was at {said['to']}")
    if transition.get("reason") == "required" and not said.get("because"):
        yield step.fault("reason-missing", "statement.because", "the step needs a reason, and none is given")
    for sign_off in step.approvals:
        if sign_off.statement["meaning"] != transition["meaning"]:
            yield step.fault(
                "meaning-differs", "statement.meaning", "it is not in the policy's words", path=sign_off.path
            )


def sealed_by(transition: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the sections, and `title`, that a step seals: those that are there, or those that a correction changed."""
    names = [name for name in transition.get("seals", []) if name in after]
    if transition["name"] in TOUCHED_ONLY:
        return [name for name in names if name not in before or digest(before[name]) != digest(after[name])]
    return names


def _content(step: Step, transition: Mapping[str, Any]) -> Iterator[Fault]:
    content = step.said["content"]
    stated = dict(content.get("sections", {})) | ({"title": content["title"]} if "title" in content else {})
    wanted = sealed_by(transition, step.before, step.after)
    for name in sorted({*stated, *wanted}):
        where = "statement.content.title" if name == "title" else f"statement.content.sections.{name}"
        if name not in wanted:
            yield step.fault("sign-off-content", where, f"it is bound to {name}, which this step does not seal")
        elif name not in stated:
            yield step.fault("sign-off-content", where, f"it is not bound to {name}, which this step seals")
        elif stated[name] != digest(step.after[name]):
            says = f"{name} is not what was signed off by {step.approvals[0].name}"
            yield step.fault("sealed-section-changed", where, says)
    if transition["name"] in TOUCHED_ONLY and not wanted:
        yield step.fault("sign-off-content", "statement.content", "nothing was corrected")


def _needs(step: Step, transition: Mapping[str, Any], standing: Standing) -> Iterator[Fault]:
    asked = asked_of(step, standing)
    for code, where, says in missing(transition, step.after):
        yield step.fault(code, where, says)
    for name in transition.get("guards", []):
        if name not in GUARDS:
            yield step.fault("policy-name-unknown", name, f"no guard is called {name}")
            continue
        for code, where, says in GUARDS[name](asked):
            yield step.fault(code, where, says)


def asked_of(step: Step, standing: Standing) -> Asked:
    """Return what guards and circumstances look at."""
    touched = frozenset(
        name for name in {*step.before, *step.after} - {"state"} if step.before.get(name) != step.after.get(name)
    )
    return Asked(
        before=step.before,
        after=step.after,
        rules=step.policy.rules,
        holds_role=lambda handle, role: step.policy.holds(handle, role, step.after),
        plan_signed_on=standing.plan_signed_on,
        touched=touched,
    )


def judge_signers(step: Step, transition: Mapping[str, Any], standing: Standing) -> Iterator[Fault]:
    """Yield what is wrong with who signed: each of them, all together, and who objects."""
    rules = transition["signers"]
    around = circumstances(asked_of(step, standing)) if step.subject != "policy" else set()
    more = [extra for extra in rules.get("more", []) if extra["when"] in around]
    allowed = [*rules["roles"], *(extra["role"] for extra in more if "role" in extra)]
    least = max(ASSURANCE.index(part.get("assurance", ASSURANCE[0])) for part in (rules, *more))
    barred = _barred(step, rules, around, standing)
    counted: dict[str, str] = {}
    for sign_off in step.approvals:
        wrong = list(_signer(step, sign_off, allowed, standing)) + list(_separation(step, transition, sign_off, barred))
        yield from wrong
        if not wrong and ASSURANCE.index(assurance_of(sign_off, step.policy)[0]) >= least:
            counted[sign_off.statement["by"]] = sign_off.statement["role"]
    yield from _contributors(step)
    band = band_of(step.after, step.policy.rules).get("band") if step.subject != "policy" else None
    count = rules.get("count", {})
    wanted = max(
        [count.get("bands", {}).get(band, count.get("default", 1)), *(extra.get("count", 1) for extra in more)]
    )
    if len(counted) < wanted:
        yield step.fault(
            "sign-off-missing",
            "",
            f"{len(counted)} of {wanted} sign-offs are there that count, each at least {ASSURANCE[least]}",
        )
    for extra in more:
        if "role" in extra and extra["role"] not in counted.values():
            yield step.fault("sign-off-missing", "", f"nobody signed as {extra['role']}, which is needed here")
    for objection in step.objections:
        said = objection.statement
        if said["content"] == step.said["content"] and said["by"] not in counted:
            yield step.fault(
                "objection-stands",
                "statement.verdict",
                f"{said['by']} objects to this very content",
                path=objection.path,
            )


def _signer(step: Step, sign_off: SignOff, allowed: Sequence[str], standing: Standing) -> Iterator[Fault]:
    said = sign_off.statement
    by, role = said["by"], said["role"]
    person = step.policy.person(by)

    def wrong(code: str, where: str, says: str) -> Fault:
        return step.fault(code, f"statement.{where}", says, path=sign_off.path)

    if person is None or not person.get("active", True):
        yield wrong("signer-unknown", "by", f"{by} is not on the list of people, or not active")
        return
    if person["kind"] != "person":
        yield wrong("signer-service", "by", f"{by} is a service, and a person signs")
    if said["name"] != person["name"]:
        yield wrong("name-differs", "name", f"{by} is called {person['name']}")
    if role not in allowed:
        yield wrong("signer-role", "role", f"the role {role} does not sign this step")
    elif not step.policy.holds(by, role, step.after):
        yield wrong("signer-role", "role", f"{by} does not hold the role {role} for this record")
    _, code, why = assurance_of(sign_off, step.policy)
    if why:
        yield wrong(code, "by", why)
    if _day(said["at"]) < _day(standing.latest_at):
        yield wrong(
            "date-backwards",
            "at",
            f"it is dated before the step that it follows, which was signed at {standing.latest_at}",
        )


def _day(instant: str) -> date:
    try:
        return date.fromisoformat(instant[:10])
    except ValueError:
        return date.min


def objector(objection: SignOff, policies: Mapping[int, Policy]) -> Iterator[Fault]:
    """Yield why an objection is not the word of whom it names; everybody may object, in no role."""
    said = objection.statement
    by, policy = said["by"], policies.get(said["policy"]["version"])

    def wrong(code: str, where: str, says: str) -> Fault:
        return Fault(code=code, path=objection.path, field=f"statement.{where}", says=says)

    if policy is None or policy.rules_digest != said["policy"]["rules"]:
        yield wrong("policy-version-unknown", "policy", "it names a policy that is not on record")
        return
    person = policy.person(by)
    if person is None or not person.get("active", True):
        yield wrong("signer-unknown", "by", f"{by} is not on the list of people, or not active")
        return
    if person["kind"] != "person":
        yield wrong("signer-service", "by", f"{by} is a service, and a person objects")
    if said["name"] != person["name"]:
        yield wrong("name-differs", "name", f"{by} is called {person['name']}")
    _, code, why = assurance_of(objection, policy)
    if why:
        yield wrong(code, "by", why)


def _separation(
    step: Step, transition: Mapping[str, Any], sign_off: SignOff, barred: Mapping[str, str]
) -> Iterator[Fault]:
    said = sign_off.statement
    waiver = said.get("waiver")
    waives = [
        w["rule"]
        for w in transition.get("waivable", [])
        if waiver and w["rule"] == waiver["rule"] and said["role"] in w["by"]
    ]
    if waiver and not waives:
        says = f"policy does not let {said['role']} waive {waiver['rule']} here"
        yield step.fault("waiver-not-allowed", "statement.waiver", says, path=sign_off.path)
    wrote = said["by"] in {*said["contributors"], *step.derived.handles}
    may = transition["signers"].get("contributors", "never") == "allowed" or "contributor-signs" in waives
    if wrote and not may:
        says = f"{said['by']} wrote part of what is signed"
        yield step.fault("contributor-signs", "statement.by", says, path=sign_off.path)
    if said["by"] in barred:
        code = "closer-signs" if barred[said["by"]] == "closer" else "signer-separated"
        says = f"{said['by']} must not sign this step: {barred[said['by']]}"
        yield step.fault(code, "statement.by", says, path=sign_off.path)


def _barred(step: Step, rules: Mapping[str, Any], around: set[str], standing: Standing) -> dict[str, str]:
    """Return who must not sign, with the reason: a path of the record, or having signed the closing."""
    paths = [
        *rules.get("never", []),
        *(p for extra in rules.get("never_if", []) if extra["when"] in around for p in extra["paths"]),
    ]
    barred = {handle: path for path in paths for handle in _people_at(step, path)}
    if rules.get("never_closers") and standing.layers:
        closing = next((layer for layer in reversed(standing.layers) if layer.forward), standing.layers[-1])
        barred |= dict.fromkeys(closing.signers, "closer")
    return barred


def _people_at(step: Step, path: str) -> set[str]:
    found = {value.get("sponsor") if isinstance(value, dict) else value for value in values_at(step.after, path)}
    if path.startswith("action_plan.actions[].owner"):
        found |= owners(step.after) | step.earlier_owners
    return {handle for handle in found if isinstance(handle, str)}


def _contributors(step: Step) -> Iterator[Fault]:
    stated = set(step.said["contributors"])
    for handle in sorted(step.derived.handles - stated):
        says = f"{handle} wrote part of what is signed, by the commits, and is not stated as a contributor"
        yield step.fault("contributor-missing", "statement.contributors", says)
    for address in sorted(step.derived.unknown):
        says = f"part of what is signed was written by {address}, who is nobody on the list of people"
        yield step.fault("author-unknown", "statement.contributors", says)
    for handle in sorted(stated):
        if step.policy.person(handle) is None:
            yield step.fault("person-unknown", "statement.contributors", f"{handle} is nobody on the list of people")


def _lowering(step: Step) -> Iterator[Fault]:
    """Severity and level fall only by a step that assesses, signed by somebody else than the one who lowers them."""
    fallen = lowered({"assessment": step.highest}, step.after, HELD)
    if fallen and step.transition and step.transition["name"] not in REASSESSING:
        yield step.fault(
            "risk-lowered", f"assessment.{fallen[0]}", "it falls, and this step does not assess the risk again"
        )
    if fallen and {s.statement["by"] for s in step.approvals} <= {
        *values_at(step.after, "assessment.assessed_by"),
        *step.derived.handles,
    }:
        yield step.fault("risk-lowered", f"assessment.{fallen[0]}", "it falls, and nobody agreed but who lowers it")
