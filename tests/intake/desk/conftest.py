"""What the tests of the desk share: a team over a register that was just founded, or with one record on its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.scene import found_scene
from tests.intake.desk.hosting import Team, team_of


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """A team over a register that was just founded."""
    scene = found_scene(tmp_path)
    yield from team_of(scene, tmp_path / "state")
    scene.close()
