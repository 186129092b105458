"""The quarantine of a push: where git keeps the objects that a hook is to judge, until it has said yes."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nearmiss.vcs.errors import NotBareError, QuarantineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.vcs.children import Place

_OF_A_PUSH = re.compile(r"(?:tmp_objdir-)?incoming-[A-Za-z0-9]+")


def quarantined(place: Place, inherited: Mapping[str, str]) -> Place:
    """Return a repository's place with the objects of the push that a hook was started for.

    Of what git tells its hook, only the name of the quarantine is believed, and only where it lies inside this
    repository; what stands behind it is always this repository's own objects and nothing else. Raises NotBareError, and
    QuarantineError where it is anywhere else or borrows from elsewhere.
    """
    if not place.is_bare:
        raise NotBareError(place.git_dir)
    named = inherited.get("GIT_OBJECT_DIRECTORY") or inherited.get("GIT_QUARANTINE_PATH")
    if not named:
        return place
    own = Path(os.path.realpath(place.common_dir / "objects"))
    kept = Path(os.path.realpath(Path.cwd() / named))
    if kept.parent != own or not _OF_A_PUSH.fullmatch(kept.name) or not kept.is_dir():
        raise QuarantineError(str(kept))
    if any((kept / "info" / name).exists() for name in ("alternates", "http-alternates")):
        raise QuarantineError(str(kept))
    objects = {"GIT_OBJECT_DIRECTORY": str(kept), "GIT_ALTERNATE_OBJECT_DIRECTORIES": _listed(own)}
    return replace(place, objects=objects)


def _listed(folder: Path) -> str:
    """Spell a folder as an entry of git's list of alternates, which colons part and quotes hold together."""
    name = str(folder)
    if ":" not in name and not name.startswith('"'):
        return name
    spelled = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{spelled}"'
