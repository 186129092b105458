"""The way of the main branch from one commit to another, judged step by step as an audit will walk it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.errors import UnknownRecordError
from nearmiss.engine.gate.judging import judge_request
from nearmiss.engine.instance import read_register
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.models.ids import is_record_id
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.engine.ports import Commit

REQUESTS = "near-miss/"


def judge_line(desk: Desk, *, old: str, new: str, branch: str) -> Iterator[Finding]:
    """Judge what lies between two commits of the main branch, commit by commit along the first parents.

    A step may take several commits, as after a rebase: while only signatures are missing, the next one belongs to it.
    Where a merge was made the other way round, as `git pull` makes it, the whole is judged from the old commit too,
    under the policy that is in force there.
    """
    repository = desk.repository
    if not repository.is_ancestor(old, new):
        yield _rewritten(branch)
        return
    if old == new:
        return
    line = list(repository.commits([new], without=[old], first_parent=True))
    line.reverse()
    start = line[0].parents[0] if line[0].parents else ""
    if start != old and not _is_on_line(desk, start, old):
        yield _aside(branch)
        return
    if start != old:
        yield from _judge_run(desk, old, line[-1])
        yield from judge_commits(desk, start, line, direct=False)
        return
    yield from judge_commits(desk, start, line, direct=True)


def judge_commits(desk: Desk, base: str, line: Sequence[Commit], *, direct: bool) -> Iterator[Finding]:
    """Judge commits that follow each other from a base on, and stop at the first that is refused.

    `direct` says that what comes without a request is looked for as well.
    """
    waiting: tuple[Finding, ...] = ()
    for commit in line:
        result = judge_request(desk, base=base, head=commit.oid)
        if result.verdict == "refuse":
            yield from _named(result.findings, commit)
            return
        waiting = tuple(_named(result.findings, commit)) if result.verdict == "waiting" else ()
        if waiting:
            continue
        if direct and (found := list(_judge_unasked(desk, result, commit))):
            yield from _named(found, commit)
            return
        base = commit.oid
    yield from waiting


def _judge_run(desk: Desk, base: str, commit: Commit) -> Iterator[Finding]:
    result = judge_request(desk, base=base, head=commit.oid)
    if result.verdict != "pass":
        yield from _named(result.findings, commit)
        return
    yield from _named(list(_judge_unasked(desk, result, commit)), commit)


def _judge_unasked(desk: Desk, result: GateResult, commit: Commit) -> Iterator[Finding]:
    """What the settings want to go through requests must have been on the server as a branch of one before."""
    kinds = {record_id: _kind(desk, result, record_id) for record_id in result.judgements if is_record_id(record_id)}
    settings = read_register(desk.repository.tree(result.base), desk.documents).newest.settings
    asked = {"report": settings.reports, "draft": settings.drafts, "progress": settings.progress}
    unasked = {record_id: kind for record_id, kind in kinds.items() if kind and asked[kind] == "request"}
    if not unasked or _was_proposed(desk, result.base, commit):
        return
    for record_id, kind in sorted(unasked.items()):
        plural = {"report": "reports go", "draft": "drafts go", "progress": "progress goes"}[kind]
        yield Finding(
            code="request-needed",
            record=record_id,
            message=f"{plural} through requests here, and this was on no branch of a request before",
            hint=f"push the branch first, for others to see: git push origin {REQUESTS}{record_id}/…; then merge it",
        )


def _kind(desk: Desk, result: GateResult, record_id: str) -> str:
    """Return what a change is that proposes no step; an empty text where it proposes one."""
    if result.proposed(record_id):
        return ""
    before, after = (_parts(desk, commit, record_id) for commit in (result.base, result.head))
    if not before:
        return "report"
    changed = {part for part in before.keys() | after.keys() if before.get(part) != after.get(part)}
    return "progress" if changed == {"progress"} else "draft"


def _parts(desk: Desk, commit: str, record_id: str) -> dict[str, object]:
    try:
        return dict(open_dossier(desk.repository.tree(commit), record_id, desk.documents)[0].data)
    except UnknownRecordError:
        return {}


def _was_proposed(desk: Desk, base: str, commit: Commit) -> bool:
    """Say whether all that a commit brings can be reached from branches of requests that the server has already."""
    repository = desk.repository
    brought = [parent for parent in commit.parents if not repository.is_ancestor(parent, base)] or [commit.oid]
    known = set(repository.branches(REQUESTS).values())
    return all(any(repository.is_ancestor(one, tip) for tip in known) for one in brought)


def _is_on_line(desk: Desk, commit: str, tip: str) -> bool:
    return any(one.oid == commit for one in desk.repository.commits([tip], first_parent=True))


def _named(findings: Sequence[Finding], commit: Commit) -> Iterator[Finding]:
    """Say in each finding without a place which commit it is about."""
    for finding in findings:
        yield finding if finding.record or finding.path else finding.at(path=f"commit {commit.oid[:12]}")


def _rewritten(branch: str) -> Finding:
    return Finding(
        code="main-rewritten",
        message=f"what is pushed does not build on the branch {branch} as it is here",
        hint=f"take it in, and never force: git pull --no-rebase origin {branch}; then push again",
    )


def _aside(branch: str) -> Finding:
    return Finding(
        code="main-rewritten",
        message=f"the branch {branch} was merged into something else, and its own line cannot be followed any more",
        hint=f"merge the other way round: git branch mine; git reset --keep origin/{branch}; git merge mine",
    )
