"""What the tests of the command line share: a register with a cast, and a shell in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.engine.scene import Scene, found_scene, walked_scene


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell in a register that was just founded."""
    scene = found_scene(tmp_path)
    yield Shell(directory=scene.root, scene=scene)
    scene.close()


@pytest.fixture
def scene(shell: Shell) -> Scene:
    """The register and the people of the shell."""
    assert shell.scene is not None
    return shell.scene


@pytest.fixture
def walked(tmp_path: Path) -> Iterator[Callable[..., tuple[Shell, Scene, str]]]:
    """Make a shell in a register with one record on its way, for instance `upto="action"` at `level="high"`."""
    made: list[Scene] = []

    def make(upto: str = "investigated", level: str = "low") -> tuple[Shell, Scene, str]:
        scene, record = walked_scene(tmp_path / f"{len(made)}", level=level, upto=upto)
        made.append(scene)
        return Shell(directory=scene.root, scene=scene), scene, record

    yield make
    for one in made:
        one.close()
