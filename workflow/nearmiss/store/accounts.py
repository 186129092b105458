"""The accounts of the desk and their sessions: one SQLite file of its own, from which no password can be read."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
import unicodedata
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nearmiss.engine.time_and_chance import Clock

ACCOUNTS_FILE = "accounts.db"
SESSION_LASTS = timedelta(hours=12)
SHORTEST, LONGEST = 12, 1024
"""Characters that a password has at least (as NIST SP 800-63B-4 asks for, in spirit), and bytes at most."""
PATIENCE = 5.0
"""Seconds to wait for another process that writes."""

_TABLES = """
CREATE TABLE IF NOT EXISTS account (
    handle TEXT PRIMARY KEY, salt BLOB NOT NULL, cost INTEGER NOT NULL, hash BLOB NOT NULL, set_on TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    id BLOB PRIMARY KEY, handle TEXT NOT NULL REFERENCES account (handle) ON DELETE CASCADE, until TEXT NOT NULL
) WITHOUT ROWID;
"""


class AccountsExposedError(NearMissError):
    """The file of the accounts is not this person's alone."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            f"The accounts in {file} can be read or changed by others, so they are not used.",
            hint=f"See that it is yours alone: chmod 600 {file}",
        )


class AccountsUnusableError(NearMissError):
    """The file of the accounts cannot be opened or written."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(
            f"The accounts in {file} cannot be used: {why}.",
            hint="See that the folder is there and yours; a file that is damaged is moved away, and accounts set anew.",
        )


class PasswordUnfitError(UsageError):
    """A password is too short or too long."""

    def __init__(self, why: str) -> None:
        super().__init__(f"This password is {why}.", hint=f"Take at least {SHORTEST} characters; a sentence is good.")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in with a password, and the day on which it was set."""

    handle: str
    set_on: str


class Accounts:
    """The accounts in one file, which is made when the first is set. Each call is a transaction of its own.

    `cost` is the N of scrypt (RFC 7914), with r = 8 and p = 1: 32 MiB for each password that is tried. An id of a
    session is given to the browser alone; the file has its SHA-256. Raises AccountsExposedError where others can read
    the file, and AccountsUnusableError where it cannot be used.
    """

    def __init__(self, file: Path, *, clock: Clock, cost: int = 2**15) -> None:
        self._file, self._clock, self._cost = file, clock, cost

    def set(self, handle: str, password: str) -> None:
        """Set the password of an account, made anew where there is none; all sessions that it has end."""
        _require_fit(password)
        salt = secrets.token_bytes(16)
        row = (handle, salt, self._cost, _hash(password, salt, self._cost), self._clock.now().date().isoformat())
        with self._opened() as database:
            database.execute("DELETE FROM session WHERE handle = ?", (handle,))
            database.execute("REPLACE INTO account VALUES (?, ?, ?, ?, ?)", row)

    def remove(self, handle: str) -> bool:
        """Remove an account with its sessions; say whether there was one."""
        if not self._file.exists():
            return False
        with self._opened() as database:
            return database.execute("DELETE FROM account WHERE handle = ?", (handle,)).rowcount > 0

    def listed(self) -> Sequence[Account]:
        """Return all accounts by handle."""
        if not self._file.exists():
            return []
        with self._opened() as database:
            return [Account(*row) for row in database.execute("SELECT handle, set_on FROM account ORDER BY handle")]

    def verify(self, handle: str, password: str) -> bool:
        """Say whether a password is that of an account; where there is none, it takes as long to say no."""
        salt, cost, known = self._kept(handle) or (bytes(16), self._cost, b"")
        if len(password.encode("utf-8", "surrogatepass")) > LONGEST:
            return False
        return hmac.compare_digest(_hash(password, salt, cost), known)

    def _kept(self, handle: str) -> tuple[bytes, int, bytes] | None:
        if not self._file.exists():
            return None
        with self._opened() as database:
            found = database.execute("SELECT salt, cost, hash FROM account WHERE handle = ?", (handle,)).fetchone()
        return tuple(found) if found else None

    def begin(self, handle: str) -> str:
        """Begin a session of an account and return its id, which is new and cannot be guessed."""
        token = secrets.token_urlsafe(32)
        with self._opened() as database:
            database.execute("DELETE FROM session WHERE until <= ?", (self._spelt(),))
            until = self._spelt(SESSION_LASTS)
            database.execute("INSERT INTO session VALUES (?, ?, ?)", (_digest(token), handle, until))
        return token

    def holder(self, token: str) -> str:
        """Return whose session an id is of; an empty text where there is no such session, or none any more."""
        if not token or not self._file.exists():
            return ""
        with self._opened() as database:
            words = "SELECT handle FROM session WHERE id = ? AND until > ?"
            found = database.execute(words, (_digest(token), self._spelt())).fetchone()
        return str(found[0]) if found else ""

    def end(self, token: str) -> None:
        """End a session."""
        if token and self._file.exists():
            with self._opened() as database:
                database.execute("DELETE FROM session WHERE id = ?", (_digest(token),))

    def _spelt(self, later: timedelta = timedelta(0)) -> str:
        return f"{(self._clock.now() + later).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            self._require_own()
            with closing(sqlite3.connect(self._file, timeout=PATIENCE)) as database, database:
                database.execute("PRAGMA foreign_keys = ON")
                database.execute("PRAGMA secure_delete = ON")
                database.executescript(_TABLES)
                yield database
        except (sqlite3.Error, OSError) as error:
            raise AccountsUnusableError(self._file, str(error) or type(error).__name__) from error

    def _require_own(self) -> None:
        """See that the file is there, no link, and nobody else's to read: made so before SQLite writes into it."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._file, flags, 0o600)
        try:
            found = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise AccountsExposedError(self._file)


def _require_fit(password: str) -> None:
    if len(password) < SHORTEST:
        raise PasswordUnfitError(f"shorter than {SHORTEST} characters")
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST:
        raise PasswordUnfitError(f"longer than {LONGEST} bytes")


def _hash(password: str, salt: bytes, cost: int) -> bytes:
    # Keyboards disagree on how an accent is written; people do not.
    spelt = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(spelt, salt=salt, n=cost, r=8, p=1, maxmem=2 * 128 * 8 * cost + 1024 * 1024)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
