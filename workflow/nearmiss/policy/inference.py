"""Which steps a change proposes: those that its sign-offs name, and those that only the change itself shows so far."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.models.values import REDACTED
from nearmiss.policy.findings import Finding
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.guards.corrections import new_corrections
from nearmiss.policy.proving import HOW_PROVEN
from nearmiss.policy.signing import quorum
from nearmiss.policy.stack import has_been
from nearmiss.policy.standing import Standing
from nearmiss.policy.steps import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition


def propose(
    past: Standing, standing: Standing, before: Dossier, after: Dossier, policy: PolicyVersion, *, intended: str
) -> tuple[list[Step], list[Finding]]:
    """Return the steps that lead from `before` to `after`, signed or not yet, and what cannot be explained by any."""
    taken = [*standing.steps, *([standing.waiting] if standing.waiting else [])]
    steps = [step for step in taken if step.seq >= past.next_seq]
    transitions, findings = _unsigned(standing, before, after, policy, signed=bool(steps))
    aim = policy.workflow.transition(intended or _objected_to(standing, before))
    if aim is not None and aim.kind == "keep" and after.state in aim.from_ and not steps:
        transitions = [aim]
    state, seq = standing.state, len(taken) + 1
    for transition in transitions:
        to = state if transition.kind == "keep" else _target(transition, state, after)
        step = _unsigned_step(transition, seq, state, to, before, after, policy)
        steps.append(replace(step, objections=standing.objections))
        state, seq = to, seq + 1
    return steps, findings


def _objected_to(standing: Standing, before: Dossier) -> str:
    """Return the transition to which this very change brings an objection, though nobody has approved it yet."""
    known = {file.path for file in before.sign_offs}
    return next((file.statement["transition"] for file in standing.objections if file.path not in known), "")


def _target(transition: Transition, state: str, after: Dossier) -> str:
    targets = transition.targets(state)
    return after.state if after.state in targets else targets[0]


def _unsigned(
    standing: Standing, before: Dossier, after: Dossier, policy: PolicyVersion, *, signed: bool
) -> tuple[Sequence[Transition], list[Finding]]:
    """Return the transitions that no sign-off names yet but that the change can only mean."""
    if after.state != standing.state:
        return _moves(standing, after, policy)
    if signed:
        return (), []
    return _keeps(standing, before, after, policy), []


def _moves(standing: Standing, after: Dossier, policy: PolicyVersion) -> tuple[Sequence[Transition], list[Finding]]:
    workflow = policy.workflow
    direct = [
        transition
        for transition in workflow.leaving(standing.state)
        if transition.kind != "keep" and after.state in transition.targets(standing.state)
    ]
    if direct:
        return direct[:1], _never_reached(direct[0], standing, after, policy)
    path = workflow.forward_path(standing.state, after.state)
    if path and after.level in workflow.close_levels:
        return path, []
    if path:
        between = " and ".join(transition.to[0] for transition in path[:-1])
        message = f"the record goes from {standing.state} to {after.state} and leaves out {between}"
        levels = " or ".join(workflow.close_levels)
        hint = f"take one step at a time: nearmiss advance {after.id}; all at once only at assessment.level {levels}"
    else:
        message = f"no step leads from {standing.state} to {after.state}"
        hint = "steps from here: " + ", ".join(transition.name for transition in workflow.leaving(standing.state))
    return (), [Finding(code="no-such-step", message=message, hint=hint, field=("state",))]


def _never_reached(transition: Transition, standing: Standing, after: Dossier, policy: PolicyVersion) -> list[Finding]:
    """A record is only sent back to where it has been."""
    target = after.state
    been = has_been(standing.stack, target, first_state=policy.workflow.first_state)
    if transition.kind != "back" or been:
        return []
    message = f"the record was never {target}, so {transition.name} cannot take it there"
    hint = f"choose {policy.workflow.first_state}"
    return [Finding(code="target-never-reached", message=message, hint=hint, field=("state",))]


def _keeps(standing: Standing, before: Dossier, after: Dossier, policy: PolicyVersion) -> Sequence[Transition]:
    """Return the transition that renews the seals which a change breaks; of several, the most particular."""
    workflow = policy.workflow
    broken = {part for part, seal in standing.seals.items() if after.digest_of(part) != seal.digest}
    corrections = new_corrections(before.data, after.data)
    if corrections:
        name = "redact" if all(entry.get("now") == REDACTED for entry in corrections) else "correct"
        correcting = workflow.transition(name)
        return [correcting] if correcting and after.state in correcting.from_ else []
    renewing = [
        transition
        for transition in workflow.leaving(after.state)
        if transition.kind == "keep" and broken and broken <= set(transition.seals)
    ]
    return sorted(
        (transition for transition in renewing if "corrections" not in transition.seals),
        key=lambda transition: len(transition.seals),
    )[:1]


def _unsigned_step(
    transition: Transition, seq: int, from_: str, to: str, before: Dossier, after: Dossier, policy: PolicyVersion
) -> Step:
    parts = parts_sealed(transition, before, after)
    context = StepContext(before=before.data, after=after.data, transition=transition, policy=policy)
    wanted = quorum(transition, context)
    missing = [f"{wanted.count} of {', '.join(transition.signers.roles)}", *(f"one {role}" for role in wanted.roles)]
    return Step(
        seq=seq,
        transition=transition,
        from_=from_,
        to=to,
        version=policy,
        approvals=(),
        objections=(),
        sections={part: after.digest_of(part) for part in parts},
        missing=tuple(f"{one}{HOW_PROVEN[wanted.least_assurance]}" for one in missing),
    )


def parts_sealed(transition: Transition, before: Dossier, after: Dossier) -> tuple[str, ...]:
    """Return the parts that a step seals: all it is made for, or, for one that may touch anything, what it touches."""
    if "corrections" in transition.seals:
        return tuple(part for part in transition.seals if before.digest_of(part) != after.digest_of(part))
    return tuple(transition.seals)
