"""The vault: what lies in the place of one that is not whole."""

from __future__ import annotations

from pathlib import Path

from nearmiss.store.vault import UNSAVED, SealedFile


def box_in(folder: Path) -> SealedFile:
    """Return a vault in a folder."""
    return SealedFile(folder / "kept", key=folder / "key", version=lambda: "1")


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
