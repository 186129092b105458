"""The names of branches and tags, asked of git quickly for whoever types them; no repository is opened for it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nearmiss.vcs.children import start
from nearmiss.vcs.environment import reading_environment


@dataclass(frozen=True, kw_only=True)
class Names:
    """Local branches and tags, branches of remotes without the remote's name, and those not yet in the main one."""

    git_dir: Path
    tip: str
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    remote: tuple[str, ...]
    open: frozenset[str]


def names_at(directory: Path, main: str) -> Names | None:
    """Return the names in the repository of a folder, given its main branch; None where git can say nothing."""
    git_dir, _, tip = _ask(directory, "rev-parse", "--absolute-git-dir", f"refs/heads/{main}").partition("\n")
    if not git_dir:
        return None
    listed = _ask(directory, "for-each-ref", "--format=%(refname)").splitlines()
    unmerged = _ask(
        directory, "for-each-ref", "--format=%(refname)", f"--no-merged=refs/heads/{main}", "refs/heads", "refs/remotes"
    )
    return Names(
        git_dir=Path(git_dir),
        tip=tip.strip(),
        branches=_below("refs/heads/", listed),
        tags=_below("refs/tags/", listed),
        remote=tuple(name.partition("/")[2] for name in _below("refs/remotes/", listed)),
        open=frozenset(map(_own_name, unmerged.splitlines())),
    )


def _own_name(reference: str) -> str:
    """Return the name of a branch, whether it is here or at a remote."""
    if reference.startswith("refs/heads/"):
        return reference.removeprefix("refs/heads/")
    return reference.removeprefix("refs/remotes/").partition("/")[2]


def _below(space: str, references: list[str]) -> tuple[str, ...]:
    return tuple(name.removeprefix(space) for name in references if name.startswith(space))


def _ask(directory: Path, *words: str) -> str:
    environment = reading_environment(os.environ, safe="*")
    with start(words, environment=environment, directory=directory, stderr=subprocess.DEVNULL) as child:
        return str(child.communicate()[0].decode("utf-8", "replace"))
