"""The vault: what lies in the place of one that is not whole."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from nearmiss.store.vault import ADDED, UNSAVED, SealedFile


def box_in(folder: Path) -> SealedFile:
    """Return a vault in a folder."""
    return SealedFile(folder / "kept", key=folder / "key", version=lambda: "1")


@pytest.mark.parametrize("readies", [True, False])
def test_what_was_added_is_given_with_what_it_was_added_to(tmp_path: Path, *, readies: bool) -> None:
    """Whoever read or wrote it last can add something, again and again; what is written anew stands alone."""

    def opened() -> SealedFile:
        box = box_in(tmp_path)
        if readies:
            box.get_ready()
        return box

    box = opened()
    assert box.read() == []
    box.add(b"to nothing")
    assert box.read() == []
    box.write(b"whole")
    box.add(b"more")
    later = opened()
    assert later.read() == [b"whole", b"more"] == later.read()
    later.add(b"still more")
    assert opened().read() == [b"whole", b"still more"]
    later.write(b"anew")
    assert opened().read() == [b"anew"]
    assert {path.name for path in tmp_path.iterdir()} == {"kept", "key"}


def test_what_was_added_belongs_to_nothing_else(tmp_path: Path) -> None:
    """Beside another whole, cut, changed, or in the place of a whole, what was added is as if there were none."""
    box = box_in(tmp_path)
    box.write(b"older")
    box.add(b"more")
    whole, added = tmp_path / "kept", tmp_path / f"kept{ADDED}"
    older, more = whole.read_bytes(), added.read_bytes()
    box.write(b"newer")
    newer = whole.read_bytes()
    for planted in (more, more[:-1], more[:20], b"", older, newer, more[:-1] + b"x"):
        added.write_bytes(planted)
        assert box.read() == [b"newer"]
    added.write_bytes(more)
    whole.write_bytes(older)
    assert box.read() == [b"older", b"more"]
    for planted in (more, older[:-1], older + b"x", b""):
        whole.write_bytes(planted)
        assert box.read() == []
    box.add(b"to nothing")
    assert added.read_bytes() == more


def test_whether_it_is_empty_is_told_without_reading(tmp_path: Path) -> None:
    """It is empty until something was written, whether that counts or not; where nobody can look, it may hold some."""
    box = box_in(tmp_path)
    assert box.is_empty()
    (tmp_path / "kept").write_bytes(b"of somebody else")
    assert not box.is_empty()
    assert not SealedFile(tmp_path / ("x" * 300), key=tmp_path / "key", version=lambda: "1").is_empty()


def test_no_thread_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine lets no thread begin, it is read when it is asked for."""

    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    box_in(tmp_path).write(b"whole")
    monkeypatch.setattr(Thread, "start", refuse)
    box = box_in(tmp_path)
    box.get_ready()

    assert box.read() == [b"whole"]


def test_what_killed_processes_left_does_not_pile_up(tmp_path: Path) -> None:
    """What a process that died left half made is written over by the next, and is gone when that is done."""
    for name in ("kept", "key"):
        (tmp_path / f"{name}{UNSAVED}").write_bytes(b"half of something that was longer" * 9)

    box_in(tmp_path).write(b"whole")

    assert box_in(tmp_path).read() == [b"whole"]
    assert {path.name for path in tmp_path.iterdir()} == {"kept", "key"}


def test_a_link_in_the_place_of_a_new_key_is_not_followed(tmp_path: Path) -> None:
    """Nobody is led to write a key elsewhere."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"theirs")
    (tmp_path / f"key{UNSAVED}").symlink_to(elsewhere)

    box_in(tmp_path).write(b"whole")

    assert box_in(tmp_path).read() == [b"whole"]
    assert elsewhere.read_bytes() == b"theirs"
