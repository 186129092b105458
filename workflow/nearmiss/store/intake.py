"""The private store of the intake: one SQLite file that holds nothing readable, and forgets what it is told to."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import astuple, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from nearmiss.engine.intake.errors import IntakeUnusableError
from nearmiss.engine.intake.ports import Access, Kept, KeptAlarm, KeptContact, KeyHash, Tally
from nearmiss.store.group_commit import GroupWriter
from nearmiss.store.intake_layout import lay_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

Result = TypeVar("Result")

PATIENCE = 20.0
"""Seconds to wait for another process that writes, such as `nearmiss intake commit` beside the server."""

_COLUMNS = (
    "number, token, salt, hash, mode, state, day, sealed, record_id, at_once, reason, confirmed_by, disagrees, "
    "token_until"
)
_VALUES = ", ".join("?" * 14)
_OWE = """
INSERT INTO alarm VALUES (?, ?, ?, ?)
ON CONFLICT (mark) DO UPDATE SET day = excluded.day, sealed = excluded.sealed WHERE told = 0
"""
_OF_REPORT = ("file", "message", "contact")


class SqliteIntake:
    """The store in one file, `intake.db` in a folder of its own. Several threads and processes may use it at once.

    What is written is on the disk before a method returns: `synchronous=FULL`, one transaction for all that is asked
    for in the same moment. Whatever is deleted is overwritten with zeros, and the log of changes is emptied.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._writer = GroupWriter(self._connect)
        self._reading: sqlite3.Connection | None = None
        self._lock = Lock()

    def close(self) -> None:
        """End the thread that writes; what was asked for is written."""
        self._writer.close()
        with self._lock:
            if self._reading is not None:
                self._reading.close()
                self._reading = None

    # reports

    def add(
        self, kept: Kept, files: Sequence[bytes], contact: KeptContact | None, alarm: KeptAlarm | None = None
    ) -> Kept:
        """Keep a report with its files, contact and alarm; return it, or the one that came with the same token."""

        def job(connection: sqlite3.Connection) -> Kept:
            found = connection.execute(f"SELECT {_COLUMNS} FROM report WHERE token = ?", (kept.token,)).fetchone()  # noqa: S608 - our own words
            if found is not None:
                return _kept(found)
            connection.execute(f"INSERT INTO report VALUES ({_VALUES})", _row(kept))  # noqa: S608 - our own words
            rows = [(_random_id(), kept.number, sealed) for sealed in files]
            connection.executemany("INSERT INTO file VALUES (?, ?, ?)", rows)
            if contact is not None:
                connection.execute("INSERT INTO contact VALUES (?, ?, ?)", astuple(contact))
            if alarm is not None:
                connection.execute(_OWE, astuple(alarm))
            return kept

        return self._write(job)

    def by_token(self, token: bytes) -> Kept | None:
        """Return the report that came with a token."""
        return self._one("token = ?", token)

    def find(self, number: str) -> Kept | None:
        """Return the report with a receipt number, or of a record id."""
        # One question either way: a number that is none takes no longer than one that is.
        return self._one("number = ?1 OR (record_id = ?1 AND record_id <> '')", number)

    def reports(self, *states: str) -> Sequence[Kept]:
        """Return all reports in some states, by number."""
        marks = ", ".join("?" * len(states))
        words = f"SELECT {_COLUMNS} FROM report WHERE state IN ({marks}) ORDER BY number"  # noqa: S608 - our own words
        return [_kept(row) for row in self._asked(words, *states)]

    def files(self, number: str) -> Sequence[bytes]:
        """Return the sealed files of a report."""
        return [row[0] for row in self._asked("SELECT sealed FROM file WHERE number = ?", number)]

    def change(self, before: Kept, after: Kept, *, files: Sequence[bytes] | None = None) -> bool:
        """Put one report in place of another, unless somebody changed it meanwhile; say whether it was done."""

        def job(connection: sqlite3.Connection) -> bool:
            if not _put(connection, before, after):
                return False
            if files is not None:
                connection.execute("DELETE FROM file WHERE number = ?", (after.number,))
                rows = [(_random_id(), after.number, sealed) for sealed in files]
                connection.executemany("INSERT INTO file VALUES (?, ?, ?)", rows)
            return True

        return self._forget(job)

    def discard(self, before: Kept, after: Kept, month: str) -> bool:
        """As `change`, and in the same breath: no file, message or contact of it stays, and it is counted."""

        def job(connection: sqlite3.Connection) -> bool:
            if not _put(connection, before, after):
                return False
            for table in _OF_REPORT:
                connection.execute(f"DELETE FROM {table} WHERE number = ?", (after.number,))  # noqa: S608 - our own words
            connection.execute(
                "INSERT INTO tally VALUES (?, ?, 1, 0, 0) ON CONFLICT DO UPDATE SET uncounted = uncounted + 1",
                (month, after.reason),
            )
            return True

        return self._forget(job)

    def delete_reports(self, numbers: Sequence[str]) -> None:
        """Delete reports with all that belongs to them."""

        def job(connection: sqlite3.Connection) -> None:
            for table in (*_OF_REPORT, "report"):
                connection.executemany(f"DELETE FROM {table} WHERE number = ?", [(number,) for number in numbers])  # noqa: S608 - our own words

        self._forget(job)

    # messages and contacts

    def messages(self, number: str) -> Sequence[bytes]:
        """Return the sealed messages of a report."""
        return [row[0] for row in self._asked("SELECT sealed FROM message WHERE number = ?", number)]

    def add_message(self, number: str, seal: Callable[[int], bytes], *, disagrees: bool = False) -> bool:
        """Keep a message, sealed with its place, unless there is no report for it any more; say whether it was kept."""

        def job(connection: sqlite3.Connection) -> bool:
            # A report that was found before may be discarded by now: its messages were deleted, and none comes after.
            words = "SELECT disagrees FROM report WHERE number = ? AND state <> 'discarded'"
            found = connection.execute(words, (number,)).fetchone()
            if found is None or (disagrees and found[0]):
                return False
            place = connection.execute("SELECT count(*) FROM message WHERE number = ?", (number,)).fetchone()[0]
            connection.execute("INSERT INTO message VALUES (?, ?, ?)", (_random_id(), number, seal(place)))
            if disagrees:
                connection.execute("UPDATE report SET disagrees = 1 WHERE number = ?", (number,))
            return True

        return self._write(job)

    def contact(self, number: str, *, access: Access | None = None) -> KeptContact | None:
        """Return a contact that is there still; an access is noted before anything is returned."""
        words = "SELECT number, sealed, delete_on FROM contact WHERE number = ?"
        if access is None:
            rows = self._asked(words, number)
            return _contact(rows[0]) if rows else None
        noted = (_random_id(), access.number, access.who, access.day)

        def job(connection: sqlite3.Connection) -> KeptContact | None:
            row = connection.execute(words, (number,)).fetchone()
            if row is None:
                return None
            connection.execute("INSERT INTO access VALUES (?, ?, ?, ?)", noted)
            return _contact(row)

        return self._write(job)

    def contacts(self) -> Sequence[KeptContact]:
        """Return all contacts, still sealed."""
        return [_contact(row) for row in self._asked("SELECT number, sealed, delete_on FROM contact ORDER BY number")]

    def accesses(self) -> Sequence[Access]:
        """Return who read which contact when."""
        rows = self._asked("SELECT number, who, day FROM access ORDER BY day, who, number")
        return [Access(number=number, who=who, day=day) for number, who, day in rows]

    def date_contact(self, number: str, delete_on: str) -> None:
        """Let a contact be deleted on another day."""
        self._put_down("UPDATE contact SET delete_on = ? WHERE number = ?", (delete_on, number))

    def delete_contacts(self, numbers: Sequence[str]) -> None:
        """Delete contacts, so that no byte of them stays in the files."""

        def job(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM contact WHERE number = ?", [(number,) for number in numbers])

        self._forget(job)

    # alarms

    def owe_alarm(self, alarm: KeptAlarm) -> None:
        """Keep an alarm that has to go out; one of the same mark that went out stays as it is."""
        self._put_down(_OWE, astuple(alarm))

    def alarm(self, mark: bytes) -> KeptAlarm | None:
        """Return the alarm of a mark."""
        rows = self._asked("SELECT mark, day, told, sealed FROM alarm WHERE mark = ?", mark)
        return _alarm(rows[0]) if rows else None

    def alarms(self) -> Sequence[KeptAlarm]:
        """Return all alarms, by day."""
        return [_alarm(row) for row in self._asked("SELECT mark, day, told, sealed FROM alarm ORDER BY day, mark")]

    def change_alarm(self, before: KeptAlarm, after: KeptAlarm) -> bool:
        """Put one alarm in place of another, unless somebody changed it meanwhile; say whether it was done."""

        def job(connection: sqlite3.Connection) -> bool:
            words = (
                "UPDATE alarm SET day = ?, told = ?, sealed = ? WHERE mark = ? AND day = ? AND told = ? AND sealed = ?"
            )
            given = (after.day, after.told, after.sealed, *astuple(before))
            return connection.execute(words, given).rowcount > 0

        return self._write(job)

    def delete_alarms(self, until: str) -> int:
        """Delete the alarms of a day and of those before it, and return how many these were."""

        def job(connection: sqlite3.Connection) -> int:
            return connection.execute("DELETE FROM alarm WHERE day <= ?", (until,)).rowcount

        return self._forget(job)

    # counts and notes

    def tallies(self) -> Sequence[Tally]:
        """Return what was discarded and is not in the repository's file yet."""
        words = "SELECT month, reason, uncounted, planned, target FROM tally ORDER BY month, reason"
        return [
            Tally(month=month, reason=reason, uncounted=uncounted, planned=planned, target=target)
            for month, reason, uncounted, planned, target in self._asked(words)
        ]

    def plan_tallies(self, targets: Sequence[Tally]) -> bool:
        """Note that what is uncounted now is being written, and what the file will say then; say whether it was."""
        free = "SELECT count(*) FROM tally WHERE month = ? AND reason = ? AND planned = 0 AND uncounted >= ?"
        words = (
            "UPDATE tally SET planned = ?1, target = ?2, uncounted = uncounted - ?1 WHERE month = ?3 AND reason = ?4"
        )

        def job(connection: sqlite3.Connection) -> bool:
            # Two processes that count at once, such as the server and a command, would plan the same reports twice.
            asked = [connection.execute(free, (one.month, one.reason, one.planned)).fetchone()[0] for one in targets]
            if not all(asked):
                return False
            rows = [(one.planned, one.target, one.month, one.reason) for one in targets]
            connection.executemany(words, rows)
            return True

        return self._write(job)

    def settle_tallies(self, planned: Sequence[Tally], *, written: bool) -> None:
        """What was being written stands in the file now; or, not `written`, it has to be counted once more."""
        back = "planned" if not written else "0"
        words = f"""
            UPDATE tally SET uncounted = uncounted + {back}, planned = 0, target = 0
            WHERE month = ? AND reason = ? AND planned = ? AND target = ?
        """  # noqa: S608 - our own words
        rows = [(one.month, one.reason, one.planned, one.target) for one in planned]

        def job(connection: sqlite3.Connection) -> None:
            connection.executemany(words, rows)
            connection.execute("DELETE FROM tally WHERE uncounted = 0 AND planned = 0")

        self._write(job)

    def note(self, name: str) -> str:
        """Return what was noted under a name, or an empty text."""
        rows = self._asked("SELECT value FROM note WHERE name = ?", name)
        return str(rows[0][0]) if rows else ""

    def put_note(self, name: str, value: str) -> None:
        """Note something under a name."""
        self._put_down("REPLACE INTO note VALUES (?, ?)", (name, value))

    def scrub(self) -> None:
        """Write the file anew, by number, so that its pages tell nothing of what was deleted or came first."""
        with self._told_as_ours(), closing(self._connect()) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # how

    def _forget(self, job: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do what deletes something; the log of changes, which holds it still, is emptied."""
        result = self._write(job)
        with self._told_as_ours(), closing(self._connect()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return result

    def _put_down(self, words: str, *rows: tuple[Any, ...]) -> None:
        def job(connection: sqlite3.Connection) -> None:
            connection.executemany(words, rows)

        self._write(job)

    def _write(self, job: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._told_as_ours():
            return self._writer.run(job)

    def _one(self, condition: str, value: str | bytes) -> Kept | None:
        rows = self._asked(f"SELECT {_COLUMNS} FROM report WHERE {condition}", value)  # noqa: S608 - our own words
        return _kept(rows[0]) if rows else None

    def _asked(self, words: str, *values: str | bytes) -> list[Any]:
        with self._told_as_ours(), self._lock:
            if self._reading is None:
                self._reading = self._connect()
            return self._reading.execute(words, values).fetchall()

    @contextmanager
    def _told_as_ours(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise IntakeUnusableError(str(self._file.parent), str(error)) from error

    def _connect(self) -> sqlite3.Connection:
        # Made before SQLite opens it: it would let others read it, and gives the log the rights that the file has.
        os.close(os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")
            connection.execute("PRAGMA synchronous = FULL")
            lay_out(connection, self._file.parent)
            connection.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            connection.close()
            raise
        return connection


def _random_id() -> bytes:
    return os.urandom(16)


def _row(kept: Kept) -> tuple[Any, ...]:
    return (
        *(kept.number, kept.token, kept.key.salt, kept.key.hash, kept.mode, kept.state, kept.day, kept.sealed),
        *(kept.record_id, kept.at_once, kept.reason, kept.confirmed_by, kept.disagrees),
        kept.token_until,
    )


def _kept(row: tuple[Any, ...]) -> Kept:
    number, token, salt, hashed, mode, state, day, sealed, record_id, at_once, reason, confirmed_by, *rest = row
    disagrees, token_until = rest
    return Kept(
        number=number,
        token=token,
        key=KeyHash(salt=salt, hash=hashed),
        mode=mode,
        state=state,
        day=day,
        sealed=sealed,
        record_id=record_id,
        at_once=bool(at_once),
        reason=reason,
        confirmed_by=confirmed_by,
        disagrees=bool(disagrees),
        token_until=token_until,
    )


def _contact(row: tuple[Any, ...]) -> KeptContact:
    number, sealed, delete_on = row
    return KeptContact(number=number, sealed=sealed, delete_on=delete_on)


def _alarm(row: tuple[Any, ...]) -> KeptAlarm:
    mark, day, told, sealed = row
    return KeptAlarm(mark=mark, day=day, told=bool(told), sealed=sealed)


def _put(connection: sqlite3.Connection, before: Kept, after: Kept) -> bool:
    found = connection.execute(f"SELECT {_COLUMNS} FROM report WHERE number = ?", (before.number,)).fetchone()  # noqa: S608 - our own words
    # That a reporter disagrees is noted by itself, at any time.
    if found is None or replace(_kept(found), disagrees=before.disagrees) != before:
        return False
    after = replace(after, disagrees=_kept(found).disagrees or after.disagrees)
    connection.execute(f"REPLACE INTO report VALUES ({_VALUES})", _row(after))  # noqa: S608 - our own words
    return True
