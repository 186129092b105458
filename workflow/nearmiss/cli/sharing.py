"""Telling people that what they committed is in their own clone only, where there is somebody to share it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.cli.voice import say

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk


def say_share(desk: Desk, branch: str) -> None:
    """Say how a branch gets to the others; nothing where the repository has no remote."""
    remote = next((name.partition("/")[0] for name in desk.repository.remote_branches()), "")
    if remote:
        say(f"So far it is in your clone only. Share it: git push {remote} {branch}")
