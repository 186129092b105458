"""A vault: bytes kept in a file that count only where this person's own program wrote them, in this very version.

Whoever can write into a repository's folder, or hands one over, can put a file there. So the bytes carry a code made
with a key that lies in the person's own folder, and never in the repository. Anything else is as if there were none.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY_BYTES = 32
CODE_BYTES = 32
LARGEST = 1 << 30
"""Bytes beyond which nothing is read."""

UNSAVED = ".unsaved"
"""What the name of a file ends in that is not whole yet: always the same, so that what killed processes left never
piles up. Where two write at once, the outcome may be none of both, and then it does not count."""


class SealedFile:
    """One file for one version of the program, sealed with a key; no error is raised, whatever is wrong with either."""

    def __init__(self, file: Path, *, key: Path, version: Callable[[], str]) -> None:
        self._file = file
        self._key = key
        self._version = version

    def read(self) -> bytes | None:
        """Return what was kept; None where nothing was, or where it is not certain that we kept it."""
        try:
            key = self._read_key()
            if key is None or self._file.stat().st_size > LARGEST:
                return None
            raw = self._file.read_bytes()
        except OSError:
            return None
        code, content = raw[:CODE_BYTES], raw[CODE_BYTES:]
        return content if hmac.compare_digest(code, self._code(key, content)) else None

    def write(self, content: bytes) -> None:
        """Keep bytes in the place of those before; nothing waits for the disk, since a torn file is none."""
        beside = self._file.with_name(f"{self._file.name}{UNSAVED}")
        try:
            key = self._read_key() or self._new_key()
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(self._code(key, content) + content)
            beside.replace(self._file)
        except OSError:
            with suppress(OSError):
                beside.unlink()

    def _code(self, key: bytes, content: bytes) -> bytes:
        digest = blake2b(key=key, digest_size=CODE_BYTES, person=b"nearmiss-vault")
        version = self._version().encode()
        digest.update(len(version).to_bytes(8, "big") + version)
        digest.update(content)
        return digest.digest()

    def _read_key(self) -> bytes | None:
        """Return the key; None where there is none that nobody else can have read or written."""
        try:
            descriptor = os.open(self._key, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - it is open already
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
                return None
            key = stream.read(KEY_BYTES + 1)
        return key if len(key) == KEY_BYTES else None

    def _new_key(self) -> bytes:
        """Make a key anew, in the place of one that does not count."""
        self._key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self._key.with_name(f"{self._key.name}{UNSAVED}")
        key = secrets.token_bytes(KEY_BYTES)
        with suppress(FileNotFoundError):
            beside.unlink()
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - as above
            stream.write(key)
        beside.replace(self._key)
        return key
