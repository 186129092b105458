"""The tables of the intake's store, and how a store of an earlier format becomes one of today's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

FORMAT = 3

_ALARM = """
CREATE TABLE alarm (
    mark BLOB PRIMARY KEY, day TEXT NOT NULL, told INTEGER NOT NULL, sealed BLOB NOT NULL
) WITHOUT ROWID;
"""

# Primary keys are random and there are no rowids: no table tells in which order its rows came.
_TABLES = (
    """
CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE report (
    number TEXT PRIMARY KEY, token BLOB UNIQUE, salt BLOB NOT NULL, hash BLOB NOT NULL, mode TEXT NOT NULL,
    state TEXT NOT NULL, day TEXT NOT NULL, sealed BLOB NOT NULL, record_id TEXT NOT NULL, at_once INTEGER NOT NULL,
    reason TEXT NOT NULL, confirmed_by TEXT NOT NULL, disagrees INTEGER NOT NULL, token_until TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX report_by_record ON report (record_id) WHERE record_id <> '';
CREATE INDEX report_by_state ON report (state);
CREATE TABLE file (id BLOB PRIMARY KEY, number TEXT NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX file_by_number ON file (number);
CREATE TABLE message (id BLOB PRIMARY KEY, number TEXT NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX message_by_number ON message (number);
CREATE TABLE contact (number TEXT PRIMARY KEY, sealed BLOB NOT NULL, delete_on TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE access (id BLOB PRIMARY KEY, number TEXT NOT NULL, who TEXT NOT NULL, day TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tally (
    month TEXT NOT NULL, reason TEXT NOT NULL, uncounted INTEGER NOT NULL, planned INTEGER NOT NULL,
    target INTEGER NOT NULL, PRIMARY KEY (month, reason)
) WITHOUT ROWID;
"""
    + _ALARM
)
_SINCE = {1: "ALTER TABLE report ADD COLUMN token_until TEXT NOT NULL DEFAULT ''", 2: _ALARM}
"""What has to be done to a store of each earlier format, to make it one of the next."""


class LaterFormatError(NearMissError):
    """A later version of the program has made the store."""

    def __init__(self, place: Path) -> None:
        super().__init__(
            f"The store of the intake in {place} was made by a newer version of the program.",
            hint="Install that version, or a later one.",
        )


def lay_out(connection: sqlite3.Connection, folder: Path) -> None:
    """Make the tables where there are none yet, or what is new in them; on the disk when it returns.

    Raises LaterFormatError.
    """
    if _format_of(connection) == FORMAT:
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have been faster.
    found = _format_of(connection)
    if found > FORMAT:
        raise LaterFormatError(folder)
    steps = [_TABLES] if found == 0 else [_SINCE[one] for one in range(found, FORMAT)]
    for statement in ";".join(steps).split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _format_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
