"""A register with people and an intake beside it, whose clock and chance a test sets."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nearmiss.app.intake import open_intake
from nearmiss.engine.desk import Desk
from nearmiss.engine.intake.committing import commit_batch
from nearmiss.engine.intake.reviewing import confirm
from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Batch, Intake, Receipt, Sent
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.models.people import People, Person
from nearmiss.policy.intake_rules import Mode
from nearmiss.store.intake import SqliteIntake
from tests.engine.scene import Scene, SetClock

ANSWERS: Mapping[str, Any] = {
    "what_happened": "The trailer crept away from the dock while I was half inside. I braked.",
    "made_safe": "yes",
    "site": "plant-2",
    "process_area": "shipping",
}


@dataclass
class IntakeScene:
    """A scene and the intake of its register. Close it when done."""

    scene: Scene
    folder: Path
    key: Path
    intake: Intake
    count: int = 0

    @property
    def desk(self) -> Desk:
        """The desk of a server: nobody in particular."""
        return self.scene.desk("")

    @property
    def clock(self) -> SetClock:
        """The clock of register and intake."""
        return self.scene.clock

    @property
    def people(self) -> People:
        """The people of the register."""
        return main_register(self.desk)[1].newest.people

    def person(self, handle: str) -> Person:
        """Return somebody of people.yaml."""
        found = self.people.find(handle)
        assert found is not None
        return found

    def sent(self, mode: Mode = "anonymous", *, files: Mapping[str, bytes] | None = None, **more: Any) -> Sent:
        """Return what somebody sends; what is not given is that of the dock."""
        values = {key: more.pop(key) for key in ("name", "person", "contact", "at_once") if key in more}
        return Sent(mode=mode, answers={**ANSWERS, **more}, files=files or {}, **values)

    def take(self, mode: Mode = "anonymous", *, sending: str = "", **more: Any) -> Receipt:
        """Take a report; each has a token of its own unless one is given."""
        self.count += 1
        return take(self.intake, self.sent(mode, **more), token=sending or f"token-number-{self.count:08d}")

    def confirmed(self, mode: Mode = "anonymous", **more: Any) -> Receipt:
        """Take a report and confirm it as it is."""
        receipt = self.take(mode, **more)
        confirm(self.intake, self.desk, number=receipt.number, by=self.person("r.meyer"))
        return receipt

    def batch(self) -> Batch:
        """Commit what is due."""
        return commit_batch(self.desk, self.intake)

    def ruled(self, **rules: Any) -> None:
        """Let the intake go by other rules, given as its file has them."""
        given = json.loads(self.intake.settings.model_dump_json(by_alias=True))
        settings = type(self.intake.settings).model_validate({**given, **rules})
        self.intake = replace(self.intake, settings=settings)

    def reopened(self) -> Intake:
        """Close the intake and open it anew, as another process does."""
        close_store(self.intake)
        self.intake = opened(self.scene, self.folder)
        return self.intake

    def stored(self) -> bytes:
        """Return every byte of every file of the store."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.iterdir()))

    def close(self) -> None:
        """Close the store and end the children of git."""
        close_store(self.intake)
        self.scene.close()


def close_store(intake: Intake) -> None:
    """End the thread that writes."""
    assert isinstance(intake.store, SqliteIntake)
    intake.store.close()


def opened(scene: Scene, folder: Path) -> Intake:
    """Open the intake of a scene's register in a folder."""
    return open_intake(scene.desk(""), str(folder), clock=scene.clock, chance=scene.chance).intake


def open_intake_scene(scene: Scene, beside: Path) -> IntakeScene:
    """Open an intake for a scene's register in a folder beside it; the key lies below XDG_CONFIG_HOME."""
    folder = beside / "intake"
    intake = opened(scene, folder)
    [key] = Path(os.environ["XDG_CONFIG_HOME"]).rglob("intake.key")
    return IntakeScene(scene=scene, folder=folder, key=key, intake=intake)
