"""The stages of the intake: reports that wait outside the repository are committed, or decided upon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crashes.stage import Prepared, founded, staged
from tests.engine.scene import Scene
from tests.intake.intake_scene import IntakeScene, close_store, open_intake_scene

BESIDE = {"XDG_CONFIG_HOME": "../config", "NEARMISS_INTAKE": "../intake"}
"""Where the intake and its key lie, seen from the register: they are copied along with it."""


@contextmanager
def _intake(scene: Scene) -> Iterator[IntakeScene]:
    beside = scene.root.parent
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(beside / "config"))
        made = open_intake_scene(scene, beside)
        yield made
        close_store(made.intake)


def intake_commit_named(folder: Path) -> Prepared:
    """A report with a name, which the server had no time to commit, is committed."""
    scene = founded(folder)
    with _intake(scene) as intake:
        intake.take("named", name="Mina")
    return staged(scene, "r.meyer", "intake", "commit", environment=BESIDE, watched=".")


def intake_commit_batch(folder: Path) -> Prepared:
    """A batch of reports without a name is committed."""
    scene = founded(folder)
    with _intake(scene) as intake:
        for mode in ("anonymous", "confidential", "anonymous"):
            intake.confirmed(mode)
    return staged(scene, "r.meyer", "intake", "commit", environment=BESIDE, watched=".")


INTAKE = (intake_commit_named, intake_commit_batch)
