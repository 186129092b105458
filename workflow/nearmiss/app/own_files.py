"""Files of the site that a register can have of its own: laid down one by one, since only these stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.adding_forge import require_way
from nearmiss.errors import NearMissError, UsageError
from nearmiss.shipped import OWNED, shipped, shipped_files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class NoSuchFileOfTheSiteError(UsageError):
    """A file was asked for that is none of the site's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The site has no file {name}.", hint="`nearmiss site own` lists those that there are.")


class OwnAlreadyError(NearMissError):
    """The register has such a file of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is yours already.", hint="Change it there; to begin with the program's again, remove it first."
        )


def files_to_own(root: Path) -> dict[str, bool]:
    """Return the files of the site that a register can have of its own, and whether it has."""
    names = (name for folder in OWNED for name in shipped_files(*folder.split("/")))
    return {name: (root / name).exists() for name in names if not name.endswith("/README.md")}


def lay_down_own(root: Path, names: Sequence[str]) -> None:
    """Copy files of the site into a register, so that they can be changed there; raises NearMissError.

    All of them or none; what is there already is never written over.
    """
    known = files_to_own(root)
    for name in names:
        if name not in known:
            raise NoSuchFileOfTheSiteError(name)
        if known[name] or (root / name).is_symlink():
            raise OwnAlreadyError(name)
    require_way(root, names)
    for name in dict.fromkeys(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with (root / name).open("xb") as file:
            file.write(shipped(*name.split("/")).read_bytes())
