"""Proposals: the branches on which steps wait for their sign-offs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nearmiss.engine.errors import (
    NoProposalError,
    ProposalDoneError,
    ProposalGoneError,
    ProposalMovedError,
    SeveralProposalsError,
)
from nearmiss.engine.gate.judging import GateResult, judge_request
from nearmiss.engine.instance import read_register
from nearmiss.engine.proposing.branches import CLOSE, DRAFT, PROPOSALS, REPORT, subject_of, transition_of
from nearmiss.engine.records.dossiers import find_folder
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.policy_step import CHANGE

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.models.people import Person
    from nearmiss.policy.standing import Register


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A branch that proposes something for a subject: a record id, or `policy`."""

    subject: str
    branch: str
    base: str
    head: str
    transition: str
    remote: bool = False

    @property
    def intended(self) -> dict[str, str]:
        """What the gate is told that the proposal is about."""
        return {self.subject: self.transition}


@dataclass(frozen=True, kw_only=True)
class Attestation:
    """What a service attests of a word that somebody gave on a forge: by which account, where, on what, and when."""

    service: Person
    forge: str
    reviewer_id: str
    review_id: str
    head: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Word:
    """What a person says about a proposal."""

    verdict: str = "approve"
    role: str = ""
    because: str = ""
    waive: str = ""
    sign: bool = False
    """Whether a signature is asked for, even where no key is registered."""
    only: str = ""
    """The one step that the word is about; where it names none, it is about all that wait."""
    attested: Attestation | None = None


def main_register(desk: Desk) -> tuple[str, Register]:
    """Return the tip of the main branch and the register on it; the checkout says which branch is the main one."""
    here = read_register(desk.repository.tree(desk.head()), desk.documents)
    base = desk.main(here.newest.settings.main_branch)
    return base, read_register(desk.repository.tree(base), desk.documents)


def proposals(desk: Desk, base: str, subject: str = "") -> list[Proposal]:
    """Return the proposals that are not in force yet, local ones before those that only a remote has."""
    return [proposal for proposal in _unmerged(desk, base, subject) if not is_done(desk, proposal)]


def _unmerged(desk: Desk, base: str, subject: str) -> list[Proposal]:
    prefix = f"{PROPOSALS}{subject}/" if subject else PROPOSALS
    local = desk.repository.branches(prefix)
    remote = {name.partition("/")[2]: commit for name, commit in desk.repository.remote_branches(prefix).items()}
    found = []
    for branch, head in {**remote, **local}.items():
        name = subject_of(branch)
        if name is None or desk.repository.is_ancestor(head, base):
            continue
        found.append(
            Proposal(
                subject=name,
                branch=branch,
                base=base,
                head=head,
                transition=transition_of(branch),
                remote=branch not in local,
            )
        )
    return sorted(found, key=lambda proposal: proposal.branch)


def is_done(desk: Desk, proposal: Proposal) -> bool:
    """Say whether a branch that was never merged as it is proposes nothing any more, as after a squash or a rebase.

    That is so once main has one of the sign-offs that the branch brings, to the byte, or where it brings nothing but a
    late word on a step that was taken; of a request that needs none, once main has all its files, or for a report the
    record itself.
    """
    bases = desk.repository.merge_bases(proposal.base, proposal.head)
    if len(bases) != 1 or bases[0] == proposal.base:
        return False
    brought = {change.path: change.new_oid for change in desk.repository.changes(bases[0], proposal.head)}
    words = {path: oid for path, oid in brought.items() if SIGN_OFFS in path and oid}
    main = desk.repository.tree(proposal.base)
    there = {entry.path: entry.oid for entry in main.entries(*brought)} if brought else {}
    if words:
        is_there = any(there.get(path) == oid for path, oid in words.items())
        return is_there or (len(words) == len(brought) and any(_is_taken(main, path) for path in words))
    if proposal.transition == REPORT:
        return bool(there)
    return all(there.get(path) == oid for path, oid in brought.items())


SIGN_OFFS = "/sign-offs/"


def _is_taken(main: Tree, path: str) -> bool:
    """Say whether main has any word on the step that a sign-off is about, by the number with which its name begins."""
    folder, _, name = path.rpartition("/")
    step = f"{folder}/{name.partition('-')[0]}-"
    return any(entry.path.startswith(step) for entry in main.entries(f"{folder}/"))


def find_proposal(desk: Desk, base: str, subject: str, branch: str = "") -> Proposal:
    """Return the one proposal for a subject; raises NoProposalError, UnknownRecordError or SeveralProposalsError.

    Drafts that go through requests are meant only where they are named, or where nothing else is proposed.
    """
    found = [proposal for proposal in proposals(desk, base, subject) if branch in {"", proposal.branch}]
    steps = [proposal for proposal in found if proposal.transition != DRAFT]
    found = steps or found
    position = desk.repository.position().branch
    here = [proposal for proposal in found if proposal.branch == position]
    if len(here) == 1:
        return here[0]
    if not found:
        done = [proposal.branch for proposal in _unmerged(desk, base, subject) if branch in {"", proposal.branch}]
        if not done and subject != POLICY_SUBJECT:
            # Of a record that nobody knows, there is more to say than that nothing is proposed for it.
            find_folder(desk.repository.tree(base), subject)
        raise ProposalDoneError(subject, done) if done else NoProposalError(subject)
    if len(found) > 1:
        raise SeveralProposalsError(subject, [proposal.branch for proposal in found])
    return found[0]


def same_proposal(desk: Desk, base: str, seen: Proposal) -> Proposal:
    """Return a proposal as it is by now; raises ProposalGoneError where somebody merged it or took it back."""
    found = [proposal for proposal in proposals(desk, base, seen.subject) if proposal.branch == seen.branch]
    if not found:
        raise ProposalGoneError(seen.subject, seen.branch)
    return found[0]


def as_read(desk: Desk, proposal: Proposal, read: str) -> Proposal:
    """Return a proposal as a person has read it, by the commit that they read; an empty text is as it is now.

    Raises ProposalMovedError where the proposal has no such commit, so that nobody can tell what they read.
    """
    if read in {"", proposal.head}:
        return proposal
    known = {commit.oid for commit in desk.repository.commits([proposal.head], without=[proposal.base])}
    if read not in known:
        raise ProposalMovedError(proposal.subject, proposal.branch)
    return replace(proposal, head=read)


def require_read(desk: Desk, proposal: Proposal, seen: Proposal) -> None:
    """Raise ProposalMovedError where more than sign-offs came to a proposal since a person has seen it."""
    changes = desk.repository.changes(seen.head, proposal.head) if proposal.head != seen.head else ()
    if any(SIGN_OFFS not in change.path for change in changes):
        raise ProposalMovedError(proposal.subject, proposal.branch)


def judge_proposal(desk: Desk, proposal: Proposal) -> GateResult:
    """Judge a proposal as the gate does."""
    intended = {} if proposal.transition in {CLOSE, CHANGE} else proposal.intended
    return judge_request(desk, base=proposal.base, head=proposal.head, intended=intended)
