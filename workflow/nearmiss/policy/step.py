"""The heart: one step judged, from the record before to the record after, by the policy in force on its base."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nearmiss.models.assessment import LEVELS
from nearmiss.models.swift import swift
from nearmiss.policy.changes import judge_unsigned_changes
from nearmiss.policy.dossier import Dossier, get
from nearmiss.policy.facts import NEVER_ASSESSED, Authorship, Held
from nearmiss.policy.findings import Finding, Severity, has_errors
from nearmiss.policy.guards.context import StepContext, rank
from nearmiss.policy.inference import parts_sealed, propose
from nearmiss.policy.needs import judge_content
from nearmiss.policy.proposed import Proposed, objection_in
from nearmiss.policy.separation import judge_authors, judge_signers
from nearmiss.policy.signing import (
    Proof,
    in_turn,
    judge_approval,
    judge_objection,
    keyless,
    may_sign,
    quorum,
    reaches,
    signers_missing,
    way_out,
)
from nearmiss.policy.stack import sealed_parts
from nearmiss.policy.standing import Register, Standing, closers_of, judge_seals, judge_standing, replay
from nearmiss.policy.statement_keys import key_of
from nearmiss.policy.structure import judge_record_structure, unknown_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.signing import Quorum
    from nearmiss.policy.steps import Step
    from nearmiss.policy.version import PolicyVersion


@swift
@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The outcome: findings, and the steps that are proposed. `verdict` is pass, waiting or refuse."""

    findings: tuple[Finding, ...]
    proposed: tuple[Proposed, ...] = ()

    @property
    def verdict(self) -> str:
        """`refuse` with any error, `waiting` while only signatures are missing, else `pass`."""
        if has_errors(self.findings):
            return "refuse"
        return "waiting" if any(finding.severity is Severity.WAITING for finding in self.findings) else "pass"


def judge_step(
    before: Dossier | None,
    after: Dossier,
    *,
    register: Register,
    authorship: Authorship,
    held: Held = NEVER_ASSESSED,
    intended: str = "",
) -> Judgement:
    """Judge the way of one record from `before` (None: it is new) to `after`.

    `register.newest` is the policy in force on the base; past steps are judged by the version they name. The working
    tree, a request, a merge and an audit all ask this one function. `intended` is the transition that a proposal says
    it is about; it can only add a refusal, when the change itself does not show what is waited for.
    """
    policy = register.newest
    findings = [*judge_record_structure(after.data, terms=policy.terms, notes=after.notes)]
    findings += unknown_state(after.data, [state.state for state in policy.workflow.states])
    if findings:
        return Judgement(findings=_placed(findings, after))
    if before is None:
        findings = [*judge_standing(after, register)[1], *_judge_new(after, policy)]
        return Judgement(findings=_placed(findings, after))
    past = replay(before, register)
    standing, findings = judge_standing(after, register, since=past.next_seq)
    findings += _judge_kept(before, after)
    findings += _judge_frozen(before, after, past)
    findings += _judge_objections(before, after, register)
    steps, unexplained = propose(past, standing, before, after, policy, intended=intended)
    findings += unexplained
    findings += _judge_run(steps, after, policy)
    findings += _judge_restored(steps, standing, after)
    findings = [finding for finding in findings if not _explained(finding, steps, standing, after)]
    findings += judge_unsigned_changes(before, after, transitions=[step.transition for step in steps])
    findings += _judge_lowering(before, after, held, standing, steps)
    proposed = tuple(_judge_proposed(step, before, after, past, register, authorship, held, findings) for step in steps)
    return Judgement(findings=_placed(findings, after), proposed=proposed)


def _placed(findings: list[Finding], dossier: Dossier) -> tuple[Finding, ...]:
    """Say where each finding belongs, and each only once: two versions of a policy may find the same."""
    return tuple(dict.fromkeys(finding.at(record=dossier.id, path=dossier.path) for finding in findings))


def _judge_new(after: Dossier, policy: PolicyVersion) -> Iterator[Finding]:
    first = policy.workflow.first_state
    if after.state != first:
        hint = f"a record starts as {first} and is moved by nearmiss advance"
        yield Finding(code="not-first-state", message=f"a new record is {after.state}", hint=hint, field=("state",))
    if after.sign_offs:
        hint = "take the sign-offs out; a report needs nobody's approval"
        yield Finding(code="sign-off-early", message="a new record has sign-offs already", hint=hint)


