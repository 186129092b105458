"""The demo's folder: whatever a demo that was cut short left there is replaced, and nobody else's files ever are."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.app import demo
from nearmiss.app.demo import NotADemoError, play_demo, start_clean
from nearmiss.app.opening import open_desk
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.demo import Scene
from nearmiss.vcs.repository import create_repository
from nearmiss.verifier.__main__ import verify_repository
from tests.engine.scene import found_scene


def test_the_demo_that_a_stranger_plays_holds_before_every_judge(tmp_path: Path) -> None:
    """All its stories are played; every step is signed with a key, and check, audit and verifier find nothing."""
    told: list[Scene] = []
    result = play_demo(tmp_path / "demo", say=told.append)

    assert len(told) == result.steps > 100
    assert (result.checked.verdict, result.checked.findings, result.checked.asserted) == ("pass", (), 0)
    assert result.waiting
    found = audit(open_desk(tmp_path / "demo"))
    assert (found.verdict, found.open_findings) == ("pass", ())
    assert {signature.assurance for signature in found.signatures} == {"signed"}
    assert len(found.records) == result.checked.records == 8
    assert verify_repository(tmp_path / "demo", "main").faults == []


def test_a_demo_that_was_cut_short_is_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it dies, its register is known as that of a demo, and the next one takes its place."""
    folder = tmp_path / "demo"

    def cut_short(directory: Path, *_: object, **__: object) -> None:
        (directory / "workflow").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "found", cut_short)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            play_demo(folder, say=lambda _: None)
    assert (folder / "workflow").is_dir()

    start_clean(folder)

    assert not folder.exists()


def test_a_repository_in_which_nothing_was_made_is_in_nobodys_way(tmp_path: Path) -> None:
    """A demo that died between making its repository and marking it can be played again."""
    create_repository(tmp_path / "demo").close()

    start_clean(tmp_path / "demo")

    assert (tmp_path / "demo" / ".git").is_dir()


def test_what_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    """A register and a folder with a file are refused, and stay."""
    scene = found_scene(tmp_path)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").touch()

    for folder in (scene.root, tmp_path / "letters"):
        with pytest.raises(NotADemoError):
            start_clean(folder)

    assert scene.rev()
    assert (tmp_path / "letters" / "letter.txt").exists()
    scene.close()
