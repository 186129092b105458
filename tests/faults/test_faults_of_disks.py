"""Real disks that are full or read-only: what only reads works, what writes refuses in a sentence, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Outcome, Shell
from tests.crashes.judging import broken, observe
from tests.engine.scene import Scene, walked_scene
from tests.faults.disks import SmallDisk, mounted, unmount

RECORD = "NM-2026-00001"
TOLD = ("--what-happened", "The trailer crept away from the dock.", "--safe", "yes")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk of its own."""
    made = mounted(tmp_path / "disk")
    if made is None:
        pytest.skip("a small disk is mounted for this, which only root may do")
    yield made
    unmount(made)


@pytest.fixture
def scene(disk: SmallDisk) -> Iterator[Scene]:
    """A register on that disk, with a record that was reported and a step that is proposed."""
    made, record = walked_scene(disk.place, upto="reported")
    assert record == RECORD
    made.advance("s.ito", record)
    yield made
    made.close()


@pytest.fixture
def shell(scene: Scene) -> Shell:
    """A shell in that register."""
    return Shell(directory=scene.root, scene=scene)


READING = (
    ("list",),
    ("show", RECORD),
    ("history", RECORD),
    ("review", RECORD),
    ("check",),
    ("schema",),
    ("import", "../old.csv", "--mapping", "../own.yaml", "--dry-run"),
)
WRITING = {
    "report": ("m.okafor", "report", *TOLD),
    "edit": ("i.garcia", "edit", RECORD, "--set", "assessment.reply=We look at it."),
    "advance": ("i.garcia", "advance", RECORD, "--transition", "reassess", "--because", "It is worse."),
    "approve": ("r.meyer", "approve", RECORD),
    "object": ("p.lind", "object", RECORD, "--because", "Nobody asked the night shift."),
    "import": ("s.ito", "import", "../old.csv", "--mapping", "../own.yaml"),
    "schema": ("o.haddad", "schema", "--write"),
    "init": ("", "init", "../another", "--owner-name", "Ada Example", "--owner-email", "ada@example.org"),
}
MAPPING = """\
schema: 1
source: old-list
label: The old list
key: Nr
fields:
- {to: report.reported_on, from: Day, dates: [YYYY-MM-DD]}
- {to: report.what_happened, from: Text}
"""


@pytest.fixture
def table(disk: SmallDisk) -> None:
    """A table to import, beside the register."""
    (disk.place / "own.yaml").write_text(MAPPING, encoding="utf-8")
    (disk.place / "old.csv").write_text("Nr,Day,Text\n1,2026-01-12,It slid.\n", encoding="utf-8")


def run(shell: Shell, words: tuple[str, ...]) -> Outcome:
    """Run a command as somebody."""
    return shell.run(words[0], *words[1:])


def test_reading_works_on_a_read_only_disk(disk: SmallDisk, shell: Shell, table: None) -> None:
    """A register on a disk that cannot be written is listed, shown, reviewed and checked as on any other."""
    elsewhere = [shell.run("r.meyer", *words) for words in READING]

    with disk.read_only():
        there = [shell.run("r.meyer", *words) for words in READING]

    assert [one.code for one in elsewhere] == [0] * len(READING), elsewhere
    assert there == elsewhere


@pytest.mark.parametrize("name", WRITING)
def test_writing_refuses_on_a_read_only_disk(
    disk: SmallDisk, scene: Scene, shell: Shell, table: None, name: str
) -> None:
    """What writes says in one sentence that it cannot, and what to look at; afterwards all is as it was."""
    if name == "schema":
        scene.commit_files({"schemas/risk.schema.json": b"{}\n"}, branch="main")
    before = observe(scene.root)

    with disk.read_only():
        outcome = run(shell, WRITING[name])

    assert outcome.code == 1, outcome.said
    assert "ead-only" in outcome.err
    assert outcome.err.startswith("nearmiss: ")
    assert "\n  " in outcome.err
    assert observe(scene.root) == before
    assert not (disk.place / "another").exists()
    assert run(shell, WRITING[name]).code == 0


@pytest.mark.parametrize("name", WRITING)
def test_a_full_disk_loses_nothing(disk: SmallDisk, scene: Scene, shell: Shell, table: None, name: str) -> None:
    """With room for only a few pages more, a command is done or refused, never half done; with room it goes on."""
    if name == "schema":
        scene.commit_files({"schemas/risk.schema.json": b"{}\n"}, branch="main")
    before = observe(scene.root)

    for pages in (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24):
        disk.leave_free(pages)
        outcome = run(shell, WRITING[name])
        disk.make_room()
        assert broken(scene.root) == ""
        if outcome.code == 0:
            break
        assert outcome.code == 1, outcome.said
        assert "disk is full" in outcome.err
        if "is made" in outcome.err:
            break
        assert observe(scene.root) == before, f"{pages} pages: {outcome.said}"
    assert pages > 0
    if outcome.code:
        # Whatever was made stands, or nothing was: then there is room now to do it.
        outcome = shell.run("r.meyer", "list")
        assert outcome.code == 0, outcome.said
        if observe(scene.root) == before and not (disk.place / "another").exists():
            assert run(shell, WRITING[name]).code == 0
    assert observe(scene.root) != before or (disk.place / "another").exists()
    assert scene.git("status", "--porcelain", "--untracked-files=no") == "" or name == "schema"


def test_output_that_finds_no_room_is_told(shell: Shell, scene: Scene) -> None:
    """Where what is printed goes to a full disk, that is said; it is no fault of ours."""
    import subprocess
    import sys

    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full to print to")
    with full.open("w", encoding="utf-8") as nowhere:
        done = subprocess.run(
            [sys.executable, "-m", "nearmiss", "-C", str(scene.root), "list"],
            stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.startswith("nearmiss: The output could not be written: the disk is full.")