def _judge_kept(before: Dossier, after: Dossier) -> Iterator[Finding]:
    """Sign-offs and attachments of before are in after, byte for byte."""
    now = {file.path: file.bytes_digest for file in after.sign_offs}
    for file in before.sign_offs:
        if now.get(file.path) != file.bytes_digest:
            verb = "was changed" if file.path in now else "is gone"
            message = f"sign-off {file.name} {verb}"
            hint = "restore it from the main branch; sign-offs are only ever added"
            yield Finding(code="sign-off-tampered", message=message, hint=hint, path=file.path)
    for name, attached in before.attachments.items():
        if name in after.attachments and after.attachments[name].sha256 != attached.sha256:
            message = f"attachment {name} was changed"
            yield Finding(code="attachment-changed", message=message, hint="attach the new version under a new name")


def _judge_frozen(before: Dossier, after: Dossier, past: Standing) -> Iterator[Finding]:
    """Nobody joins the sign-offs of a step that is in force: the next step points back to exactly that set."""
    known = {file.path for file in before.sign_offs}
    for file in after.sign_offs:
        if file.path not in known and file.statement["seq"] < past.next_seq:
            message = f"sign-off {file.name} joins step {file.statement['seq']}, which is in force already"
            field = key_of("sign-off-late")
            yield Finding(code="sign-off-late", message=message, hint="take the file out", path=file.path, field=field)


def _judge_objections(before: Dossier, after: Dossier, register: Register) -> Iterator[Finding]:
    """A new objection stays in the record for good, so it is the word of whom it names; older ones were judged."""
    known = {file.path for file in before.sign_offs}
    for file in after.sign_offs:
        if file.statement["verdict"] == "object" and file.path not in known:
            version = register.versions.get(file.statement["policy"]["version"])
            yield from judge_objection(file, version, register.proofs.get(file.path, Proof()))


def _judge_lowering(
    before: Dossier, after: Dossier, held: Held, standing: Standing, steps: list[Step]
) -> Iterator[Finding]:
    """Severity or level falls below its highest value ever only by a signed step that judges the level.

    A change that lets a value stand, or raises it, is not blamed for how it once fell.
    """
    if any(_judges_level(step) for step in (*steps, *_sealing_assessment(after, standing))):
        return
    for name, least, highest in (
        ("severity_potential", 0, held.severity_potential),
        ("level", LEVELS[0], held.level),
    ):
        was, now = (get(dossier.data, "assessment", name) or least for dossier in (before, after))
        if rank(now) < min(rank(was), rank(highest)):
            yield Finding(
                code="risk-lowered",
                message=f"{name} falls to {now or 'nothing'} from {highest}, without anybody else agreeing",
                hint=f"propose it: nearmiss advance {after.id} --transition reassess --because …",
                field=("assessment", name),
            )


def _judges_level(step: Step) -> bool:
    return "level-at-floor" in step.transition.guards


def _sealing_assessment(after: Dossier, standing: Standing) -> list[Step]:
    """Return the step, if any, by which the assessment is sealed as it reads now."""
    seal = standing.seals.get("assessment")
    if seal is None or seal.digest != after.digest_of("assessment"):
        return []
    return [step for step in standing.steps if step.seq == seal.seq]


def _judge_run(steps: list[Step], after: Dossier, policy: PolicyVersion) -> Iterator[Finding]:
    """One change takes one step: only the last could be judged by what the record says then.

    The forward steps of a shallow case are the exception, since none of them undoes what another sealed.
    """
    forward = all(step.transition.kind == "forward" for step in steps)
    if len(steps) < 2 or (forward and after.level in policy.workflow.close_levels):  # noqa: PLR2004 - one is no run
        return
    names = ", ".join(step.transition.name for step in steps)
    yield Finding(
        code="several-steps",
        message=f"the change takes {len(steps)} steps at once: {names}",
        hint="take one step in each request; all forward ones may go together only at level "
        + " or ".join(policy.workflow.close_levels),
        field=("state",),
    )


def _explained(finding: Finding, steps: list[Step], standing: Standing, after: Dossier) -> bool:
    """A seal that is broken by a step that nobody has signed yet, and that renews or takes it off, is not a fault."""
    if finding.code != "sealed-section-changed":
        return False
    part = str(finding.field[0])
    unsigned = [step for step in steps if not step.approvals]
    return any(part in step.sections or _takes_off(step, part, standing, after) for step in unsigned)


def _judge_restored(steps: list[Step], standing: Standing, after: Dossier) -> Iterator[Finding]:
    """Once a step back is taken, each part says again what the steps below it signed; that is told before it is."""
    for step in steps:
        if step.transition.kind == "back" and not step.approvals:
            yield from judge_seals(after, replace(standing, stack=standing.stack_after(step)))


def _takes_off(step: Step, part: str, standing: Standing, after: Dossier) -> bool:
    """A step back leaves a part unsealed, or sealed to what the steps below it signed."""
    if step.transition.kind != "back":
        return False
    seal = replace(standing, stack=standing.stack_after(step)).seals.get(part)
    return seal is None or seal.digest == after.digest_of(part)


