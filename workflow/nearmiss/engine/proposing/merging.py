"""Merging: a proposal that the gate passes is put in force on the main branch, in one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.errors import NotMergeableError
from nearmiss.engine.proposing.proposals import (
    as_read,
    find_proposal,
    judge_proposal,
    main_register,
    require_read,
    same_proposal,
)
from nearmiss.engine.races import run_again
from nearmiss.models.ids import POLICY_SUBJECT, read_id

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.engine.proposing.proposals import Proposal


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What was put in force, and where."""

    subject: str
    branch: str
    main_branch: str
    commit: str
    state: str
    result: GateResult


def merge(desk: Desk, subject: str, *, branch: str = "", read: str = "") -> Merged:
    """Merge a proposal, only where the gate passes; the main branch moves only from where it was judged.

    Raises NotMergeableError with every finding. The branch of a merged proposal is removed in the same step. Where the
    main branch or the proposal moved meanwhile, it is judged anew. `read` is the commit that the person has read: only
    sign-offs may have come since, else it is a ProposalMovedError.
    """
    desk.require_branch()
    subject = subject if subject == POLICY_SUBJECT else read_id(subject)
    seen = find_proposal(desk, main_register(desk)[0], subject, branch)
    require_read(desk, seen, as_read(desk, seen, read))
    return run_again(lambda: _merge_once(desk, subject, seen))


def _merge_once(desk: Desk, subject: str, seen: Proposal) -> Merged:
    base, register = main_register(desk)
    proposal = same_proposal(desk, base, seen)
    result = judge_proposal(desk, proposal)
    if result.verdict != "pass":
        raise NotMergeableError(subject, result.verdict, result.findings)
    main = register.newest.settings.main_branch
    stamp = stamp_after(desk, proposal.head, register.newest.settings)
    steps = ", ".join(step.transition.name for step in result.proposed(subject))
    commit = desk.repository.merge_commit(
        branch=main,
        expected=base,
        parents=[base, proposal.head],
        entries=result.entries,
        message=f"{subject}: {steps or 'merge'} in force\n\nMerges {proposal.branch}\n",
        author=stamp,
        committer=stamp,
        closing={} if proposal.remote else {proposal.branch: proposal.head},
    )
    steps_taken = result.proposed(subject)
    return Merged(
        subject=subject,
        branch=proposal.branch,
        main_branch=main,
        commit=commit,
        state=steps_taken[-1].to if steps_taken else "",
        result=result,
    )
