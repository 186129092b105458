"""A cache of what was worked out before, by content: losing it costs time, never correctness."""

from __future__ import annotations

import marshal
import os
import sys
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MOST_ENTRIES = 100_000
"""Entries that a cache keeps; those put first go first."""

LARGEST_FILE = 128 * 1024 * 1024
"""Bytes of a cache file beyond which it is not read, nor written."""

_CHECKSUM_SIZE = 4


@dataclass(frozen=True, kw_only=True)
class Cache:
    """Values by key, in one file of the folder, for one version (of the tool and the policy, say).

    Another version, a damaged file, a folder that cannot be written: the cache is empty, and no error is raised. Two
    processes that put at once may lose entries of one of them.
    """

    folder: Path
    version: str
    name: str = "cache"
    most: int = field(default=MOST_ENTRIES)

    def get_many(self, keys: Iterable[str]) -> dict[str, Any]:
        """Return the values of those keys that are there, in the order asked for."""
        entries = self._load()
        return {key: entries[key] for key in keys if key in entries}

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Keep JSON-able values; the oldest entries go when there are too many. Raises ValueError for other values."""
        if not values:
            return
        entries = {key: value for key, value in self._load().items() if key not in values} | dict(values)
        kept = dict(list(entries.items())[-self.most :])
        with suppress(OSError):
            self._save(marshal.dumps((self._stamp, kept)))

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.name}.bin"

    @property
    def _stamp(self) -> str:
        # The format of marshal belongs to the interpreter.
        return f"{sys.implementation.cache_tag} {self.version}"

    def _load(self) -> dict[str, Any]:
        """Return the entries of the file, all of them: unpacked one by one, ten thousand take three times as long.

        Marshal was chosen by measuring 10,000 entries: 16 ms, against 40 of JSON and 59 of SQLite. It trusts its input;
        the checksum finds damage, and who can write below `.git` can already have code run.
        """
        try:
            if self._path.stat().st_size > LARGEST_FILE:
                return {}
            packed = self._path.read_bytes()
        except OSError:
            return {}
        body = packed[_CHECKSUM_SIZE:]
        if not body or zlib.crc32(body).to_bytes(_CHECKSUM_SIZE, "big") != packed[:_CHECKSUM_SIZE]:
            return {}
        try:
            stamp, entries = marshal.loads(body)  # noqa: S302 - its sum was right: it is ours
        except (EOFError, TypeError, ValueError):
            return {}
        return entries if stamp == self._stamp and isinstance(entries, dict) else {}

    def _save(self, body: bytes) -> None:
        if len(body) + _CHECKSUM_SIZE > LARGEST_FILE:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(f".{os.getpid()}")
        try:
            beside.write_bytes(zlib.crc32(body).to_bytes(_CHECKSUM_SIZE, "big") + body)
            beside.replace(self._path)
        finally:
            beside.unlink(missing_ok=True)
