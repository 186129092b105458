"""The index file: it keeps what is put there, and whatever is wrong with it, it is as if it were empty."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from nearmiss.engine.packing import pack, pack_facts
from nearmiss.engine.rows import Row
from nearmiss.store import index as index_module
from nearmiss.store.index import SqliteIndex

ROWS = [Row("NM-2026-00001", "2026-01-02", "a"), Row("NM-2026-00002", "2026-03", "b"), Row("NM-2026-00003", "", "")]


def index_in(folder: Path, *, version: str = "1", most: int = 100) -> SqliteIndex:
    """Return the index of a folder, as a process of its own would open it."""
    return SqliteIndex(str(folder / "cache" / "index.db"), version=version, most=most)


def test_values_are_kept_and_what_is_aside_is_given_by_itself(tmp_path: Path) -> None:
    """Another process finds what one has put; large parts come only when they are asked for."""
    index_in(tmp_path).put_many({"a": {"x": [1, "ü", None], "aside": {"page": "倉庫"}}, "b": {"y": True}})

    again = index_in(tmp_path)

    assert again.get_many(["a", "b", "c"]) == {"a": {"x": [1, "ü", None]}, "b": {"y": True}}
    assert again.get_aside(["a", "b"]) == {"a": {"page": "倉庫"}}


def test_what_others_packed_is_put_away_as_it_is(tmp_path: Path) -> None:
    """Who found something may pack it, and another put it away: it comes back as what was found."""
    whole = {"x": [1, "ü", None], "aside": {"page": "倉庫"}}
    index_in(tmp_path).put_many({"a": pack(whole), "b": pack_facts({"y": 1}, {"z": "é"}), "c": pack([True])})

    again = index_in(tmp_path)

    assert again.get_many(["a", "b", "c"]) == {"a": {"x": [1, "ü", None]}, "b": {"y": 1}, "c": [True]}
    assert again.get_aside(["a", "b", "c"]) == {"a": {"page": "倉庫"}, "b": {"z": "é"}}


def test_what_is_no_text_is_kept_too(tmp_path: Path) -> None:
    """A path may hold bytes that are no text: it is packed as the standard library does it, and is the same again."""
    packed = pack_facts({"path": "\udcff"}, {"n": 2**70})
    assert packed == (b'{"path":"\\udcff"}', b'{"n":1180591620717411303424}')

    index_in(tmp_path).put_many({"a": packed})

    assert index_in(tmp_path).get_many(["a"]) == {"a": {"path": "\udcff"}}
    assert index_in(tmp_path).get_aside(["a"]) == {"a": {"n": 2**70}}


def test_many_keys_are_asked_for_at_once(tmp_path: Path) -> None:
    """More keys than SQLite takes in one question are no obstacle."""
    index = index_in(tmp_path, most=5000)
    index.put_many({f"k{number}": number for number in range(2100)})

    assert index.get_many([f"k{number}" for number in range(2100)])["k2099"] == 2099


def test_rows_come_newest_first_and_say_what_they_were_made_from(tmp_path: Path) -> None:
    """By day, then by id; unreadable records are counted and named, and stand in no list."""
    index = index_in(tmp_path)
    index.place(ROWS, (), notes={"tip": "abc"}, whole=True)

    again = index_in(tmp_path)

    assert again.rows() == [ROWS[1], ROWS[0]]
    assert again.rows(newest=1) == [ROWS[1]]
    assert again.count() == (2, ("NM-2026-00003",))
    assert (again.row("NM-2026-00001"), again.row("NM-2026-0000Z")) == (ROWS[0], None)
    assert again.notes() == {"tip": "abc"}


def test_rows_are_replaced_taken_out_and_begun_anew(tmp_path: Path) -> None:
    """A part of the rows can change, and a whole new set leaves nothing of the old one."""
    index = index_in(tmp_path)
    index.place(ROWS, (), notes={}, whole=True)
    index.place([Row("NM-2026-00001", "2026-05-01", "c")], ["NM-2026-00002"], notes={"tip": "x"}, whole=False)
    assert [row.key for row in index.rows()] == ["c"]

    index.place(ROWS[1:2], (), notes={"tip": "y"}, whole=True)

    assert (index.rows(), index.count(), index.notes()) == ([ROWS[1]], (1, ()), {"tip": "y"})


def test_another_version_begins_anew(tmp_path: Path) -> None:
    """What another version of the tool has kept is neither read nor left."""
    index_in(tmp_path, version="1").put_many({"a": 1})

    assert index_in(tmp_path, version="2").get_many(["a"]) == {}
    index_in(tmp_path, version="2").put_many({"b": 2})

    assert index_in(tmp_path, version="1").get_many(["a", "b"]) == {}
    assert index_in(tmp_path, version="2").get_many(["a", "b"]) == {"b": 2}


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_as_if_it_were_empty_and_is_made_anew(tmp_path: Path, content: bytes) -> None:
    """Nothing is raised, and what is put afterwards is there."""
    place = tmp_path / "cache" / "index.db"
    place.parent.mkdir()
    place.write_bytes(content)
    index = index_in(tmp_path)
    assert (index.get_many(["a"]), index.rows(), index.notes(), index.count()) == ({}, [], {}, (0, ()))

    index.put_many({"a": 1})

    assert index_in(tmp_path).get_many(["a"]) == {"a": 1}


def test_a_damaged_value_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    """One value that the disk has changed takes no others with it."""
    index = index_in(tmp_path)
    index.put_many({"a": {"x": 1, "aside": 1}, "b": {"x": 2, "aside": 2}})
    with sqlite3.connect(tmp_path / "cache" / "index.db") as connection:
        connection.execute("UPDATE kept SET value = '{' WHERE key = 'a'")
        connection.execute("UPDATE aside SET value = x'00' WHERE key = 'b'")
    connection.close()

    again = index_in(tmp_path)

    assert (again.get_many(["a", "b"]), again.get_aside(["a", "b"])) == ({"b": {"x": 2}}, {"a": 1})


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, nothing is kept and nothing is raised."""
    (tmp_path / "cache").write_text("in the way", encoding="utf-8")
    index = index_in(tmp_path)

    index.put_many({"a": 1})
    index.place(ROWS, (), notes={"tip": "x"}, whole=True)
    index.forget()

    assert (index.get_many(["a"]), index.rows()) == ({}, [])


