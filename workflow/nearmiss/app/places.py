"""Where a register lies on this machine: the top of its working tree, and git's own folder for it."""

from __future__ import annotations

from dataclasses import dataclass
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


def unsaved_of(directory: Path) -> Path:
    """Return the folder, inside git's own, for what is on its way into the working tree: a crash leaves it there."""
    from nearmiss.vcs.discovery import discover

    return discover(directory).git_dir / "nearmiss" / "unsaved"


@dataclass(frozen=True, kw_only=True)
class KeptText:
    """A section that somebody began to write and that could not be saved."""

    record: str
    section: str

    @property
    def command(self) -> str:
        """What takes it up again."""
        return f"nearmiss edit {self.record} {self.section} --resume"


def kept_texts(directory: Path) -> tuple[KeptText, ...]:
    """Return the unfinished texts of the repository that a directory lies in, by record."""
    named = (path.stem.rpartition("-") for path in sorted(drafts_of(directory).glob("*.yaml")))
    return tuple(KeptText(record=record, section=section) for record, _, section in named)


def personal_identity(directory: Path) -> Identity | None:
    """Return who git takes the person for in a directory, in a repository or outside of any; None where unknown."""
    from nearmiss.vcs.identities import identity_at

    return identity_at(directory)


def personal_pager() -> str:
    """Return the pager that the person has set in git for themselves, or an empty text."""
    from nearmiss.errors import NearMissError
    from nearmiss.vcs.preferences import personal_setting

    try:
        return personal_setting("core.pager")
    except NearMissError:
        return ""
