"""What the tests of exporting share: a register that was just founded, and the command line in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.engine.scene import Scene, found_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A register that was just founded."""
    made = found_scene(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shell(scene: Scene) -> Shell:
    """The command line in that register."""
    return Shell(directory=scene.root, scene=scene)
