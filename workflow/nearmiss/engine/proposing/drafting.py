"""Drafting: changes that need nobody's approval yet, each an ordinary commit that is judged all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING, Any, Literal

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import OvertakenError, RefusedError
from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.proposing.branches import DRAFT, PROPOSALS, subject_of, transition_of
from nearmiss.engine.proposing.proposals import find_proposal, main_register
from nearmiss.engine.races import require_unchanged, run_again
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.records.references import judge_new_references
from nearmiss.engine.records.workspace import locate_all, with_data
from nearmiss.models.ids import read_id
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.dossier import listed
from nearmiss.policy.findings import Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What became of a draft: the commit (empty where nothing changed), its branch, and what it took back."""

    id: str
    commit: str
    branch: str
    sections: tuple[str, ...]
    withdrawn: tuple[str, ...] = ()
    warnings: tuple[Finding, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a draft is made on: the branch that it would go to, its tip, and the record as that branch has it."""

    branch: str
    dossier: Dossier
    commit: str


def basis_of_draft(desk: Desk, record_id: str, *, branch: str = "") -> Basis:
    """Return what a draft of a record starts from: a branch, else the open proposal checked out, else main."""
    base, register = main_register(desk)
    branch = branch or _branch_for(desk, record_id, register.newest.settings.main_branch)
    tip = desk.repository.branches(branch).get(branch) or _remote_tip(desk, branch) or base
    dossier, _ = open_dossier(desk.repository.tree(tip), record_id, desk.documents)
    return Basis(branch=branch, dossier=dossier, commit=tip)


def save_draft(
    desk: Desk,
    record_id: str,
    edits: Sequence[Edit],
    *,
    branch: str = "",
    files: Mapping[str, bytes] | None = None,
    way: Literal["direct", "request", ""] = "",
    basis: Dossier | None = None,
) -> Drafted:
    """Apply edits to a record and commit them: to the open proposal it is about, else to the main branch.

    On the branch of a proposal, sign-offs that were given to what is changed now are taken back, since they no longer
    hold. Raises RefusedError, with nothing written, where the change needs somebody's approval or breaks a rule.
    `files` are attachments to add, by name. `way` is how a change of the main branch goes there; by default as the
    settings say of drafts. `basis` is the record that the edits were made from: where somebody has changed the same
    parts since, it is an OvertakenError; what changed elsewhere is no obstacle.
    """
    desk.require_branch()
    first = basis or basis_of_draft(desk, record_id, branch=branch).dossier
    return run_again(lambda: _save_once(desk, record_id, edits, branch=branch, files=files or {}, way=way, basis=first))


def _save_once(
    desk: Desk,
    record_id: str,
    edits: Sequence[Edit],
    *,
    branch: str,
    files: Mapping[str, bytes],
    way: Literal["direct", "request", ""],
    basis: Dossier,
) -> Drafted:
    base, register = main_register(desk)
    settings = register.newest.settings
    branch = branch or _branch_for(desk, record_id, settings.main_branch)
    on_proposal = subject_of(branch) == read_id(record_id)
    expected = desk.repository.branches(branch).get(branch)
    tip = expected or _remote_tip(desk, branch) or base
    dossier, raw = open_dossier(desk.repository.tree(tip), record_id, desk.documents)
    require_unchanged(basis, dossier, (edit.at[0] for edit in edits))
    revised = desk.documents.revise(raw, edits)
    if revised == raw and not files:
        return Drafted(id=dossier.id, commit="", branch=branch, sections=())
    after = with_data(desk, dossier, revised, files)
    sections = tuple(part for part in ("title", *SECTIONS) if dossier.digest_of(part) != after.digest_of(part))
    withdrawn = _stale(dossier, after, sections, base=desk, tip=tip, main=base) if on_proposal else ()
    after = _without(after, withdrawn)
    before = dossier if not on_proposal else _on_main(desk, base, dossier.id)
    handle = desk.person(register.newest.people).handle
    judgement = judge_dossiers(
        desk,
        before,
        after,
        register,
        base=base,
        head=tip,
        intended=transition_of(branch) if on_proposal else "",
        author=handle,
    )
    named = judge_new_references(desk, before, after, base=base, findings=judgement.findings)
    findings = locate_all(desk.documents, revised, after.path, [*judgement.findings, *named])
    if has_errors(findings) or (judgement.proposed and not on_proposal):
        raise RefusedError(f"{dossier.id} cannot be changed like this.", _with_way_on(findings, judgement.proposed))
    if not on_proposal and (way or settings.drafts) == "request":
        branch, tip, expected = _free_branch(desk, dossier.id), base, None
    stamp = stamp_after(desk, tip, settings)
    changed: dict[str, bytes | None] = {dossier.path: revised, **attachment_paths(dossier, files)}
    changed |= dict.fromkeys(withdrawn)
    commit = desk.repository.commit(
        branch=branch,
        expected=expected,
        parents=[tip],
        files=changed,
        message=f"{dossier.id}: draft {', '.join(sections) or 'attachments'}\n",
        author=stamp,
        committer=stamp,
    )
    return Drafted(
        id=dossier.id,
        commit=commit,
        branch=branch,
        sections=sections,
        withdrawn=tuple(path.rpartition("/")[2] for path in withdrawn),
        warnings=tuple(finding for finding in findings if finding.severity is Severity.WARNING),
    )


def _free_branch(desk: Desk, record_id: str) -> str:
    """Return a name for a draft that goes through a request: that of the second, and a number where it is taken."""
    name = f"{PROPOSALS}{record_id}/{DRAFT}-{desk.clock.now():%Y%m%d%H%M%S}"
    taken = desk.repository.branches(name)
    return next(free for free in chain([name], (f"{name}-{number}" for number in count(2))) if free not in taken)


def _branch_for(desk: Desk, record_id: str, main: str) -> str:
    """Return the branch that a draft goes to: that of the proposal that is checked out, else the main one."""
    position = desk.repository.position().branch or main
    return position if subject_of(position) == read_id(record_id) else main


def _remote_tip(desk: Desk, branch: str) -> str | None:
    """Return where a remote has a branch that is not here yet, so that a draft builds on what others see there."""
    found = desk.repository.remote_branches(branch)
    return next((commit for name, commit in found.items() if name.partition("/")[2] == branch), None)


def proposal_branch(desk: Desk, record_id: str) -> str:
    """Return the branch of the open proposal for a record; raises NoProposalError or SeveralProposalsError."""
    base, _ = main_register(desk)
    return find_proposal(desk, base, read_id(record_id)).branch


def _on_main(desk: Desk, base: str, record_id: str) -> Dossier:
    return open_dossier(desk.repository.tree(base), record_id, desk.documents)[0]


def _stale(
    before: Dossier, after: Dossier, sections: tuple[str, ...], *, base: Desk, tip: str, main: str
) -> tuple[str, ...]:
    """Return the sign-offs of this proposal that no longer hold: approvals bound to a section that changes."""
    if not sections or tip == main:
        return ()
    accepted = {file.path for file in _on_main(base, main, after.id).sign_offs}
    own = [file for file in before.sign_offs if file.path not in accepted and file.statement["verdict"] == "approve"]
    first = min(
        (
            int(file.statement["seq"])
            for file in own
            if set(sections) & {*file.statement["content"]["sections"], "title"}
            and _no_longer_fits(file.statement["content"], after)
        ),
        default=None,
    )
    if first is None:
        return ()
    return tuple(file.path for file in own if int(file.statement["seq"]) >= first)


def _no_longer_fits(content: Mapping[str, Any], after: Dossier) -> bool:
    named = dict(content["sections"]) | ({"title": content["title"]} if "title" in content else {})
    return any(after.digest_of(part) != value for part, value in named.items())


def _without(dossier: Dossier, paths: Sequence[str]) -> Dossier:
    from dataclasses import replace

    return replace(dossier, sign_offs=tuple(file for file in dossier.sign_offs if file.path not in paths))


def _with_way_on(findings: Sequence[Finding], proposed: Sequence[Any]) -> list[Finding]:
    """Where a draft would need sign-offs, say so instead of who must give them."""
    kept = [finding for finding in findings if finding.severity is Severity.ERROR]
    if kept or not proposed:
        return kept
    from nearmiss.policy.findings import Finding as Made

    name = proposed[0].transition.name
    return [
        Made(
            code="needs-sign-off",
            message=f"this changes what is signed off, so it is a step of its own: {name}",
            hint=f"propose it: nearmiss advance ID --transition {name} --set …",
        )
    ]


def attachment_paths(dossier: Dossier, files: Mapping[str, bytes] | None) -> dict[str, bytes]:
    """Return attachments to add by their paths."""
    folder = dossier.path.removesuffix(".yaml")
    return {f"{folder}/attachments/{name}": content for name, content in (files or {}).items()}


@dataclass(frozen=True, kw_only=True)
class ProgressReport:
    """What is reported on one action."""

    action: str
    status: str
    evidence: str = ""
    because: str = ""
    on: str = ""


def report_progress(desk: Desk, record_id: str, report: ProgressReport) -> Drafted:
    """Add an entry to a record's progress. Earlier entries stay, those of somebody in the same moment too."""
    return run_again(lambda: _report_progress_once(desk, record_id, report), on=OvertakenError)


def _report_progress_once(desk: Desk, record_id: str, report: ProgressReport) -> Drafted:
    base, register = main_register(desk)
    dossier, _ = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    entry: dict[str, Any] = {
        "action": report.action.upper(),
        "status": report.status,
        "on": report.on or desk.clock.now().date().isoformat(),
        "by": desk.person(register.newest.people).handle,
    }
    entry |= {key: value for key, value in (("evidence", report.evidence), ("because", report.because)) if value}
    place = len(listed(dossier.data, "progress"))
    settings = register.newest.settings
    edit = Edit(at=("progress", place), value=entry)
    return save_draft(desk, record_id, [edit], branch=settings.main_branch, way=settings.progress, basis=dossier)
