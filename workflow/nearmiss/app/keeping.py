"""What an audit or a build leaves for the next: where it lies, where its key lies, what makes it the program's own."""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from nearmiss import __version__

if TYPE_CHECKING:
    from nearmiss.engine.vault import Vault

PLACE = Path("nearmiss", "cache", "audit.sealed")
"""Where that of an audit lies in git's own folder."""

PAGES = Path("nearmiss", "cache", "site.sealed")
"""Where that of a build lies: which pages it wrote, and from what."""

KEY = Path("nearmiss", "audit.key")
"""Where its key lies in the person's folder for what programs keep."""


def vault_of(git_dir: Path, place: Path = PLACE) -> Vault | None:
    """Return a vault of a repository; None where a person has no folder of their own. Nothing is opened yet."""
    from nearmiss.store.vault import SealedFile

    try:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser())
    except RuntimeError:
        return None
    return SealedFile(git_dir / place, key=home / KEY, version=cache(_version))


def _version() -> str:
    return f"{__version__} {code_of(Path(__file__).parents[1])}"


def code_of(root: Path) -> str:
    """Return what tells two states of the program apart that call themselves the same version."""
    seen = []
    for folder, folders, files in os.walk(root):
        # What Python keeps there follows from the others, and there is as much of it.
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            if name.endswith(".py"):
                found = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - pathlib takes ten times as long
                seen.append(f"{folder}/{name} {found.st_size} {found.st_mtime_ns}")
    return sha256("\n".join(sorted(seen)).encode()).hexdigest()
