"""Approving and objecting: a person's word on what a proposal would put in force, added to its branch as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.errors import ReasonNeededError, RefusedError
from nearmiss.engine.proposing.advancing import reason_in
from nearmiss.engine.proposing.policy_signing import PolicySession
from nearmiss.engine.proposing.proposals import (
    Proposal,
    Word,
    as_read,
    find_proposal,
    judge_proposal,
    main_register,
    require_read,
    same_proposal,
)
from nearmiss.engine.proposing.signing import Session
from nearmiss.engine.races import run_again
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.models.ids import POLICY_SUBJECT, read_id
from nearmiss.policy.proving import IDENTITY_CODES

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.standing import Register


@dataclass(frozen=True, kw_only=True)
class SignedOff:
    """What was signed: the files, the steps, and the verdict of the gate afterwards."""

    subject: str
    branch: str
    commit: str
    files: tuple[str, ...]
    steps: tuple[str, ...]
    meaning: tuple[str, ...]
    verdict: str
    waiting: tuple[str, ...] = ()
    key: str = ""
    """The fingerprint of the key that signed; empty where who signed is a claim."""

    @property
    def assurance(self) -> str:
        """How sure it is who signed."""
        return "signed" if self.key else "asserted"


def sign_off(desk: Desk, subject: str, word: Word, *, branch: str = "", read: str = "") -> SignedOff:
    """Add a person's sign-offs to a proposal: one for each step that waits and that they may sign, in order.

    Each is bound to the digests of what the step seals, to the policy in force and to the approvals before it. Raises
    MayNotSignError, saying why and who may, RefusedError where the proposal itself would be refused. `read` is the
    commit that the person has read: only sign-offs may have come since, else it is a ProposalMovedError.
    """
    desk.require_branch()
    subject = subject if subject == POLICY_SUBJECT else read_id(subject)
    if word.verdict == "object" and not word.because:
        raise ReasonNeededError("An objection")
    seen = as_read(desk, find_proposal(desk, main_register(desk)[0], subject, branch), read)
    return run_again(lambda: _sign_once(desk, subject, word, seen=seen))


def _sign_once(desk: Desk, subject: str, word: Word, *, seen: Proposal) -> SignedOff:
    """Sign what was there when the command began: others may have signed it since, but not changed it."""
    base, register = main_register(desk)
    proposal = same_proposal(desk, base, seen)
    require_read(desk, proposal, seen)
    sign = _sign_policy if subject == POLICY_SUBJECT else _sign_record
    session = sign(desk, proposal, register, word)
    stamp = stamp_after(desk, proposal.head, register.newest.settings)
    verb = "approve" if word.verdict == "approve" else "object to"
    commit = desk.repository.commit(
        branch=proposal.branch,
        expected=None if proposal.remote else proposal.head,
        parents=[proposal.head],
        files=dict(session.files),
        message=f"{subject}: {verb} {', '.join(session.steps)}\n",
        author=stamp,
        committer=stamp,
    )
    after = judge_proposal(desk, replace(proposal, head=commit, remote=False))
    return SignedOff(
        subject=subject,
        branch=proposal.branch,
        commit=commit,
        files=tuple(session.files),
        steps=tuple(session.steps),
        meaning=tuple(dict.fromkeys(session.meaning)),
        verdict=after.verdict,
        waiting=tuple(finding.message for finding in after.findings),
        key=session.key,
    )


def _sign_policy(desk: Desk, proposal: Proposal, register: Register, word: Word) -> PolicySession:
    result = judge_proposal(desk, proposal)
    session = PolicySession(desk, register, proposal, result, desk.person(register.newest.people), word)
    session.sign(result.proposed(POLICY_SUBJECT))
    return session


def _sign_record(desk: Desk, proposal: Proposal, register: Register, word: Word) -> Session:
    result = judge_proposal(desk, proposal)
    person = desk.person(register.newest.people)
    errors = [finding for finding in result.findings if finding.severity == "error"]
    if any(not is_mended_by(person.handle, finding) for finding in errors):
        raise RefusedError(f"The proposal for {proposal.subject} would be refused.", errors)
    before, _ = open_dossier(desk.repository.tree(proposal.base), proposal.subject, desk.documents)
    after, _ = open_dossier(desk.repository.tree(proposal.head), proposal.subject, desk.documents)
    reason = word.because or proposers_reason(desk, proposal)
    session = Session(desk, before, after, register, proposal, person, replace(word, because=reason))
    session.sign(result.proposed(proposal.subject))
    return session


def is_mended_by(handle: str, finding: Finding) -> bool:
    """Say whether a person's signing again mends a finding: it is about how their own sign-off proves who they are."""
    return finding.code in IDENTITY_CODES and finding.path.endswith(f"--{handle}.yaml")


def proposers_reason(desk: Desk, proposal: Proposal) -> str:
    """Return the reason that whoever proposed a step gave for it, or an empty text."""
    reasons = [
        reason_in(commit.message) for commit in desk.repository.commits([proposal.head], without=[proposal.base])
    ]
    return next((reason for reason in reversed(reasons) if reason), "")
