"""Backup and restore as the page on the intake tells them: its very lines are run, and receipts open what they did."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from nearmiss.app.intake import KeyGoneError
from nearmiss.engine.intake.contents import contents_of, files_of
from nearmiss.engine.intake.conversing import contact_of
from nearmiss.engine.intake.errors import SealBrokenError
from nearmiss.engine.intake.following import follow, write
from nearmiss.engine.intake.reviewing import waiting_reports
from nearmiss.engine.intake.values import Receipt
from tests.intake.intake_scene import IntakeScene, close_store, opened

PAGE = Path(__file__).parents[2] / "site" / "docs" / "project" / "intake.md"
FILES = {"attachment-1.txt": b"the door\n"}


def scripts() -> list[str]:
    """Return what the page says to run: how to save, and how to restore."""
    section = PAGE.read_text(encoding="utf-8").partition("## Backup")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def run(intake_scene: IntakeScene, script: str, beside: Path) -> None:
    """Run lines of the page, with the places of this register."""
    places = {"BACKUP": beside / "backup", "ELSEWHERE": beside / "elsewhere"}
    for place in places.values():
        place.mkdir(exist_ok=True, mode=0o700)
    places |= {"INTAKE": intake_scene.folder, "KEYS": intake_scene.key.parent}
    given = {**os.environ, **{name: str(place) for name, place in places.items()}}
    subprocess.run(["sh", "-euc", script], check=True, env=given)


def saved(intake_scene: IntakeScene, beside: Path) -> Receipt:
    """Take a report, save the store while it is open, and lose store and key."""
    receipt = intake_scene.take("confidential", contact="ring me", files=FILES)
    write(intake_scene.intake, number=receipt.number, key=receipt.key, text="It happened again.")
    run(intake_scene, scripts()[0], beside)
    intake_scene.take(what_happened="This came after the backup.")
    close_store(intake_scene.intake)
    for path in [*intake_scene.folder.iterdir(), intake_scene.key]:
        path.unlink()
    return receipt


def test_what_was_saved_is_there_again(intake_scene: IntakeScene, tmp_path: Path) -> None:
    """Saved while the server runs and put back, the store has every word, file, contact and message of that moment."""
    receipt = saved(intake_scene, tmp_path)
    run(intake_scene, scripts()[1], tmp_path)
    intake_scene.intake = opened(intake_scene.scene, intake_scene.folder)

    intake, desk = intake_scene.intake, intake_scene.desk
    [report] = waiting_reports(intake, desk)
    followed = follow(intake, desk, number=receipt.number, key=receipt.key)
    assert followed is not None
    assert [message.text for message in followed.messages] == ["It happened again."]
    kept = intake.store.find(receipt.number)
    assert kept is not None
    assert contents_of(intake, kept).title == report.title
    assert files_of(intake, receipt.number) == FILES
    team = intake_scene.person("r.meyer")
    assert contact_of(intake, number=receipt.number, by=team, people=intake_scene.people) == "ring me"
    assert intake_scene.take().number, "it goes on to take reports"
    assert (intake_scene.folder / "intake.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_without_its_key_opens_nothing(intake_scene: IntakeScene, tmp_path: Path) -> None:
    """Without the key nothing starts on the store; with another one, nothing in it can be read."""
    receipt = saved(intake_scene, tmp_path)
    run(intake_scene, scripts()[1], tmp_path)
    intake_scene.key.unlink()
    with pytest.raises(KeyGoneError):
        opened(intake_scene.scene, intake_scene.folder)
    intake_scene.key.write_bytes(bytes(32))
    intake_scene.key.chmod(0o600)
    intake_scene.intake = opened(intake_scene.scene, intake_scene.folder)

    with pytest.raises(SealBrokenError):
        waiting_reports(intake_scene.intake, intake_scene.desk)
    assert follow(intake_scene.intake, intake_scene.desk, number=receipt.number, key="0" * 25) is None
    assert b"It happened again" not in intake_scene.stored()
