"""Outputs: whole or not there at all, never over what a person has, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from nearmiss.store import outputs
from nearmiss.store.files import FileUnwritableError
from nearmiss.store.outputs import (
    OutputBusyError,
    OutputExistsError,
    OutputInTheWayError,
    new_file,
    new_folder,
    write_output,
)

OURS = ("a.csv", "b.csv")


class StoppedError(Exception):
    """Stands for whatever ends an export early."""


def names(folder: Path) -> list[str]:
    """Return what lies in a folder, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def stopped_halfway(place: Path, existing: outputs.Existing) -> None:
    """Begin to write a file, and end early."""
    with new_file(place, existing=existing) as stream:
        stream.write(b"half")
        raise StoppedError


def stopped_within(place: Path) -> None:
    """Begin to fill a folder, and end early."""
    with new_folder(place, existing="replace", ours=OURS) as folder:
        (folder / "a.csv").write_text("half")
        raise StoppedError


def overtaken(place: Path) -> None:
    """Write a file, while somebody else takes its name."""
    with new_file(place, existing="refuse") as stream:
        stream.write(b"mine")
        place.write_text("theirs")


def fill(folder: Path, text: str = "new") -> None:
    """Write the files of an export into a folder."""
    for name in OURS:
        (folder / name).write_text(text)


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    """Before the block ends there is no such file; after it, all of it; folders on the way are made."""
    place = tmp_path / "deep" / "x.jsonl"

    with new_file(place, existing="refuse") as stream:
        stream.write(b"all")
        assert not place.exists()

    assert place.read_bytes() == b"all"
    assert names(place.parent) == ["x.jsonl"]


@pytest.mark.parametrize("existing", ["refuse", "replace"])
def test_a_file_that_is_not_finished_never_was(tmp_path: Path, existing: outputs.Existing) -> None:
    """Whatever ends an export early leaves what was there before, and nothing else."""
    place = tmp_path / "x.jsonl"
    if existing == "replace":
        place.write_text("old")

    with pytest.raises(StoppedError):
        stopped_halfway(place, existing)

    assert names(tmp_path) == (["x.jsonl"] if existing == "replace" else [])
    assert existing == "refuse" or place.read_text() == "old"


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    """A file of that name is refused, and replaced only where that is asked for."""
    place = tmp_path / "x.jsonl"
    place.write_text("old")

    with pytest.raises(OutputExistsError, match="is there already"), new_file(place, existing="refuse"):
        pytest.fail("nothing is opened")
    assert place.read_text() == "old"

    with new_file(place, existing="replace") as stream:
        stream.write(b"new")
    assert place.read_text() == "new"


def test_a_name_that_somebody_takes_meanwhile_stays_theirs(tmp_path: Path) -> None:
    """An export that took its time looks again before it takes the name."""
    place = tmp_path / "x.jsonl"

    with pytest.raises(OutputExistsError):
        overtaken(place)

    assert place.read_text() == "theirs"
    assert names(tmp_path) == ["x.jsonl"]


def test_a_link_is_followed(tmp_path: Path) -> None:
    """Where a person made a link, the file that it leads to is replaced, and the link stays."""
    (tmp_path / "real").mkdir()
    (tmp_path / "x.jsonl").symlink_to(tmp_path / "real" / "x.jsonl")

    with new_file(tmp_path / "x.jsonl", existing="refuse") as stream:
        stream.write(b"new")

    assert (tmp_path / "x.jsonl").is_symlink()
    assert (tmp_path / "real" / "x.jsonl").read_bytes() == b"new"


@pytest.mark.parametrize("existing", ["refuse", "replace"])
def test_what_is_no_file_is_never_replaced(tmp_path: Path, existing: outputs.Existing) -> None:
    """A folder, a pipe or a device in the place is left alone, with --force too."""
    os.mkfifo(tmp_path / "pipe")

    for place, what in ((tmp_path, "a folder"), (tmp_path / "pipe", "no ordinary file"), (Path(os.devnull), "no ord")):
        with pytest.raises(OutputInTheWayError, match=what), new_file(place, existing=existing):
            pytest.fail("nothing is opened")


def test_what_a_killed_export_left_is_written_over(tmp_path: Path) -> None:
    """The leftovers of a process that died are longer than the new output, and no part of it."""
    (tmp_path / ".x.jsonl.unsaved").write_text("much longer leftovers")

    with new_file(tmp_path / "x.jsonl", existing="refuse") as stream:
        stream.write(b"new")

    assert (tmp_path / "x.jsonl").read_bytes() == b"new"
    assert names(tmp_path) == ["x.jsonl"]


