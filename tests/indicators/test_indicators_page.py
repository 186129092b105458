"""The page on the indicators: its commands give what it shows, and its table says what the program says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.docs.pages import FOLDER
from tests.docs.transcripts import blocks, commands, fits
from tests.engine.scene import Scene, found_scene

PAGE = "indicators.md"


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Scene]:
    """The register of the page: two reports in November, one of them under investigation; more is known in January."""
    scene = found_scene(tmp_path)
    scene.chance.texts = ["7Q4K2", "M3X9T", "B8W4J", "H5R2C"]
    first = scene.walk(level="low", upto="investigated")
    scene.report("s.ito", occurred_on="2026-11-21", what_happened="A carton slid off the pallet.")
    scene.clock.to("2027-01-15")
    scene.report("m.okafor", reported_on="2026-11-27", what_happened="A chock broke under a wheel.")
    worse = {"assessment.severity_potential": 4, "assessment.level": "high", "assessment.assessed_on": "2027-01-15"}
    scene.advance("i.garcia", first, worse, transition="reassess", because="The driver could have been crushed.")
    scene.put_in_force(first, ("r.meyer", "p.lind"))
    scene.report("m.okafor", what_happened="The ramp was icy.")
    yield scene
    scene.close()


def test_the_page_can_be_followed(story: Scene, repo_root: Path) -> None:
    """Each command of the page shows what the page says, in the register of its story."""
    shell = Shell(directory=story.root, scene=story)
    followed = 0
    for kind, text in blocks((repo_root / FOLDER / PAGE).read_text(encoding="utf-8")):
        assert kind in {"console", "yaml"}
        for command in commands(text) if kind == "console" else ():
            name, *words = shlex.split(command.words)
            assert name == "nearmiss"
            outcome = shell.run("r.meyer", *words)
            assert outcome.code == 0, outcome.said
            assert fits(command.shown, outcome.out), f"{command.words}\n{outcome.out}"
            followed += 1
    assert followed >= 3
