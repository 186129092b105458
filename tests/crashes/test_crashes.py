"""Stopping every writing command in its tracks: killed, torn apart, or refused by the disk, at a spread of its calls.

`make crashes` stops them at every call.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.crashes.__main__ import main
from tests.crashes.driving import Drive, laboratory
from tests.crashes.judging import State, observe, outcome
from tests.crashes.players import Player
from tests.crashes.points import (
    CUT_OFF,
    FULL,
    KILLED,
    READ_ONLY,
    ROUNDS,
    WAYS,
    Point,
    every,
    sample,
    spread,
    telling_first,
)
from tests.crashes.shim import VARIABLE, Call, has_compiler, kind_of, write_orders
from tests.crashes.stages import STAGES, prepare

pytestmark = pytest.mark.skipif(
    not (has_compiler() and sys.platform == "linux"),
    reason="what stops the program is a library that Linux preloads, built with gcc: install gcc to run this",
)


WAITS = frozenset({"fsync", "fdatasync"})
MOST_WAITS_FOR_THE_INDEX = 10
"""One when it is made, four for each of two things that are put into it, and one more."""


WRITER = """
import os
def write(name, text, mode="w", wait=False):
    with open(name, mode) as file:
        file.write(text)
        file.flush()
        if wait:
            os.fsync(file.fileno())
