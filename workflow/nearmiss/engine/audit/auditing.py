"""The audit: main judged from genesis on, or from where an earlier audit came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.audit.results import Audited, Blamed
from nearmiss.engine.circles import nothing_collected
from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.gate.history import judge_repository
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.memory import Crew
    from nearmiss.engine.ports import Commit


MANY = 4000
"""Commits from which on there are so many records that others will help to judge them, who get ready meanwhile."""


def audit(
    desk: Desk,
    *,
    revision: str = "",
    genesis: str = "",
    since: str = "",
    descendant_of: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Audited:
    """Judge the whole history of the main branch, or of a revision, along its first parents.

    `genesis` begins later than the commit that founds the register; `since` judges only what came after a commit. The
    state there is trusted either way. `descendant_of` is a commit that must still lie behind the tip. Raises
    NoGenesisError, NotOnMainError, NotAheadOfGenesisError, UnknownRevisionError, and BrokenPolicyError.
    """
    is_whole = not genesis and not since
    if is_whole and desk.vault is not None:
        desk.vault.get_ready()
    begun = _begun(desk) if is_whole and not revision else None
    # All that judges takes longer to import than the vault to open or git to begin, which both go on meanwhile.
    from nearmiss.engine.audit.continuing import continued, remember
    from nearmiss.engine.audit.history import History
    from nearmiss.engine.audit.paths import judge_tree
    from nearmiss.engine.audit.sharing import WORK
    from nearmiss.engine.audit.walking import Walk

    repository = desk.repository
    tip = repository.resolve(revision) if revision else main_tip(desk)
    expected = repository.resolve(descendant_of) if descendant_of else ""
    findings = [Blamed(commit=tip, finding=one) for one in judge_repository(repository)]
    if expected and not repository.is_ancestor(expected, tip):
        findings.append(Blamed(commit=tip, finding=_rewritten(expected)))
    if findings:
        return _unjudged(tip, findings)
    later = continued(desk, tip, progress) if is_whole else None
    if later is not None:
        return later
    findings = [Blamed(commit=tip, finding=one) for one in judge_tree(repository, tip)]
    if findings:
        return _unjudged(tip, findings)
    with nothing_collected():
        commits = begun[1] if begun is not None and begun[0] == tip else repository.commits([tip])
        history = History(_with_help(commits, desk.crew, WORK))
        walk = Walk(desk, history, genesis=genesis, since=since)
        policy, let_stand = walk.policy_life()
        others = walk.found(let_stand, progress)
        general = [*walk.judge_genesis(let_stand), *walk.judge_commits(let_stand)]
        found = [policy, *others]
        audited = walk.audited(found, [*general, *(one for life in found for one in life.blamed)])
        if is_whole:
            remember(desk, walk, audited, found, general)
    return audited


def _begun(desk: Desk) -> tuple[str, Iterator[Commit]] | None:
    """Let git begin to tell what lies behind HEAD, which mostly is the tip of main; return the tip and the commits.

    Not where an earlier audit may have left what makes most of that needless.
    """
    tip = desk.repository.position().commit
    if tip is None or not (desk.vault is None or desk.vault.is_empty()):
        return None
    return tip, desk.repository.begin_commits(tip)


def _with_help(commits: Iterable[Commit], crew: Crew | None, work: str) -> Iterator[Commit]:
    """Yield commits, and call for help as soon as there are many."""
    for number, commit in enumerate(commits, 1):
        if number == MANY and crew is not None:
            crew.get_ready(work)
        yield commit


def main_tip(desk: Desk) -> str:
    """Return the tip of the main branch; in a bare repository it is where HEAD is."""
    head = desk.repository.position().commit
    if head is None:
        return desk.head()
    from nearmiss.engine.instance import read_register

    try:
        name = read_register(desk.repository.tree(head), desk.documents).newest.settings.main_branch
    except BrokenPolicyError:
        # What broke it is what an audit is for.
        return head
    return desk.main(name)


def _rewritten(expected: str) -> Finding:
    return Finding(
        code="history-rewritten",
        message=f"{expected} does not lie behind this commit any more: the history was rewritten",
        hint="find out who moved the branch and why; a clone made before still holds what was there",
    )


def _unjudged(tip: str, findings: Sequence[Blamed]) -> Audited:
    return Audited(
        tip=tip,
        genesis="",
        start="",
        unproven=0,
        commits=0,
        policy=0,
        rules="",
        lives=(),
        findings=tuple(findings),
    )
