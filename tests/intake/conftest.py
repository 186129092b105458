"""What the tests of the intake share: a register with an intake beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.scene import found_scene
from tests.intake.intake_scene import IntakeScene, open_intake_scene


@pytest.fixture
def intake_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[IntakeScene]:
    """A register under the plain rules with an intake beside it, both with a clock and chance that a test sets."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    made = open_intake_scene(found_scene(tmp_path), tmp_path)
    yield made
    made.close()
