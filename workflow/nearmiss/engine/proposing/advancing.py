"""Advancing: the next step of a record as a branch with one commit, judged before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import (
    ProposalExistsError,
    ReasonNeededError,
    RefusedError,
    SeveralTransitionsError,
    UnknownTransitionError,
)
from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.proposing.branches import CLOSE, branch_name
from nearmiss.engine.proposing.drafting import attachment_paths
from nearmiss.engine.proposing.proposals import main_register, proposals
from nearmiss.engine.proposing.restoring import restoring_edits
from nearmiss.engine.races import require_unchanged
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.records.references import judge_new_references
from nearmiss.engine.records.workspace import locate_all, with_data
from nearmiss.engine.refusals import LostRaceError
from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import Dossier, get, listed
from nearmiss.policy.findings import has_errors, spell_field
from nearmiss.policy.guards.corrections import changed_values, new_corrections
from nearmiss.policy.stack import has_been
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register, Standing
    from nearmiss.policy.step import Judgement
    from nearmiss.policy.workflow import Transition


@dataclass(frozen=True, kw_only=True)
class Advanced:
    """A proposal that was made: its branch and commit, the steps in it, and what they wait for."""

    id: str
    branch: str
    commit: str
    main_branch: str
    steps: tuple[Proposed, ...]
    findings: tuple[Finding, ...]


def advance(
    desk: Desk,
    record_id: str,
    *,
    transition: str = "",
    to: str = "",
    because: str = "",
    edits: Sequence[Edit] = (),
    files: Mapping[str, bytes] | None = None,
    basis: Dossier | None = None,
) -> Advanced:
    """Propose the next step of a record on a branch of its own.

    The record of the main branch, with the edits, is judged as the gate will judge it; everything that is missing is
    raised at once as a RefusedError and nothing is written. Sign-offs are not missing: they are what the branch waits
    for. The person's checkout, index and branch are left alone. `basis` is the record that the edits were made from:
    where somebody has changed the same parts since, it is an OvertakenError. Where there are no edits, `basis` is the
    record that the person looked at, and none of its parts may have changed.
    """
    desk.require_branch()
    base, register = main_register(desk)
    dossier, raw = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    require_unchanged(basis, dossier, _parts_meant(basis, dossier, edits))
    step, target = choose(dossier, register, transition=transition, to=to)
    if step.reason == "required" and not because:
        raise ReasonNeededError(step.name)
    revised = desk.documents.revise(raw, edits)
    revised = prepared(desk, dossier, revised, step, target, because, base=base, register=register)
    seq = replay(dossier, register).next_seq
    branch = branch_name(dossier.id, seq, step.name)
    return _propose(desk, dossier, revised, branch, base, register, because=because, intended=step.name, files=files)


def close(desk: Desk, record_id: str, *, edits: Sequence[Edit] = (), basis: Dossier | None = None) -> Advanced:
    """Propose all forward steps that are left, up to the end, in one request; for levels that policy allows this.

    `basis` is as in `advance`.
    """
    desk.require_branch()
    base, register = main_register(desk)
    dossier, raw = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    require_unchanged(basis, dossier, _parts_meant(basis, dossier, edits))
    workflow = register.newest.workflow
    done = next(state.state for state in workflow.states if state.kind == "done")
    if not workflow.forward_path(dossier.state, done):
        possible = [transition.name for transition in workflow.leaving(dossier.state)]
        raise UnknownTransitionError(dossier.id, dossier.state, "close", possible)
    revised = desk.documents.revise(raw, [*edits, Edit(at=("state",), value=done)])
    seq = replay(dossier, register).next_seq
    return _propose(desk, dossier, revised, branch_name(dossier.id, seq, CLOSE), base, register)


def _parts_meant(basis: Dossier | None, dossier: Dossier, edits: Sequence[Edit]) -> list[object]:
    """Return the parts of a record that must be as they were: those that edits are of, and without edits all."""
    return [edit.at[0] for edit in edits] or [*(basis.data if basis else ()), *dossier.data]


def choose(dossier: Dossier, register: Register, *, transition: str, to: str) -> tuple[Transition, str]:
    """Return the transition that is meant and its target; with neither given, the one way forward.

    Raises UnknownTransitionError or SeveralTransitionsError, naming what is possible from here.
    """
    leaving = register.newest.workflow.leaving(dossier.state)
    names = [option.name for option in leaving]
    standing = replay(dossier, register)
    if transition:
        fitting = [option for option in leaving if option.name == transition]
    elif to:
        fitting = [
            option for option in leaving if option.kind != "keep" and to in targets_of(option, standing, register)
        ]
    else:
        fitting = _way_forward(dossier, register, leaving)
    if not fitting:
        raise UnknownTransitionError(dossier.id, dossier.state, transition or to or "no single step", names)
    if len(fitting) > 1:
        raise SeveralTransitionsError(dossier.id, names)
    targets = targets_of(fitting[0], standing, register)
    if not targets or (to and to not in targets):
        raise UnknownTransitionError(dossier.id, dossier.state, f"{fitting[0].name} to {to}", names)
    return fitting[0], to or _nearest(fitting[0], targets, standing)


def _nearest(option: Transition, targets: list[str], standing: Standing) -> str:
    """Return the target to take where none is named: of several steps back, the shortest."""
    if option.kind != "back":
        return targets[0]
    been = [entry.to for entry in standing.stack if entry.to in targets and entry.to != standing.state]
    return been[-1] if been else targets[0]


def targets_of(option: Transition, standing: Standing, register: Register) -> list[str]:
    """Return where a transition can take a record; a step back leads only to where the record has been."""
    first = register.newest.workflow.first_state
    return [
        target
        for target in option.targets(standing.state)
        if option.kind != "back" or has_been(standing.stack, target, first_state=first)
    ]


def _way_forward(dossier: Dossier, register: Register, leaving: Sequence[Transition]) -> list[Transition]:
    """Return the forward steps towards the end; declining is one only where triage decided so."""
    workflow = register.newest.workflow
    ends = {state.state for state in workflow.states if state.kind == "closed"}
    onwards = [option for option in leaving if option.kind == "forward" and option.to[0] not in ends]
    if get(dossier.data, "assessment", "decision") in {None, "near-miss"}:
        return onwards
    declining = [option for option in leaving if "decision-is-not-near-miss" in option.guards]
    return declining or onwards


def prepared(
    desk: Desk,
    dossier: Dossier,
    revised: bytes,
    step: Transition,
    target: str,
    because: str,
    *,
    base: str,
    register: Register,
) -> bytes:
    """Return the record's bytes as the step leaves them: its state, its corrections, what comes back into force."""
    edits: list[Edit] = []
    if step.kind != "keep":
        edits.append(Edit(at=("state",), value=target))
    if step.kind == "back":
        edits += restoring_edits(desk, dossier, step, target, base=base, register=register)
    if "corrections" in step.seals:
        edits += _correcting_edits(desk, dossier, revised, because)
    return desk.documents.revise(revised, edits)


