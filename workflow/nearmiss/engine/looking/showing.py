"""Showing one record, its history, and what a proposal would change: results that the command line prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import UnknownRecordError
from nearmiss.engine.instance import read_version
from nearmiss.engine.proposing.proposals import Proposal, find_proposal, judge_proposal, main_register, proposals
from nearmiss.engine.records.authorship import PARTS, read_version_of, writings
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.records.pages import Page, page_of
from nearmiss.models.ids import POLICY_SUBJECT, folder_of, read_id
from nearmiss.policy.guards.corrections import changed_values
from nearmiss.policy.standing import judge_standing
from nearmiss.policy.version import PolicyVersion, version_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Field


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


def _said(desk: Desk, commit: str, record_id: str) -> dict[str, Any]:
    """Return what a record says in a commit; an empty mapping where there is none, as before a report is merged."""
    try:
        return dict(open_dossier(desk.repository.tree(commit), record_id, desk.documents)[0].data)
    except UnknownRecordError:
        return {}


def _state_changed(desk: Desk, changes: Any, dossier: Dossier) -> bool:
    for change in changes:
        if change.path == dossier.path:
            before = read_version_of(desk, change.old_mode, change.old_oid)
            after = read_version_of(desk, change.new_mode, change.new_oid)
            return before.get("state") != after.get("state")
    return False


_NAMES = ("handle", "name", "term", "state", "role", "band", "glob", "key")


def _by_name(value: Any) -> Any:
    """Return policy data with lists of named things as mappings, so that one more of them is one change."""
    if isinstance(value, dict):
        return {key: _by_name(entry) for key, entry in value.items()}
    if isinstance(value, list):
        for name in _NAMES:
            if value and all(isinstance(entry, dict) and name in entry for entry in value):
                return {str(entry[name]): _by_name(entry) for entry in value}
        return [_by_name(entry) for entry in value]
    return value


def _policy_changes(
    desk: Desk, proposal: Proposal, old: PolicyVersion
) -> tuple[str, tuple[tuple[Field, Any, Any], ...]]:
    """Return what a new version is called and every value by which it differs from the one in force."""
    number = old.number + 1
    raw = desk.repository.tree(proposal.head).read(version_file(number))
    if raw is None:
        return "", ()
    new = read_version(version_file(number), raw)
    before, after = ({part: _by_name(one.data[part]) for part in POLICY_PARTS} for one in (old, new))
    return f"version {number}", tuple(changed_values(before, after))


POLICY_PARTS = ("rules", "people", "waivers")


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """What a proposal would put in force: the gate's result, and for a record every value that changes."""

    proposal: Proposal
    result: GateResult
    title: str
    changes: tuple[tuple[Field, Any, Any], ...]
    policy: PolicyVersion
    paths: tuple[str, ...]


def review(desk: Desk, subject: str, *, branch: str = "") -> Reviewed:
    """Return what a proposal changes, what it needs, and whose signatures it waits for."""
    base, register = main_register(desk)
    subject = subject if subject == POLICY_SUBJECT else read_id(subject)
    proposal = find_proposal(desk, base, subject, branch)
    result = judge_proposal(desk, proposal)
    title = ""
    changes: tuple[tuple[Field, Any, Any], ...] = ()
    if subject == POLICY_SUBJECT:
        title, changes = _policy_changes(desk, proposal, register.newest)
    else:
        after, _ = open_dossier(desk.repository.tree(proposal.head), subject, desk.documents)
        title = str(after.data.get("title", ""))
        changes = tuple(changed_values(_said(desk, proposal.base, subject), dict(after.data)))
    return Reviewed(
        proposal=proposal,
        result=result,
        title=title,
        changes=changes,
        policy=register.newest,
        paths=tuple(sorted(result.entries)),
    )
