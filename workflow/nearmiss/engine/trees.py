"""Trees that are not in git: one laid over another, as the result of a merge, or with files about to be written."""

from __future__ import annotations

from hashlib import sha1, sha256
from typing import TYPE_CHECKING

from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.models.ids import id_of_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.ports import Tree


class Overlay:
    """A base tree with some of its paths replaced, each by the very object that a merge would put there, or gone.

    Objects are read by their ids, never by walking folders again: a tree object may hold names that walk elsewhere.
    """

    folder = ""
    is_as_listed = True

    def __init__(
        self, base: Tree, entries: Mapping[str, TreeEntry | None], read: Callable[[str], bytes | None]
    ) -> None:
        self._base = base
        self._entries = entries
        self._read = read

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List the files under the prefixes, or all, sorted by path."""
        found = {entry.path: entry for entry in self._base.entries(*prefixes)}
        for path, entry in self._entries.items():
            if entry is None:
                found.pop(path, None)
            elif under(path, prefixes):
                found[path] = entry
        return [found[path] for path in sorted(found)]

    def paths_of(self, record_id: str) -> list[str]:
        """Return which files of a record are replaced or gone."""
        return [path for path in self._entries if id_of_path(path) == record_id]

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None."""
        if path not in self._entries:
            return self._base.read(path)
        entry = self._entries[path]
        return self._read(entry.oid) if entry is not None and entry.oid is not None else None

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of the files that there are."""
        for path in paths:
            content = self.read(path)
            if content is not None:
                yield path, content


class WithFiles:
    """A base tree with files that are about to be written to it (None: removed)."""

    folder = ""
    is_as_listed = True

    def __init__(self, base: Tree, files: Mapping[str, bytes | None]) -> None:
        self._base = base
        self._files = files

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List the files under the prefixes, or all, sorted by path; those to be written have no object id yet."""
        found = {entry.path: entry for entry in self._base.entries(*prefixes)}
        for path, content in self._files.items():
            if content is None:
                found.pop(path, None)
            elif under(path, prefixes):
                found[path] = TreeEntry(mode=REGULAR_FILE, oid=None, path=path)
        return [found[path] for path in sorted(found)]

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None."""
        return self._files[path] if path in self._files else self._base.read(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of the files that there are."""
        for path in paths:
            content = self.read(path)
            if content is not None:
                yield path, content


def under(path: str, prefixes: Sequence[str]) -> bool:
    """Say whether a path is one of the prefixes or lies under one that ends in a slash; no prefix lets all in."""
    return not prefixes or any(
        path == prefix or (prefix.endswith("/") and path.startswith(prefix)) for prefix in prefixes
    )


def is_object(oid: str | None, content: bytes) -> bool:
    """Say whether bytes are the file that git calls so; where nobody says what they should be, any will do."""
    if oid is None:
        return True
    digest = (sha1 if len(oid) == _SHA1 else sha256)(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest() == oid


_SHA1 = 40
"""Letters of the shorter one of the two kinds of names that git gives to objects."""


class EmptyTree:
    """A tree without any files: what a repository is before its first commit."""

    folder = ""
    is_as_listed = True

    def entries(self, *_prefixes: str) -> Sequence[TreeEntry]:
        """List nothing."""
        return ()

    def read(self, path: str) -> bytes | None:
        """Find nothing, whatever the path."""
        del path
        return None

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield nothing, whatever the paths."""
        del paths
        return iter(())
