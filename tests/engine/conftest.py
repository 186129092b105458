"""What the tests of the use cases share: a register of their own, and the means to make more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.scene import PLAIN, Scene, found_scene, walked_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A register under the plain rules, for which nobody needs a key, just founded."""
    made = found_scene(tmp_path)
    yield made
    made.close()


@pytest.fixture
def scene_of(tmp_path: Path) -> Iterator[Callable[[str], Scene]]:
    """Make a register under the rules of a preset."""
    made: list[Scene] = []

    def make(preset: str) -> Scene:
        made.append(found_scene(tmp_path / f"{len(made)}", preset=preset))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def walked(tmp_path: Path) -> Iterator[Callable[..., tuple[Scene, str]]]:
    """Make registers, each with one record on its way, for instance `upto="action"` at `level="high"`."""
    made: list[Scene] = []

    def make(upto: str = "investigated", level: str = "low", preset: str = PLAIN) -> tuple[Scene, str]:
        scene, record = walked_scene(tmp_path / f"{len(made)}", level=level, upto=upto, preset=preset)
        made.append(scene)
        return scene, record

    yield make
    for one in made:
        one.close()