write("added", "new\\n", "a")
write("over", "new\\n")
write("kept", "new\\n", wait=True)
write("waited", "so far\\n", wait=True)
write("waited", "and more\\n", "a")
write("beside", "moved\\n", wait=True)
os.rename("beside", "moved")
write("lost", "new\\n")
"""


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    """A player that is started once."""
    folder = laboratory(tmp_path_factory.mktemp("crashes"))
    with Player(folder / "player") as started:
        yield started
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("name", STAGES)
def test_a_stopped_command_leaves_before_or_after(name: str, player: Player, tmp_path: Path) -> None:
    """Wherever it is stopped: all or nothing, git finds no fault, the next command works and says why."""
    drive = Drive(player, prepare(name, tmp_path))
    points = list(sample(drive.calls, WAYS, turn=list(STAGES).index(name)))

    verdicts = [drive.stop_at(point) for point in points]

    wrong = [f"{verdict.point}: {outcome(verdict.problems)}" for verdict in verdicts if verdict.problems]
    assert not wrong, "\n".join(wrong)
    assert any(verdict.reached for verdict in verdicts)


@pytest.mark.parametrize("words", [("list",), ("check",), ("show", "NM-2026-00001"), ("history", "NM-2026-00001")])
def test_reading_needs_no_disk_that_can_be_written(words: tuple[str, ...], player: Player, tmp_path: Path) -> None:
    """Where every write is refused, what only reads says the same as elsewhere, and ends the same."""
    stage = prepare("check", tmp_path)
    player.set_up(stage)
    refused = player.orders(stage, at=1, mode=READ_ONLY.mode, number=READ_ONLY.number, refused=READ_ONLY.refused)
    before = observe(player.register)

    there = player.run(stage, words, orders=refused)
    elsewhere = player.run(stage, words)

    assert (there.status, there.err) == (0, "")
    assert there.out == elsewhere.out
    assert observe(player.register) == before


def test_reading_says_what_waits_for_a_disk_that_can_be_written(player: Player, tmp_path: Path) -> None:
    """After a crash, on a disk that became read-only, reading works and tells that the files are behind."""
    stage = prepare("report", tmp_path)
    drive = Drive(player, stage)
    last = max(at for at, call in enumerate(drive.calls, 1) if (call.name, call.path) == ("rename", ".git/index"))
    player.set_up(stage)
    player.run(stage, orders=player.orders(stage, at=last, mode=KILLED.mode))

    refused = player.orders(stage, at=1, mode=READ_ONLY.mode, number=READ_ONLY.number, refused=READ_ONLY.refused)
    looked = player.run(stage, ("list",), orders=refused)

    assert looked.status == 0
    assert "A command was interrupted here, and the files cannot follow its commit yet." in looked.err
    assert "Read-only file system" in looked.err
    again = player.run(stage, ("list",))
    assert "Your files have now been brought up to it".lower() in again.err.lower()
    assert observe(player.register) == drive.sides.after


def test_what_may_be_lost_is_waited_for_only_a_few_times(player: Player, tmp_path: Path) -> None:
    """An index is begun with one wait for the disk: on a busy disk, two dozen take longer than all else together."""
    drive = Drive(player, prepare("importing", tmp_path))

    waits = [call for call in drive.calls if call.name in WAITS and call.path.startswith(".git/nearmiss/cache")]

    assert len([call for call in waits if "index.db." in call.path]) == 1
    assert len(waits) <= MOST_WAITS_FOR_THE_INDEX


def test_points_are_every_call_in_every_way_that_makes_sense() -> None:
    """A call that only waits is no place to be killed at, one that writes can be torn, and a folder is not full."""
    calls = [Call(name="fsync", path=".git/x"), Call(name="write", path=".git/x"), Call(name="unlink", path=".git/x")]

    met = {(point.way.name, point.at) for point in every(calls)}

    assert ("killed", 1) not in met
    assert {("killed", 2), ("cut-off", 2), ("torn", 2), ("full", 2), ("broken", 1), ("read-only", 3)} <= met
    assert ("full", 3) not in {(point.way.name, point.at) for point in every([*calls, calls[1]])}
    twice = [*calls, *calls]
    assert [str(point) for point in spread(twice, [FULL])] == ["full at 2: write .git/x"]
    assert list(telling_first(twice))[: len(list(spread(twice)))] == list(spread(twice))
    assert sorted(map(str, telling_first(twice))) == sorted(map(str, every(twice)))
    everything = {point for turn in range(ROUNDS) for point in sample(twice, WAYS, turn=turn)}
    assert everything == set(spread(twice, WAYS))


def test_calls_are_alike_whatever_was_drawn_by_lot() -> None:
    """Names of objects, records and temporary files do not make a sort of call of their own."""
    assert kind_of(".git/objects/0a/tmp_obj_x7Qz") == kind_of(".git/objects/ff/tmp_obj_9")
    assert kind_of("records/2026/11/NM-2026-7Q4K2.yaml") == kind_of("records/2025/01/NM-2025-00001.yaml")
    assert kind_of(".git/refs/heads/main") != kind_of(".git/index")


def test_a_difference_is_named() -> None:
    """Two states that differ say in what: the first few paths, the index, the references."""
    one, other = State(files={"a": "1"}), State(files={"a": "2"}, references={"refs/heads/main": "0"})

    assert one.differs(other) == "references, a"
    assert one.differs(one) == ""


def test_the_table_names_what_was_stopped(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`python -m tests.crashes` prints one line for each command, and ends with 0 where everything held."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        code = main(["--command", "schema", "--way", "killed", "--spread", "--jobs", "1", "--seconds", "99"])

    assert code == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["command", "points", "states", "wrong"]
    assert (line.split()[0], line.split()[3]) == ("schema", "0")


def test_what_nobody_waited_for_is_lost_with_the_power(player: Player, tmp_path: Path) -> None:
    """Of new files, of added lines and of files written over, only what was waited for is there afterwards."""
    place, orders = player.place, tmp_path / "orders"
    stage = replace(prepare("check", tmp_path / "made"), watched=".")
    for name in ("added", "over", "kept"):
        (stage.folder / name).write_text("old\n", encoding="ascii")
    player.set_up(stage)
    write_orders(orders, replace(player.orders(stage), mode=CUT_OFF.mode, at=1 << 30))
    told = {**os.environ, "LD_PRELOAD": str(player.library), VARIABLE: str(orders)}

    subprocess.run([sys.executable, "-c", WRITER], cwd=place, env=told, check=True)
    player.lose(stage, orders)

    found = {path.name: path.read_text(encoding="ascii") for path in place.iterdir() if path.is_file()}
    assert found == {
        "added": "old\n", "over": "", "kept": "new\n", "waited": "so far\n", "moved": "moved\n", "lost": ""
    }  # fmt: skip


def test_what_is_wrong_is_noticed(player: Player, tmp_path: Path) -> None:
    """The judge is no yes-man: a file changed behind its back is between before and after."""
    drive = Drive(player, prepare("report", tmp_path))
    point = Point(way=KILLED, at=len(drive.calls), call=drive.calls[-1])
    before = drive.sides.before

    object.__setattr__(drive.sides, "after", before)
    verdict = drive.stop_at(point)

    assert any("between" in problem for problem in verdict.problems)
