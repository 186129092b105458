"""A vault: bytes kept in two files that count only where this person's own program wrote them, in this very version.

Whoever can write into a repository's folder, or hands one over, can put a file there. So the bytes carry a code made
with a key that lies in the person's own folder, and never in the repository. Anything else is as if there were none.
What is added later carries the code of what it was added to, and belongs to nothing else.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

KEY_BYTES = 32
CODE_BYTES = 32
LARGEST = 1 << 30
"""Bytes beyond which nothing is read."""

ADDED = ".later"
"""What the name of the file ends in that holds what was added."""

UNSAVED = ".unsaved"
"""What the name of a file ends in that is not whole yet: always the same, so that what killed processes left never
piles up. Where two write at once, the outcome may be none of both, and then it does not count."""

_PURPOSE = b"nearmiss-vault"


class SealedFile:
    """One file, and what was added to it, for one version of the program, sealed with a key.

    No error is raised, whatever is wrong with any of them.
    """

    def __init__(self, file: Path, *, key: Path, version: Callable[[], str]) -> None:
        self._file = file
        self._added = file.with_name(f"{file.name}{ADDED}")
        self._key = key
        self._version = version
        self._code = b""
        self._found: list[memoryview] = []
        self._reading: Thread | None = None

    def get_ready(self) -> None:
        """Begin to read beside whatever else is done: looking at each byte is nothing that Python waits for."""
        reading = Thread(target=self._take_in, daemon=True)
        # Where the machine lets no more threads begin, it is read when it is asked for.
        with suppress(RuntimeError):
            reading.start()
            self._reading = reading

    def is_empty(self) -> bool:
        """Say whether there is no file at all."""
        with suppress(OSError):
            return not self._file.exists()
        return False

    def read(self) -> Sequence[bytes | memoryview]:
        """Return what was kept, and what was added; none of it where it is not certain that we kept it."""
        if self._reading is None:
            self._take_in()
        else:
            self._reading.join()
            self._reading = None
        found, self._found = self._found, []
        return found

    def _take_in(self) -> None:
        self._found, self._code = [], b""
        with suppress(OSError):
            key = self._read_key()
            whole = None if key is None else self._opened(key, self._file, b"")
            if key is None or whole is None:
                return
            code, content = whole
            self._found, self._code = [content], code
            added = self._opened(key, self._added, code)
            self._found += [] if added is None else [added[1]]

    def write(self, content: bytes) -> None:
        """Keep bytes in the place of those before; nothing waits for the disk, since a torn file is none."""
        with suppress(OSError):
            self._code = self._put(self._file, content, b"")
            self._added.unlink(missing_ok=True)

    def add(self, content: bytes) -> None:
        """Keep bytes beside those that were read or written last, in the place of what was added before."""
        if self._code:
            with suppress(OSError):
                self._put(self._added, content, self._code)

    def _put(self, file: Path, content: bytes, under: bytes) -> bytes:
        """Write one file and return its code; raises OSError."""
        beside = file.with_name(f"{file.name}{UNSAVED}")
        try:
            key = self._read_key() or self._new_key()
            code = self._code_of(key, under, content)
            file.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as stream:
                stream.writelines((code, content))
            beside.replace(file)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise
        return code

    def _opened(self, key: bytes, file: Path, under: bytes) -> tuple[bytes, memoryview] | None:
        """Return the code and the content of a file, or None where they do not fit; raises OSError."""
        try:
            if file.stat().st_size > LARGEST:
                return None
            raw = file.read_bytes()
        except FileNotFoundError:
            return None
        code, content = raw[:CODE_BYTES], memoryview(raw)[CODE_BYTES:]
        return (code, content) if hmac.compare_digest(code, self._code_of(key, under, content)) else None

    def _code_of(self, key: bytes, under: bytes, content: bytes | memoryview) -> bytes:
        code = hmac.new(key, digestmod="sha256")
        for part in (_PURPOSE, self._version().encode("utf-8", "surrogateescape"), under):
            code.update(len(part).to_bytes(8, "big") + part)
        code.update(content)
        return code.digest()

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