def test_a_lock_that_is_held_is_waited_for_only_briefly(tmp_path: Path) -> None:
    """While another process writes, our own value is dropped rather than waited for, and nothing of the other's."""
    index_in(tmp_path).put_many({"a": 1})
    other = sqlite3.connect(tmp_path / "cache" / "index.db")
    other.execute("BEGIN EXCLUSIVE")

    index_in(tmp_path).put_many({"b": 2})
    other.rollback()
    other.close()

    assert index_in(tmp_path).get_many(["a", "b"]) == {"a": 1}


def test_a_lock_that_is_held_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command asks a dozen times; after the first wait it goes on as if nothing were remembered."""
    index_in(tmp_path).put_many({"a": 1})
    other = sqlite3.connect(tmp_path / "cache" / "index.db")
    other.execute("BEGIN EXCLUSIVE")
    tried = []

    def connect(file: str) -> sqlite3.Connection:
        tried.append(file)
        return sqlite3.connect(file, timeout=0)

    monkeypatch.setattr(index_module, "_connect", connect)
    index = index_in(tmp_path)
    found = [index.get_many(["a"]), index.notes(), index.rows(), index.row("NM-2026-00001"), index.count()]
    index.put_many({"b": 2})
    other.close()

    assert found == [{}, {}, [], None, (0, ())]
    assert len(tried) == 1


def test_the_oldest_go_first_but_never_those_in_a_list(tmp_path: Path) -> None:
    """A cache that is full drops what was put first, and keeps the facts of every record of the main branch."""
    index = index_in(tmp_path, most=2)
    index.place([Row("NM-2026-00001", "2026-01-02", "a")], (), notes={}, whole=True)
    for key in "abcd":
        index.put_many({key: {"of": key, "aside": key}})

    assert index.get_many(["a", "b", "c", "d"]) == {key: {"of": key} for key in "acd"}
    assert set(index.get_aside(["a", "b", "c", "d"])) == set("acd")


def test_what_killed_processes_were_making_does_not_pile_up(tmp_path: Path) -> None:
    """Whoever makes the index clears away those that were never finished; what a process that lives makes is left."""
    folder = tmp_path / "cache"
    folder.mkdir()
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    living = {f"index.db.{os.getppid()}", "index.db.1", "other.db.99", "index.db.notes"}
    for name in (f"index.db.{dead.pid}", f"index.db.{10**30}", *living):
        (folder / name).write_bytes(b"half")

    index_in(tmp_path).put_many({"a": 1})

    assert {path.name for path in folder.iterdir()} == {"index.db", *living}
    assert index_in(tmp_path).get_many(["a"]) == {"a": 1}


def test_a_process_of_somebody_else_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What may not be asked whether it lives is left alone."""
    index_in(tmp_path).put_many({"a": 1})
    index_in(tmp_path).forget()
    (tmp_path / "cache" / "index.db.7").write_bytes(b"half")

    def refuse(process: int, signal: int) -> None:
        raise PermissionError(process, signal)

    monkeypatch.setattr(os, "kill", refuse)
    index_in(tmp_path).put_many({"a": 1})

    assert (tmp_path / "cache" / "index.db.7").exists()
    assert index_in(tmp_path).get_many(["a"]) == {"a": 1}


def test_what_is_forgotten_is_gone(tmp_path: Path) -> None:
    """A forgotten index is empty for everybody, and can be begun again."""
    index = index_in(tmp_path)
    index.put_many({"a": 1})
    index.forget()
    assert index.get_many(["a"]) == index_in(tmp_path).get_many(["a"]) == {}

    index.note({"tip": "x"})

    assert index_in(tmp_path).notes() == {"tip": "x"}
