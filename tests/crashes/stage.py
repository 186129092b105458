"""What a stage is: a register in which a command has something to write, and the command."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.scene import Scene, found_scene, walked_scene
from tests.forge.world import World


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A folder that holds `register` (and what the command is handed), and the command to run in it as somebody."""

    folder: Path
    who: str
    words: tuple[str, ...]
    instant: str
    environment: Mapping[str, str] = field(default_factory=dict)
    here: str = "register"
    """The folder in which the command runs."""
    watched: str = "register"
    """The folder below which its calls count."""
    piecemeal: bool = False
    """Whether each file is before or after by itself: made from others, they can be made again at any time."""
    again: tuple[str, ...] = ()
    """What the program itself says to run where the same command would not do."""
    shares: bool = False
    """Whether it pushes what it made: then it may be stopped between the two."""
    serves: World | None = None
    """The forge whose repository is `remote.git` of the copy that is played on."""


Prepared = tuple[Scene, Stage]


def staged(scene: Scene, who: str, *words: str, **more: object) -> Prepared:
    """Return a stage in the register of a scene, at its time."""
    instant = scene.clock.instant.isoformat()
    return scene, Stage(folder=scene.root.parent, who=who, words=words, instant=instant, **more)  # type: ignore[arg-type]  # as given


def founded(folder: Path) -> Scene:
    """Return a register that was just founded."""
    return found_scene(folder)


def reported(folder: Path) -> tuple[Scene, str]:
    """Return a register with a record that was reported, and drafted for all that follows."""
    return walked_scene(folder, upto="reported")


def advanced(folder: Path) -> tuple[Scene, str]:
    """Return a register with a record whose first step is proposed."""
    scene, record = reported(folder)
    scene.advance("s.ito", record)
    return scene, record


def shared(scene: Scene) -> None:
    """Give a register a remote of its own, beside it and copied along with it."""
    remote = scene.root.parent / "remote.git"
    subprocess.run(["git", "clone", "-q", "--bare", scene.root, remote], check=True)
    # As a forge does: by itself, git does not wait for single objects that it receives.
    subprocess.run(["git", "-C", remote, "config", "core.fsync", "committed,reference"], check=True)
    scene.git("remote", "add", "origin", "../remote.git")
    scene.git("fetch", "-q", "origin")
