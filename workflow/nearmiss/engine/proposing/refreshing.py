"""Refreshing a proposal that was overtaken: its own changes on top of what main, or the remote, says by now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import CannotRefreshError, RefusedError
from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.proposing.proposals import Proposal, find_proposal, judge_proposal, main_register, same_proposal
from nearmiss.engine.races import run_again
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.models.ids import POLICY_SUBJECT, is_record_path, read_id
from nearmiss.policy.findings import Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """A proposal as it is after it was brought up: its commit (empty where there was nothing to do).

    `kept` and `dropped` are the sign-offs, by file name, that still hold and those that had to be taken away.
    """

    subject: str
    branch: str
    commit: str
    verdict: str
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def refresh(desk: Desk, subject: str, *, branch: str = "") -> Refreshed:
    """Bring the branch of a proposal up to the one of its name on the remote, and to the main branch.

    Sections that only the proposal changed are its own, all others become what main says; where both changed one to
    different values, it is a CannotRefreshError, and nothing is written. The branch only ever grows, so it can be
    pushed as it is, and who wrote what stays on record. A sign-off is kept where it is bound to exactly what the
    proposal seals now.
    """
    desk.require_branch()
    subject = subject if subject == POLICY_SUBJECT else read_id(subject)
    if subject == POLICY_SUBJECT:
        raise CannotRefreshError(subject, "a version of the policy is one whole", "nearmiss advance policy")
    seen = find_proposal(desk, main_register(desk)[0], subject, branch)
    return run_again(lambda: _refresh_once(desk, seen))


def _refresh_once(desk: Desk, seen: Proposal) -> Refreshed:
    base, register = main_register(desk)
    first = proposal = same_proposal(desk, base, seen)
    dropped: tuple[str, ...] = ()
    for tip in (*_elsewhere(desk, proposal), base):
        if not _is_overtaken(desk, proposal, tip):
            continue
        proposal, gone = _Joined(desk, register, proposal, tip).write()
        dropped += gone
    result = judge_proposal(desk, proposal)
    own = {path.rpartition("/")[2] for path, entry in result.entries.items() if entry and "/sign-offs/" in path}
    return Refreshed(
        subject=proposal.subject,
        branch=proposal.branch,
        commit="" if proposal.head == first.head else proposal.head,
        verdict=result.verdict,
        kept=tuple(sorted(own)),
        dropped=tuple(sorted(set(dropped) - own)),
        findings=tuple(finding for finding in result.findings if finding.severity is not Severity.NOTE),
    )


def _elsewhere(desk: Desk, proposal: Proposal) -> list[str]:
    """Return where remotes have the branch of a proposal that is here too."""
    if proposal.remote:
        return []
    found = desk.repository.remote_branches(proposal.branch)
    return [commit for name, commit in found.items() if name.partition("/")[2] == proposal.branch]


def _is_overtaken(desk: Desk, proposal: Proposal, tip: str) -> bool:
    """Say whether a tip has something that the proposal lacks, and for main: something about the same record."""
    if desk.repository.is_ancestor(tip, proposal.head):
        return False
    if tip != proposal.base:
        return True
    return any(f"/{proposal.subject}" in change.path for change in _since(desk, proposal.head, tip)[1])


def _since(desk: Desk, head: str, tip: str) -> tuple[str, list[Change]]:
    """Return where two commits parted, and what the second has changed since."""
    bases = desk.repository.merge_bases(head, tip)
    if len(bases) != 1:
        raise CannotRefreshError("The branch", "it has no single point at which it parted from the other", "git log")
    return bases[0], list(desk.repository.changes(bases[0], tip))


class _Joined:
    """A proposal joined with another tip: the tree of that tip, with what the proposal changed on top."""

    def __init__(self, desk: Desk, register: Register, proposal: Proposal, tip: str) -> None:
        self._desk, self._register, self._proposal, self._tip = desk, register, proposal, tip
        self._is_main = tip == proposal.base
        self._parted, theirs = _since(desk, proposal.head, tip)
        self._theirs = {change.path: change for change in theirs}
        self._ours = {change.path: change for change in desk.repository.changes(self._parted, proposal.head)}

    def write(self) -> tuple[Proposal, tuple[str, ...]]:
        """Commit the result to the proposal's branch; returns the proposal as it is then, and sign-offs that fell."""
        signed = [path for path in self._theirs if f"/{self._proposal.subject}/sign-offs/" in path]
        if self._is_main and signed:
            raise self._impossible(f"{self._where} has taken a step of it since the proposal began")
        files = {path: self._content(path, change) for path, change in self._ours.items() if self._differs(path)}
        dropped = self._stale_sign_offs(files)
        for path in dropped:
            if path in self._theirs:
                files[path] = None
            else:
                files.pop(path, None)
        proposal, settings = self._proposal, self._register.newest.settings
        stamp = stamp_after(self._desk, proposal.head, settings)
        commit = self._desk.repository.commit(
            branch=proposal.branch,
            expected=None if proposal.remote else proposal.head,
            parents=self._parents(),
            files=files,
            message=f"{proposal.subject}: bring the proposal up to {self._where}\n",
            author=stamp,
            committer=stamp,
        )
        names = tuple(path.rpartition("/")[2] for path in dropped)
        return replace(proposal, head=commit, remote=False), names

    def _parents(self) -> list[str]:
        return [self._tip, self._proposal.head]

    def _differs(self, path: str) -> bool:
        """Say whether a path of ours is not what the tip has there already."""
        theirs = self._theirs.get(path)
        return theirs is None or theirs.new_oid != self._ours[path].new_oid

    def _content(self, path: str, change: Change) -> bytes | None:
        if path not in self._theirs:
            return self._desk.read_blob(change.new_oid) if change.new_oid else None
        if not is_record_path(path):
            raise self._conflict(path)
        return self._joined_record()

    def _joined_record(self) -> bytes:
        """Return the tip's record with the parts that only the proposal changed."""
        before, mine, (theirs, raw) = (
            self._said(self._parted)[0],
            self._said(self._proposal.head)[0],
            self._said(self._tip),
        )
        edits: list[Edit] = []
        for part in dict.fromkeys([*before.data, *mine.data, *theirs.data]):
            values = [dossier.data.get(part) for dossier in (before, mine, theirs)]
            if values[1] in (values[0], values[2]):
                continue
            if values[2] != values[0]:
                raise self._conflict(part)
            edits.append(Edit(at=(part,), value=values[1], remove=part not in mine.data))
        return self._desk.documents.revise(raw, edits)

    def _said(self, commit: str) -> tuple[Dossier, bytes]:
        return open_dossier(self._desk.repository.tree(commit), self._proposal.subject, self._desk.documents)

    def _conflict(self, what: str) -> CannotRefreshError:
        return self._impossible(f"the proposal and {self._where} have both changed {what.rpartition('/')[2]}")

    def _impossible(self, because: str) -> CannotRefreshError:
        proposal = self._proposal
        again = f"git branch -D {proposal.branch}, then nearmiss advance {proposal.subject}"
        return CannotRefreshError(proposal.subject, because, again)

    @property
    def _where(self) -> str:
        return self._register.newest.settings.main_branch if self._is_main else "the same branch elsewhere"

    def _stale_sign_offs(self, files: Mapping[str, bytes | None]) -> list[str]:
        """Return the proposal's sign-offs that do not hold for what it says now."""
        after = self._after(files)
        base = self._said(self._proposal.base)[0]
        accepted = {file.path for file in base.sign_offs}
        # An objection is kept as it was said, whatever the proposal says by now.
        new = [file for file in after.sign_offs if file.path not in accepted]
        own = [file for file in new if file.statement["verdict"] == "approve"]
        steps = {step.seq: step for step in self._judged(base, replace(after, sign_offs=base.sign_offs))}
        handle = self._desk.person(self._register.newest.people).handle
        wrote = bool(files.get(after.path))
        stale = []
        for file in own:
            said = file.statement
            step = steps.get(said["seq"])
            holds = step is not None and said["content"] == step.content
            known = said["policy"]["rules"] == self._register.newest.rules_digest
            if not (holds and known) or (wrote and handle not in said["contributors"]):
                stale.append(file.path)
        first = min((int(file.statement["seq"]) for file in own if file.path in stale), default=0)
        # What follows from approvals that fell falls with them.
        return [file.path for file in own if file.path in stale or (first and file.statement["seq"] > first)]

    def _after(self, files: Mapping[str, bytes | None]) -> Dossier:
        """Return the record as it will be, with the sign-offs of both sides."""
        mine, theirs = self._said(self._proposal.head)[0], self._said(self._tip)[0]
        raw = files.get(theirs.path)
        data: Mapping[str, Any] | None = self._desk.documents.read(raw).data if raw else None
        together = {file.path: file for file in (*mine.sign_offs, *theirs.sign_offs)}
        return replace(
            theirs,
            data=data or theirs.data,
            sign_offs=tuple(together[path] for path in sorted(together)),
            attachments={**theirs.attachments, **mine.attachments},
        )

    def _judged(self, base: Dossier, after: Dossier) -> tuple[Proposed, ...]:
        judgement = judge_dossiers(
            self._desk,
            base,
            after,
            self._register,
            base=self._proposal.base,
            head=self._proposal.head,
        )
        if has_errors(judgement.findings):
            raise RefusedError(f"On top of what there is now, {after.id} would be refused.", judgement.findings)
        return judgement.proposed
