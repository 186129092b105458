"""Who has signed and who still must: roles in scope, separations, numbers, waivers, assurance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.models.swift import swift
from nearmiss.policy.dossier import values_at
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.guards.table import CIRCUMSTANCES
from nearmiss.policy.proving import ASSURANCES, HOW_PROVEN, origin_of
from nearmiss.policy.roles import able_to_sign, roles_for
from nearmiss.policy.statement_keys import key_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from nearmiss.models.people import Person
    from nearmiss.policy.dossier import Origin, SignedFile
    from nearmiss.policy.steps import Step
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Signers, Transition


@swift
@dataclass(frozen=True, kw_only=True)
class Proof:
    """What git knows about the origin of a sign-off file, beyond what the file itself proves.

    `claimed_by` is the handle whose registered address the commit that added the file carries; None where nobody has
    looked, an empty text where it is nobody's. `outdated` says why a review on a forge is not one of what is proposed.
    """

    claimed_by: str | None = None
    outdated: str = ""


NO_PROOF = Proof()
"""What is known where nobody has looked: a claim."""


def judge_approval(
    step: Step, file: SignedFile, record: Mapping[str, Any], proof: Proof, *, intact: bool
) -> Iterator[Finding]:
    """Judge one approval of a step under the policy version that the step names.

    Where the record has moved on since (`intact` is false), what depends on its content is left to the audit.
    """
    said = file.statement
    person = step.version.people.find(said["by"])
    if person is None or not person.is_active:
        yield _of(file, "signer-unknown", f"{said['by']} was nobody who may act under version {step.version.number}")
        return
    origin = origin_of(file, step.version)
    yield from _judge_identity(file, person, proof, origin)
    yield from _judge_claims(step.version, file, person, origin)
    signers = step.transition.signers
    if said["role"] not in _signing_roles(step, record, intact=intact):
        yield _of(file, "signer-role", f"the role {said['role']} does not sign {step.transition.name}")
    elif said["role"] not in _roles(step, person, record, intact=intact):
        yield _of(file, "signer-role", f"{said['by']} does not hold the role {said['role']} for this record")
    if person.kind != "person":
        yield _of(file, "signer-service", f"{said['by']} is a service; only people sign")
    waived = waived_rule(step, file)
    if signers.contributors == "never" and said["by"] in said["contributors"] and waived != "contributor-signs":
        yield _of(file, "contributor-signs", f"{said['by']} wrote part of what is signed and may not approve it")
    for where in barred(step.transition, context_of(step, record), said["by"]) if intact else ():
        yield _of(file, "signer-separated", f"{said['by']} is named in {where} and may not sign {step.transition.name}")
    if step.transition.reason == "required" and not said.get("because"):
        yield _of(file, "reason-missing", f"it gives no reason, and {step.transition.name} needs one")
    yield from _judge_waiver(file, waived)
    if said["meaning"] != step.transition.meaning:
        yield _of(file, "meaning-differs", "its meaning is not in the words of the policy")


def judge_objection(file: SignedFile, version: PolicyVersion | None, proof: Proof) -> Iterator[Finding]:
    """Judge whose word an objection is, under the policy version that it names; None where that is not on record.

    Everybody may object, in any role. But what is kept in somebody's name is theirs.
    """
    hint = "take this file out; whoever objects gives their own word: nearmiss object"
    yield from (replace(finding, hint=hint) for finding in _of_objector(file, version, proof))


def _of_objector(file: SignedFile, version: PolicyVersion | None, proof: Proof) -> Iterator[Finding]:
    by, named = file.statement["by"], file.statement["policy"]
    if version is None or version.rules_digest != named["rules"]:
        what = f"it names policy version {named['version']} with rules that are not on record"
        yield _of(file, "policy-version-unknown", what)
        return
    person = version.people.find(by)
    if person is None or not person.is_active:
        yield _of(file, "signer-unknown", f"{by} was nobody who may act under version {version.number}")
        return
    if person.kind != "person":
        yield _of(file, "signer-service", f"{by} is a service; only people object")
    origin = origin_of(file, version)
    yield from _judge_identity(file, person, proof, origin)
    yield from _judge_claims(version, file, person, origin)


def _judge_waiver(file: SignedFile, waived: str) -> Iterator[Finding]:
    said = file.statement
    if waived:
        yield Finding(
            code="rule-waived",
            severity=Severity.NOTE,
            message=f"sign-off {file.name} waives {waived}: {said['waiver']['because']}",
            hint="policy allows it; it is counted",
            path=file.path,
        )
    elif said.get("waiver"):
        yield _of(
            file, "waiver-not-allowed", f"policy does not let a {said['role']} waive {said['waiver']['rule']} here"
        )


def _signing_roles(step: Step, record: Mapping[str, Any], *, intact: bool) -> set[str]:
    """Roles that sign a step; one that only a circumstance calls in counts only in that circumstance."""
    signers = step.transition.signers
    more = {entry.role for entry in signers.more if entry.role}
    if more and intact:
        more.intersection_update(quorum(step.transition, context_of(step, record)).roles)
    return {*signers.roles, *more}


def _roles(step: Step, person: Person, record: Mapping[str, Any], *, intact: bool) -> frozenset[str]:
    if intact:
        return roles_for(step.version.people, person, record)
    return frozenset(grant.role for grant in step.version.people.grants_of(person))


def _judge_identity(file: SignedFile, person: Person, proof: Proof, origin: Origin) -> Iterator[Finding]:
    if origin.code:
        yield _of(file, origin.code, origin.problem)
    elif person.live_keys and origin.assurance == "asserted":
        yield _of(file, "signature-missing", f"{person.handle} has a registered key, so a bare claim does not count")
    if origin.assurance == "forge" and proof.outdated:
        yield _of(file, "review-outdated", proof.outdated)
    claimed = proof.claimed_by is not None and origin.assurance == "asserted" and not origin.code
    if claimed and proof.claimed_by != person.handle:
        whose = proof.claimed_by or "nobody on the list of people"
        yield _of(file, "claim-mismatch", f"it speaks for {person.handle}, but the commit that adds it is by {whose}")


def _judge_claims(version: PolicyVersion, file: SignedFile, person: Person, origin: Origin) -> Iterator[Finding]:
    """What a statement says of its own origin is read by people later, so it says nothing that nobody verified."""
    said = file.statement
    if said["policy"]["version"] == version.number and said["name"] != person.name:
        yield _of(file, "name-differs", f"it prints the name {said['name']!a}, and {person.handle} is {person.name!a}")
    if origin.assurance != "forge" and not origin.code and (said["time_source"] != "client" or said.get("review")):
        yield _of(file, "forge-unproven", "it speaks of a time or a review that only a forge or server could attest")


def context_of(step: Step, record: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> StepContext:
    """Return what circumstances may look at; only the files of today are known where nobody says what was before."""
    return StepContext(before=before, after=record, transition=step.transition, policy=step.version)


def barred(transition: Transition, context: StepContext, handle: str) -> Iterator[str]:
    """Yield the record paths that keep a person from signing."""
    for path in _barring(transition, context):
        if handle in handles_at(context.after, path) or handle in context.former.get(path, ()):
            yield path


def _barring(transition: Transition, context: StepContext) -> list[str]:
    paths = list(transition.signers.never)
    for rule in transition.signers.never_if:
        if context.before is not None and CIRCUMSTANCES[rule.when](context):
            paths.extend(rule.paths)
    return paths


def handles_at(record: Mapping[str, Any], path: str) -> set[str]:
    """Return the handles at a record path; an external owner is there with the sponsor."""
    many = path.endswith("[]")
    found: set[str] = set()
    for _, value in values_at(record, path.removesuffix("[]")):
        for entry in value if many else [value]:
            if isinstance(entry, str):
                found.add(entry)
            elif isinstance(entry, dict) and isinstance(entry.get("sponsor"), str):
                found.add(entry["sponsor"])
    return found


@swift
@dataclass(frozen=True, kw_only=True)
class Quorum:
    """How many people must sign a step, and the roles of which one must be among them."""

    count: int
    roles: tuple[str, ...]
    least_assurance: str


def quorum(transition: Transition, context: StepContext) -> Quorum:
    """Return who must sign a step, given the risk band and the circumstances of the record."""
    signers: Signers = transition.signers
    band = context.policy.band(context.after)
    count, roles, least = signers.count.at(band.band if band else None), [], ASSURANCES.index(signers.assurance)
    for more in signers.more:
        if CIRCUMSTANCES[more.when](context):
            count = max(count, more.count or 1)
            roles += [more.role] if more.role else []
            least = max(least, ASSURANCES.index(more.assurance or ASSURANCES[0]))
    return Quorum(count=count, roles=tuple(roles), least_assurance=ASSURANCES[least])


def signers_missing(
    step: Step, record: Mapping[str, Any], before: Mapping[str, Any] | None = None, *, wanted: Quorum | None = None
) -> tuple[str, ...]:
    """Say in words which signatures a step still lacks; empty when it is complete.

    People are counted, not keys or files, and only approvals that reach the least assurance. `before` is what the
    record said before the step, where that is known, and `wanted` who must sign it, where somebody has asked already.
    """
    wanted = wanted or quorum(step.transition, context_of(step, record, before))
    counted = [file.statement for file in step.approvals if reaches(file, step.version, wanted.least_assurance)]
    lacking = wanted.count - len({said["by"] for said in counted})
    missing = [f"{lacking} more of {', '.join(step.transition.signers.roles)}"] if lacking > 0 else []
    missing += [f"one {role}" for role in wanted.roles if role not in {said["role"] for said in counted}]
    return tuple(f"{one}{HOW_PROVEN[wanted.least_assurance]}" for one in missing)


def reaches(file: SignedFile, version: PolicyVersion, least: str) -> bool:
    """Say whether it is sure enough who gave an approval; what asks for nothing is not looked at."""
    return least == ASSURANCES[0] or ASSURANCES.index(origin_of(file, version).assurance) >= ASSURANCES.index(least)


def keyless(candidates: Iterable[str], version: PolicyVersion, least: str) -> tuple[str, ...]:
    """Return those of whom nothing is listed yet by which they could reach an assurance."""
    persons = [version.people.find(handle) for handle in candidates]
    return tuple(person.handle for person in persons if person is not None and not can_prove(person, version, least))


def in_turn(candidates: Iterable[str], without: Collection[str]) -> str:
    """Name who may sign, and say of whom no key is listed yet."""
    return ", ".join(f"{handle} (no key listed yet)" if handle in without else handle for handle in candidates)


def can_prove(person: Person, version: PolicyVersion, least: str) -> bool:
    """Say whether anything is listed by which a person can reach an assurance: a key, or an account and a service."""
    if person.live_keys or least == ASSURANCES[0]:
        return True
    attested = any(one.kind == "service" and one.is_active and one.live_keys for one in version.people.people)
    return least == "forge" and bool(person.accounts) and attested


def may_sign(
    transition: Transition,
    context: StepContext,
    contributors: Iterable[str],
    closers: Iterable[str] = (),
    wanted: Quorum | None = None,
) -> list[Person]:
    """Return the people who may sign a step: in a role for it, no contributor, not named where they must not be."""
    wanted = wanted or quorum(transition, context)
    roles = {*transition.signers.roles, *wanted.roles}
    away = set(contributors) if transition.signers.contributors == "never" else set()
    away |= set(closers) if transition.signers.never_closers else set()
    for path in _barring(transition, context):
        away |= handles_at(context.after, path) | set(context.former.get(path, ()))
    return [
        person
        for person in able_to_sign(context.policy.people, context.after, roles=roles)
        if person.handle not in away
    ]


def way_out(transition: Transition) -> str:
    """Where nobody may sign, policy may let somebody waive what keeps them from it; else somebody must be added."""
    if not transition.waivable:
        return "nobody on the list of people; a policy change can add somebody"
    rule = transition.waivable[0]
    return f"nobody but by waiving: a {' or '.join(rule.by)} adds --waive {rule.rule} --because …"


def waived_rule(step: Step, file: SignedFile) -> str:
    """Return the rule that a statement waives, where policy lets its signer waive it."""
    waiver = file.statement.get("waiver")
    if not waiver:
        return ""
    rule = str(waiver["rule"])
    allowed = any(entry.rule == rule and file.statement["role"] in entry.by for entry in step.transition.waivable)
    return rule if allowed else ""


def waivable_by(version: PolicyVersion, transition: Transition, handle: str, record: Mapping[str, Any]) -> list[str]:
    """Return the rules that a person may waive for a step."""
    person = version.people.find(handle)
    held = roles_for(version.people, person, record) if person else frozenset()
    return [entry.rule for entry in transition.waivable if not held.isdisjoint(entry.by)]


def _of(file: SignedFile, code: str, message: str) -> Finding:
    return Finding(
        code=code,
        message=f"sign-off {file.name}: {message}",
        hint="this sign-off does not count; somebody who may sign approves instead",
        path=file.path,
        field=key_of(code),
    )