def _correcting_edits(desk: Desk, dossier: Dossier, revised: bytes, because: str) -> list[Edit]:
    """List every value that changed under corrections, unless the person has listed it already."""
    after = with_data(desk, dossier, revised)
    place = len(listed(after.data, "corrections"))
    said = {entry.get("field") for entry in new_corrections(dossier.data, after.data)}
    edits: list[Edit] = []
    for way, was, now in changed_values(dict(dossier.data), dict(after.data)):
        if spell_field(way) in said:
            continue
        entry: dict[str, Any] = {"field": spell_field(way)}
        entry |= {"now": REDACTED} if now == REDACTED else {"was": was, "now": now}
        entry |= {"because": because, "on": desk.clock.now().date().isoformat()}
        value = {key: content for key, content in entry.items() if content is not None}
        edits.append(Edit(at=("corrections", place + len(edits)), value=value))
    return edits


def _propose(  # noqa: PLR0913 - a proposal is all of these
    desk: Desk,
    dossier: Dossier,
    revised: bytes,
    branch: str,
    base: str,
    register: Register,
    *,
    because: str = "",
    intended: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Advanced:
    after = with_data(desk, dossier, revised, files)
    handle = desk.person(register.newest.people).handle
    judgement = judge_dossiers(desk, dossier, after, register, base=base, head=base, intended=intended, author=handle)
    named = judge_new_references(desk, dossier, after, base=base, findings=judgement.findings)
    findings = locate_all(desk.documents, revised, after.path, [*judgement.findings, *named])
    if has_errors(findings):
        raise RefusedError(f"{dossier.id} is not ready for {intended or CLOSE}.", findings)
    open_already = {proposal.branch for proposal in proposals(desk, base, dossier.id)}
    if branch in {*open_already, *desk.repository.branches(branch)}:
        raise ProposalExistsError(dossier.id, branch)
    stamp = stamp_after(desk, base, register.newest.settings)
    try:
        commit = desk.repository.commit(
            branch=branch,
            expected=None,
            parents=[base],
            files={dossier.path: revised, **attachment_paths(dossier, files)},
            message=message_of(dossier, judgement, because),
            author=stamp,
            committer=stamp,
        )
    except LostRaceError as error:
        raise ProposalExistsError(dossier.id, branch) from error
    return Advanced(
        id=dossier.id,
        branch=branch,
        commit=commit,
        main_branch=register.newest.settings.main_branch,
        steps=judgement.proposed,
        findings=tuple(findings),
    )


BECAUSE = "Because: "
"""The trailer that carries the proposer's reason to the first approver. It proves nothing; the statement does."""


def message_of(dossier: Dossier, judgement: Judgement, because: str) -> str:
    """Return the commit message of a proposal."""
    names = ", ".join(step.transition.name for step in judgement.proposed)
    states = " → ".join([judgement.proposed[0].from_, *(step.to for step in judgement.proposed)])
    reason = f"\n{BECAUSE}{' '.join(because.split())}\n" if because else ""
    return f"{dossier.id}: {names} ({states})\n\n{dossier.data['title']}\n{reason}"


def reason_in(message: str) -> str:
    """Return the reason that a proposal's commit message carries, or an empty text."""
    lines = [line for line in message.split("\n") if line.startswith(BECAUSE)]
    return lines[-1].removeprefix(BECAUSE) if lines else ""