def _judge_proposed(
    step: Step,
    before: Dossier,
    after: Dossier,
    past: Standing,
    register: Register,
    authorship: Authorship,
    held: Held,
    findings: list[Finding],
) -> Proposed:
    context = StepContext(
        before=before.data,
        after=after.data,
        transition=step.transition,
        policy=register.newest,
        plan_since=past.plan_since,
        former=held.handles,
    )
    parts = {part: after.digest_of(part) for part in step.sections}
    derived = authorship.of(parts)
    wanted = quorum(step.transition, context)
    least = wanted.least_assurance

    # Most steps have all their signatures, and then nobody asks who else might have given one.
    def able() -> tuple[tuple[str, ...], tuple[str, ...]]:
        candidates = _candidates(step, context, derived, closers_of(past, before=step.seq), wanted)
        return candidates, keyless(candidates, register.newest, least)

    findings += judge_content(context)
    findings += judge_authors(step, derived, authorship)
    findings += _judge_binding(step, after, register)
    findings += _judge_coverage(step, before, after)
    findings += judge_signers(step, context, derived)
    missing = step.missing
    if step.approvals:
        is_newest = step.version is register.newest
        missing = signers_missing(step, after.data, before.data, wanted=wanted if is_newest else None)
    findings += _waiting(step, missing, parts, able)
    return Proposed(
        seq=step.seq,
        transition=step.transition,
        from_=step.from_,
        to=step.to,
        parts=parts,
        contributors=derived,
        signed=tuple(str(file.statement["by"]) for file in step.approvals),
        objections=tuple(objection_in(file) for file in _standing_objections(step, parts)),
        missing=missing,
        able=able,
        assurance=least,
    )


def _candidates(
    step: Step, context: StepContext, derived: frozenset[str], closers: frozenset[str], wanted: Quorum
) -> tuple[str, ...]:
    least = wanted.least_assurance
    signed = {file.statement["by"] for file in step.approvals if reaches(file, step.version, least)}
    return tuple(
        person.handle
        for person in may_sign(step.transition, context, derived, closers, wanted)
        if person.handle not in signed
    )


def _judge_binding(step: Step, after: Dossier, register: Register) -> Iterator[Finding]:
    """A proposed step is judged by the policy of its base, whichever version its sign-offs name."""
    policy = register.newest
    for file in step.approvals:
        if file.statement["policy"]["rules"] != policy.rules_digest:
            yield Finding(
                code="policy-moved",
                severity=Severity.WAITING,
                message=f"sign-off {file.name} was given under version {step.version.number} of the rules",
                hint=f"approve again under version {policy.number}",
                path=file.path,
                field=key_of("policy-moved"),
            )
        elif step.version.number != policy.number:
            under_base = replace(step, version=policy)
            proof = register.proofs.get(file.path, Proof())
            yield from judge_approval(under_base, file, after.data, proof, intact=True)


def _judge_coverage(step: Step, before: Dossier, after: Dossier) -> Iterator[Finding]:
    """A step that keeps the state seals all that it changes, not only what its sign-offs choose to name."""
    if step.transition.kind != "keep" or not step.approvals:
        return
    for part in parts_sealed(step.transition, before, after):
        if part in after.data and part not in step.sections:
            yield Finding(
                code="sign-off-stale",
                severity=Severity.WAITING,
                message=f"{part} belongs to this {step.transition.name}, and no sign-off is bound to it",
                hint="approve again",
                field=(part,),
            )


def _standing_objections(step: Step, parts: Mapping[str, str | None]) -> list[SignedFile]:
    """Return the objections to exactly this content by people who have not approved it since."""
    approved = {file.statement["by"] for file in step.approvals}
    return [
        file
        for file in step.objections
        if file.statement["by"] not in approved
        and (file.statement["transition"], file.statement["to"]) == (step.transition.name, step.to)
        and sealed_parts(step.transition, file.statement["content"]) == dict(parts)
    ]


def _waiting(
    step: Step,
    missing: tuple[str, ...],
    parts: Mapping[str, str | None],
    able: Callable[[], tuple[tuple[str, ...], tuple[str, ...]]],
) -> Iterator[Finding]:
    name = step.transition.name
    if missing:
        candidates, without = able()
        whose = f"who may: {in_turn(candidates, without)}" if candidates else way_out(step.transition)
        yield Finding(
            code="sign-off-missing",
            severity=Severity.WAITING,
            message=f"{name} waits for {' and '.join(missing)}",
            hint=whose,
        )
    for file in _standing_objections(step, parts):
        said = file.statement
        yield Finding(
            code="objection-stands",
            severity=Severity.WAITING,
            message=f"{said['by']} objects to {name}: {said.get('because', 'no reason given')}",
            hint="mend what is objected to, or ask for an approval in its place",
            path=file.path,
        )
