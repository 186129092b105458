"""Showing one record, its history, and what a proposal would change: results that the command line prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.gate.decisions import decide
from nearmiss.engine.proposing.proposals import Proposal, find_proposal, judge_proposal, main_register, proposals
from nearmiss.engine.records.authorship import PARTS, read_version_of, writings
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.records.pages import Page, page_of
from nearmiss.models.ids import POLICY_SUBJECT, folder_of, read_id
from nearmiss.policy.standing import judge_standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.decisions import Change
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.version import PolicyVersion


def show(desk: Desk, record_id: str, *, revision: str = "") -> Page:
    """Return the page of one record of the main branch, or of a revision.

    Raises UnknownRecordError or UnreadableRecordError.
    """
    base, register = main_register(desk)
    commit = desk.repository.resolve(revision) if revision else base
    dossier, _ = open_dossier(desk.repository.tree(commit), record_id, desk.documents)
    standing, findings = judge_standing(dossier, register)
    found = [(proposal.branch, proposal.transition) for proposal in proposals(desk, base, dossier.id)]
    return page_of(dossier, standing, findings, register.newest).at(commit, found)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a record's history: a commit that touched it."""

    commit: str
    when: str
    name: str
    subject: str
    sections: tuple[str, ...]
    state: str
    signed: tuple[Mapping[str, Any], ...]


def history(desk: Desk, record_id: str) -> list[Entry]:
    """Return who did what to a record and when, newest first, from git and from the sign-offs themselves."""
    base, _ = main_register(desk)
    dossier, _ = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    folder = folder_of(dossier.path)
    statements = {file.path: file.statement for file in dossier.sign_offs}
    written = {one.commit.oid: one for one in writings(desk, dossier.path, [base])}
    entries = []
    for commit in desk.repository.commits([base], paths=[dossier.path, folder]):
        if len(commit.parents) > 1 and commit.oid not in written and not _state_changed(desk, commit.changes, dossier):
            continue
        writing = written.get(commit.oid)
        entries.append(
            Entry(
                commit=commit.oid,
                when=commit.author.when.isoformat(timespec="minutes"),
                name=commit.author.identity.name,
                subject=commit.subject,
                sections=tuple(part for part in PARTS if writing and writing.touches(part)),
                state=str(writing.after.get("state", "")) if writing and writing.touches("state") else "",
                signed=tuple(
                    statements[change.path]
                    for change in commit.changes
                    if change.path in statements and change.old_oid is None and len(commit.parents) == 1
                ),
            )
        )
    return entries


def _state_changed(desk: Desk, changes: Any, dossier: Dossier) -> bool:
    for change in changes:
        if change.path == dossier.path:
            before = read_version_of(desk, change.old_mode, change.old_oid)
            after = read_version_of(desk, change.new_mode, change.new_oid)
            return before.get("state") != after.get("state")
    return False


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """What a proposal would put in force: the gate's result, and for a record every value that changes."""

    proposal: Proposal
    result: GateResult
    title: str
    changes: tuple[Change, ...]
    policy: PolicyVersion
    paths: tuple[str, ...]


def review(desk: Desk, subject: str, *, branch: str = "") -> Reviewed:
    """Return what a proposal changes, what it needs, and whose signatures it waits for."""
    base, register = main_register(desk)
    subject = subject if subject == POLICY_SUBJECT else read_id(subject)
    proposal = find_proposal(desk, base, subject, branch)
    result = judge_proposal(desk, proposal)
    decision = decide(desk, result, register.newest, subject)
    return Reviewed(
        proposal=proposal,
        result=result,
        title=decision.title,
        changes=decision.changes,
        policy=register.newest,
        paths=tuple(sorted(result.entries)),
    )
