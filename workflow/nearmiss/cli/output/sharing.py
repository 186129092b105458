"""Telling people that what they committed is in their own clone only, and what to do where somebody pushed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.cli.voice import say

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.refusals import PushRefusedError


def say_share(desk: Desk, branch: str) -> None:
    """Say how a branch gets to the others; nothing where the repository has no remote."""
    from nearmiss.engine.proposing.branches import subject_of

    remote = next((name.partition("/")[0] for name in desk.repository.remote_branches()), "")
    if remote:
        say(f"So far it is in your clone only. Share it: git push {remote} {branch}")
        say(f"If that is refused, somebody else pushed first: {_join(remote, branch, subject_of(branch))}, then again.")


def after_refusal(error: PushRefusedError) -> str:
    """Return what to do after a push that was refused; where somebody was faster, how to take theirs in."""
    from nearmiss.engine.proposing.branches import subject_of

    if not error.came_too_late:
        return error.hint
    join = _join(error.remote, error.branch, subject_of(error.branch))
    return (
        f"Somebody else pushed it first; your commit is safe on the local branch. Take theirs in: {join}. "
        f"Then: git push {error.remote} {error.branch}"
    )


def _join(remote: str, branch: str, subject: str | None) -> str:
    """Return the commands that take in what others have pushed. Never a rebase: it would sign anonymous reports."""
    if subject is None:
        return f"git pull --no-rebase {remote} {branch}"
    return f"git fetch {remote} && nearmiss advance {subject} --refresh"
