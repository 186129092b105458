"""Where a register lies on this machine: the top of its working tree, and git's own folder for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.engine.ports import Identity


def root_of(directory: Path) -> Path:
    """Return the top folder of the working tree that a directory lies in.

    Raises NotARepositoryError, and NoWorkingTreeError in a bare repository.
    """
    from nearmiss.vcs.discovery import discover
    from nearmiss.vcs.errors import NoWorkingTreeError

    place = discover(directory)
    if place.root is None:
        raise NoWorkingTreeError(place.git_dir)
    return place.root


def drafts_of(directory: Path) -> Path:
    """Return the folder in which unfinished texts are kept, inside git's own, so that no commit takes them along."""
    from nearmiss.vcs.discovery import discover

    return discover(directory).git_dir / "nearmiss" / "drafts"


def personal_identity(directory: Path) -> Identity | None:
    """Return who git takes the person for in a directory, in a repository or outside of any; None where unknown."""
    from nearmiss.vcs.identities import identity_at

    return identity_at(directory)
