"""The index of a repository in one SQLite file: what is remembered of contents, and the records of the main branch."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.engine.packing import Packed, pack
from nearmiss.engine.rows import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from threading import Thread

MOST_KEPT = 100_000
"""Values that are kept; those put first go first."""

AT_ONCE = 500
MANY = 100
FORMAT = 3
"""What the values look like; others of the same version of the tool may have kept them otherwise."""

STAMP = "stamp"
_BUSY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED"})
PATIENCE = 0.5
"""Seconds to wait for another process that writes; after that it is as if nothing were remembered."""

_TABLES = """
CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE kept (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, value BLOB NOT NULL);
CREATE TABLE aside (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE place (id TEXT PRIMARY KEY, reported_on TEXT NOT NULL, key TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX place_by_day ON place (reported_on DESC, id);
"""
_DROP_OLDEST = """
DELETE FROM kept WHERE number <= (SELECT max(number) FROM kept) - ? AND key NOT IN (SELECT key FROM place)
"""
# Nothing is looked through as long as so much was never put in that something had to go: joined to a single row that
# is left out, where a condition beside it would be asked of every row.
_DROP_ASIDE = """
DELETE FROM aside WHERE key IN (
    SELECT aside.key FROM (SELECT (SELECT max(number) FROM kept) AS newest) CROSS JOIN aside
    WHERE newest > ? AND aside.key NOT IN (SELECT key FROM kept)
)
"""
_ROOM = 64 * 1024
"""Kibibytes that SQLite may hold in memory of what is being written, so that it goes to the disk once."""


class SqliteIndex:
    """One file, for one version of the tool.

    Another version, damage, a folder that cannot be written, a lock that is held: the index is empty, and no error is
    raised. What SQLite commits is on the disk whole or not at all, so what is read was once written. A lock is waited
    for once: whoever holds it that long holds it longer, and a command asks a dozen times.
    """

    def __init__(self, file: str, *, version: str, most: int = MOST_KEPT) -> None:
        self._file = file
        self._version = f"{version} {FORMAT}"
        self._most = most
        self._is_lost = False
        self._is_held = False
        self._writer: Thread | None = None

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what is remembered of the keys, without what is kept aside."""
        return dict(_readable(self._chosen("kept", keys)))

    def get_aside(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what was kept aside."""
        return dict(_readable(self._chosen("aside", keys)))

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Remember values that JSON can keep, or that are packed; of a mapping, `aside` is kept by itself."""
        packed = {key: value if isinstance(value, Packed) else pack(value) for key, value in values.items()}
        self._write_beside(
            ("REPLACE INTO kept (key, value) VALUES (?, ?)", [(key, value.kept) for key, value in packed.items()]),
            ("REPLACE INTO aside VALUES (?, ?)", [(key, value.aside) for key, value in packed.items() if value.aside]),
            (_DROP_OLDEST, [(self._most,)]),
            (_DROP_ASIDE, [(self._most,)]),
        )

    def notes(self) -> Mapping[str, str]:
        """Return what the rows were made from."""
        return dict(self._asked("SELECT name, value FROM note WHERE name <> ?", (STAMP,)))

    def note(self, notes: Mapping[str, str]) -> None:
        """Say more of what they were made from."""
        self.place((), (), notes=notes, whole=False)

    def place(self, rows: Iterable[Row], gone: Iterable[str], *, notes: Mapping[str, str], whole: bool) -> None:
        """Put rows in, take those out that are gone (with `whole`, all others), and say what they were made from."""
        self._settle()
        self._write(
            ("DELETE FROM place", [()] if whole else []),
            ("DELETE FROM place WHERE id = ?", ((record_id,) for record_id in gone)),
            ("REPLACE INTO place VALUES (?, ?, ?)", rows),
            ("REPLACE INTO note VALUES (?, ?)", notes.items()),
        )

    def rows(self, *, newest: int = 0) -> list[Row]:
        """Return the rows that can be read by the day of the report, the newest first, then by id; all, or so many."""
        words = "SELECT id, reported_on, key FROM place WHERE reported_on > '' ORDER BY reported_on DESC, id LIMIT ?"
        return [Row(*found) for found in self._asked(words, (newest or -1,))]

    def row(self, record_id: str) -> Row | None:
        """Return the row of one record."""
        found = self._asked("SELECT id, reported_on, key FROM place WHERE id = ?", (record_id,))
        return Row(*found[0]) if found else None

    def count(self) -> tuple[int, tuple[str, ...]]:
        """Return how many records can be read, and the ids of the others."""
        unreadable = tuple(row[0] for row in self._asked("SELECT id FROM place WHERE reported_on = '' ORDER BY id"))
        [[number]] = self._asked("SELECT count(*) FROM place") or [[0]]
        return number - len(unreadable), unreadable

    def forget(self) -> None:
        """Drop everything."""
        self._settle()
        self.__dict__.pop("_reading", None)
        with suppress(OSError):
            os.unlink(self._file)  # noqa: PTH108 - as below

    def _chosen(self, table: str, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._asked(f"SELECT key, value FROM {table} WHERE key IN ({marks})", some)  # noqa: S608 - our own words

    def _asked(self, words: str, values: Sequence[Any] = ()) -> list[Any]:
        self._settle()
        if self._is_held:
            return []
        try:
            if self._reading is None:
                return []
            return self._reading.execute(words, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._is_held = _is_busy(error)
            return []

    @cached_property
    def _reading(self) -> sqlite3.Connection | None:
        if not os.path.isfile(self._file):  # noqa: PTH113 - pathlib takes longer to import than this to run
            return None
        connection = _connect(self._file)
        if self._stamp_of(connection) == self._version:
            return connection
        connection.close()
        return None

    def _write_beside(self, *parts: tuple[str, Sequence[Sequence[Any]]]) -> None:
        """Write as below; what is much is written while whoever found it finds more, one after the other."""
        self._settle()
        if len(parts[0][1]) < AT_ONCE:
            self._write(*parts)
            return
        import threading

        # Python waits for it at its end: what was begun is written.
        self._writer = threading.Thread(target=self._write, args=parts)
        self._writer.start()

    def _settle(self) -> None:
        """Wait for what is being written."""
        if self._writer is not None:
            self._writer.join()
            self._writer = None

    def _write(self, *parts: tuple[str, Iterable[Sequence[Any]]]) -> None:
        """Carry out statements, each with its rows of values, in one transaction; where that fails, never again.

        What came later would say of values that they are kept which found no room on a full disk.
        """
        if self._is_lost or self._is_held:
            return
        try:
            with closing(self._open_to_write()) as connection, connection:
                connection.execute(f"PRAGMA cache_size = -{_ROOM}")
                for words, values in parts:
                    connection.executemany(words, values)
        except (sqlite3.Error, OSError):
            self._is_lost = True

    def _open_to_write(self) -> sqlite3.Connection:
        """Open the file, made anew where it is not one of this version; raises sqlite3.Error and OSError."""
        self.__dict__.pop("_reading", None)
        os.makedirs(os.path.dirname(self._file), exist_ok=True)  # noqa: PTH103, PTH120 - as below
        if os.path.isfile(self._file):  # noqa: PTH113 - as below
            connection = _connect(self._file)
            if self._stamp_of(connection) == self._version:
                return connection
            connection.close()
        return self._made()

    def _made(self) -> sqlite3.Connection:
        """Make the file aside and give it its name when it is whole: two processes may begin at once."""
        beside = f"{self._file}.{os.getpid()}"
        for name in [beside, *_left_by_the_dead(self._file)]:
            with suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - as below
        with closing(_connect(beside)) as connection:
            # Nobody knows it yet: waiting for the disk once does, where SQLite would wait two dozen times.
            connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")
            connection.execute("INSERT INTO note VALUES (?, ?)", (STAMP, self._version))
            connection.commit()
        _wait_for(beside)
        os.replace(beside, self._file)  # noqa: PTH105 - as below
        return _connect(self._file)

    def _stamp_of(self, connection: sqlite3.Connection) -> str:
        try:
            found = connection.execute("SELECT value FROM note WHERE name = ?", (STAMP,)).fetchone()
        except sqlite3.DatabaseError as error:
            if _is_busy(error):
                raise
            return ""
        return str(found[0]) if found else ""


def _left_by_the_dead(file: str) -> Iterator[str]:
    """Yield the files that processes were making in the place of this one and that have no process any more."""
    for entry in os.scandir(os.path.dirname(file)):  # noqa: PTH120 - as below
        name, _, process = entry.path.rpartition(".")
        if name == file and process.isdecimal():
            try:
                os.kill(int(process), 0)
            except (ProcessLookupError, OverflowError):
                yield entry.path
            except PermissionError:
                continue


def _is_busy(error: Exception) -> bool:
    return getattr(error, "sqlite_errorname", "") in _BUSY


def _wait_for(file: str) -> None:
    """See what is written of a file on the disk before returning."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _connect(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=PATIENCE)
    # What stands in the file is data, whoever wrote it: no word of its schema may call anything.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _readable(found: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Any]]:
    """Yield what can still be read; a value that was damaged on the disk is as if it were not there."""
    found = list(found)
    read: Callable[[bytes], Any] = json.loads
    if len(found) > MANY:
        # Worth its import where there is much to read.
        from orjson import loads as read_quickly

        read = read_quickly
    for key, value in found:
        with suppress(ValueError, TypeError):
            yield key, _read(value, read)


def _read(value: bytes, read: Callable[[bytes], Any]) -> Any:
    try:
        return read(value)
    except ValueError:
        # A path may hold bytes that are no text, which only Python's own reader takes.
        return json.loads(value)
