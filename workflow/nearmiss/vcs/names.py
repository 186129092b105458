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
    """Local branches, branches of remotes with the remote's name, and tags."""

    branches: tuple[str, ...]
    remote: tuple[str, ...]
    tags: tuple[str, ...]


def names_at(directory: Path) -> Names:
    """Return the names in the repository of a folder; none where git can say nothing."""
    environment = reading_environment(os.environ, safe="*")
    words = ["for-each-ref", "--format=%(symref) %(refname)"]
    with start(words, environment=environment, directory=directory, stderr=subprocess.DEVNULL) as child:
        said = child.communicate()[0].decode("utf-8", "replace")
    listed = [name for points_to, _, name in (line.partition(" ") for line in said.splitlines()) if not points_to]
    return Names(
        branches=_below("refs/heads/", listed),
        remote=_below("refs/remotes/", listed),
        tags=_below("refs/tags/", listed),
    )


def _below(space: str, references: list[str]) -> tuple[str, ...]:
    return tuple(name.removeprefix(space) for name in references if name.startswith(space))
