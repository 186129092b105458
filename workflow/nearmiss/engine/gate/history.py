"""What git may be told that is not so: history that is cut, replaced, grafted or borrowed proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Repository


def judge_repository(repository: Repository) -> Iterator[Finding]:
    """Find whatever would let two people with the same commit ids see two histories."""
    if repository.is_shallow:
        yield Finding(
            code="history-cut",
            message="the history of this clone was cut off, so nobody can tell who wrote what",
            hint="fetch the whole of it: git fetch --unshallow",
        )
    if repository.has_replace_refs:
        yield Finding(
            code="history-replaced",
            message="refs/replace shows git other objects than the ones that commit ids stand for",
            hint="look at what they hide, then remove them: git replace -l, git replace -d",
        )
    if repository.has_grafts:
        yield Finding(
            code="history-replaced",
            message="a grafts file gives commits other parents than the ones that commit ids stand for",
            hint="look at what it hides, then remove info/grafts from git's folder",
        )
    if repository.has_alternates:
        yield Finding(
            code="objects-borrowed",
            message="objects are borrowed from another repository, which may change or go away",
            hint="copy them here, then stop borrowing: git repack -a -d, and remove objects/info/alternates",
        )


def judge_roots(desk: Desk, *, base: str, head: str) -> Iterator[Finding]:
    """A request does not bring a second beginning along: what was merged from elsewhere has no history here."""
    if any(not commit.parents for commit in desk.walk([head], without=[base], paths=())):
        yield Finding(
            code="history-unrelated",
            message="the request merges a history that began elsewhere",
            hint="start the branch again from the tip of the main branch, without that merge",
        )


def no_single_base(number: int) -> Finding:
    """Return the finding for two commits without one best common ancestor."""
    what = "no common history" if number == 0 else f"{number} best common ancestors"
    return Finding(
        code="merge-base",
        message=f"the request and the main branch have {what}, so what it changes cannot be told",
        hint="start the branch again from the tip of the main branch",
    )