def test_two_at_once_do_not_mix(tmp_path: Path) -> None:
    """While one process writes an output, another is told so, and takes nothing of it away."""
    beside = tmp_path / ".x.jsonl.unsaved"
    with beside.open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        other.write(b"theirs")
        other.flush()

        with pytest.raises(OutputBusyError), new_file(tmp_path / "x.jsonl", existing="refuse"):
            pytest.fail("nothing is opened")

    assert beside.read_bytes() == b"theirs"


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    """What the disk refuses is a sentence with the path."""
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(FileUnwritableError, match="cannot be written"),
        new_file(tmp_path / "file" / "x.jsonl", existing="refuse"),
    ):
        pytest.fail("nothing is opened")


# Folders


def test_a_folder_is_there_when_it_is_whole(tmp_path: Path) -> None:
    """Before the block ends there is no such folder; after it, all of it."""
    place = tmp_path / "deep" / "out"

    with new_folder(place, existing="refuse", ours=OURS) as folder:
        fill(folder)
        assert not place.exists()

    assert names(place) == ["a.csv", "b.csv"]
    assert names(place.parent) == ["out"]


def test_an_empty_folder_is_as_good_as_none(tmp_path: Path) -> None:
    """A folder that was made for the export is taken."""
    (tmp_path / "out").mkdir()

    with new_folder(tmp_path / "out", existing="refuse", ours=OURS) as folder:
        fill(folder)

    assert names(tmp_path / "out") == ["a.csv", "b.csv"]


def test_an_earlier_export_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """It is refused unless that is asked for; then no file of the earlier one is left."""
    place = tmp_path / "out"
    place.mkdir()
    (place / "b.csv").write_text("old")

    with pytest.raises(OutputExistsError), new_folder(place, existing="refuse", ours=OURS):
        pytest.fail("nothing is opened")
    with new_folder(place, existing="replace", ours=OURS) as folder:
        (folder / "a.csv").write_text("new")

    assert names(tmp_path) == ["out"]
    assert names(place) == ["a.csv"]


def test_a_folder_with_anything_else_is_never_replaced(tmp_path: Path) -> None:
    """--force does not make a person's own folder an export's."""
    place = tmp_path / "home"
    place.mkdir()
    (place / "a.csv").write_text("old")
    (place / "letter.txt").write_text("dear")

    with pytest.raises(OutputInTheWayError), new_folder(place, existing="replace", ours=OURS):
        pytest.fail("nothing is opened")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputInTheWayError), new_folder(tmp_path / "file", existing="replace", ours=OURS):
        pytest.fail("nothing is opened")

    assert names(place) == ["a.csv", "letter.txt"]


def test_a_folder_that_is_not_finished_never_was(tmp_path: Path) -> None:
    """Whatever ends an export early leaves the earlier one, and nothing else."""
    place = tmp_path / "out"
    place.mkdir()
    fill(place, "old")

    with pytest.raises(StoppedError):
        stopped_within(place)

    assert names(tmp_path) == ["out"]
    assert (place / "a.csv").read_text() == "old"


def test_a_folder_that_was_put_aside_comes_back(tmp_path: Path) -> None:
    """Where a process died between two renames, the next one puts the earlier export back first."""
    aside = tmp_path / ".out.replaced"
    aside.mkdir()
    fill(aside, "old")
    (tmp_path / ".out.unsaved").mkdir()

    with pytest.raises(OutputExistsError), new_folder(tmp_path / "out", existing="refuse", ours=OURS):
        pytest.fail("nothing is opened")

    assert (tmp_path / "out" / "a.csv").read_text() == "old"


def test_a_folder_that_the_disk_refuses_is_told(tmp_path: Path) -> None:
    """What the disk refuses is a sentence with the path."""
    (tmp_path / "file").write_text("")

    with (
        pytest.raises(FileUnwritableError),
        new_folder(tmp_path / "file" / "out", existing="refuse", ours=OURS),
    ):
        pytest.fail("nothing is opened")


def test_what_an_earlier_run_wrote_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """A file takes the place of the one before; a folder is never replaced, and nothing is left beside either."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"a longer text of before")

    write_output(tmp_path / "file", b"new")
    with pytest.raises(OutputInTheWayError):
        write_output(tmp_path / "folder", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file", "folder"]


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    """What is no ordinary file stays what it is, and takes what is written; where it cannot, that is said."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_output(pipe, b"new")
    assert os.read(reading, 10) == b"new"
    os.close(reading)
    assert pipe.is_fifo()

    with pytest.raises(FileUnwritableError, match="/dev/full cannot be written: the disk is full"):
        write_output(Path("/dev/full"), b"new")
