"""The working tree as a set of files: what the index knows of them, what differs, and what is there besides."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.trees import under as lies_under
from nearmiss.vcs.children import Git
from nearmiss.vcs.files import FOLDER_ON_DISK, WorkingFiles
from nearmiss.vcs.objects import Objects, in_order, pathspecs
from nearmiss.vcs.trees import REGULAR_MODES, new_object

SUBMODULE = "160000"


_INDEX_LINE = re.compile(r"(?P<tag>\S) (?P<mode>\d{6}) (?P<oid>[0-9a-f]+) (?P<stage>\d)\t(?P<path>[^\0]+)\0")
_INDEX = ("ls-files", "--stage", "-v", "-z", "--")
_DOUBTFUL = re.compile(rb"\0(?!H |\Z)|\0H \d+ [0-9a-f]+ [1-3]\t")
"""An entry that is not merged, or has a flag that lets git look away from the file."""
_OTHERS = ("ls-files", "--others", "--exclude-standard", "-z", "--")
_CHANGED = (
    "diff-files", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-relative",
    "--ignore-submodules=all", "--",
)  # fmt: skip


class IndexEntry(NamedTuple):
    """What the index says of a path, in git's own letters."""

    tag: str
    mode: str
    oid: str
    stage: str
    path: str

    @property
    def is_plain(self) -> bool:
        """Whether it is merged, and has no flag that lets git look away from the file."""
        return self.tag == "H" and self.stage == "0"

    @property
    def is_sparse(self) -> bool:
        """Whether the checkout leaves the file out."""
        return self.tag in {"S", "s"}


class _Said(NamedTuple):
    """What git says of the files of a checkout: what the index has, what differs from it, and what is untracked."""

    has: bytes
    changed: bytes
    untracked: bytes

    @property
    def settled(self) -> str:
        """The digest of what the index has, where that is certainly all there is; else an empty text."""
        lines = b"\0" + self.has
        if self.changed or self.untracked or _DOUBTFUL.search(lines):
            return ""
        return hashlib.sha256(lines).hexdigest()


class WorkingTree:
    """The files of a checkout; those that are as the index has them carry its object id."""

    def __init__(self, git: Git, objects: Objects, root: Path) -> None:
        self._git = git
        self._objects = objects
        self._root = root
        self.files = WorkingFiles(root)
        self.folder = str(root)

    @property
    def is_as_listed(self) -> bool:
        """Between the listing and the reading of a file, somebody may save it; nobody looks whether that was so."""
        return False

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List tracked and untracked files under the prefixes, or all, sorted by path; ignored ones are left out."""
        return in_order(self._entries(self._asked(prefixes)), prefixes)

    def settled(self, prefixes: Sequence[str]) -> str:
        """Return the digest of all that the index says of the files, where each is plainly as it says; else nothing."""
        return self._asked(prefixes).settled

    def _asked(self, prefixes: Sequence[str]) -> _Said:
        wanted = pathspecs(prefixes)
        with self._git.begin(*_OTHERS, *wanted) as others, self._git.begin_unfiltered(*_CHANGED, *wanted) as differing:
            has = self._git.run(*_INDEX, *wanted).out
            return _Said(has=has, changed=differing.finish().out, untracked=others.finish().out)

    def _entries(self, said: _Said) -> list[TreeEntry]:
        changed = _changed(said.changed)
        found, doubtful = [], {}
        for tag, mode, oid, stage, path in _index_lines(said.has):
            if tag == "H" and stage == "0" and path not in changed:
                found.append(TreeEntry(mode=mode, oid=oid, path=path))
            else:
                doubtful[path] = IndexEntry(tag, mode, oid, stage, path)
        return [*found, *self._looked_at(doubtful, changed), *self._untracked(said.untracked)]

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None where there is none or it is not a regular file."""
        return next((data for _, data in list(self.read_many([path]))), None)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of many files, in the order asked for; missing ones are left out."""
        waiting = list(paths)
        at = 0
        for path, data in self.files.read_many(waiting):
            while waiting[at] != path:
                yield from self._left_out_of_the_checkout(waiting[at])
                at += 1
            yield path, data
            at += 1
        for path in waiting[at:]:
            yield from self._left_out_of_the_checkout(path)

    def compared(self, prefixes: Sequence[str]) -> tuple[dict[str, IndexEntry], dict[str, str]]:
        """Return what the index lists under the prefixes, and the files that may differ from it, with their modes."""
        wanted = pathspecs(prefixes)
        with self._git.begin(*_INDEX, *wanted) as listing, self._git.begin_unfiltered(*_CHANGED, *wanted) as differing:
            return _index(listing.finish().out), _changed(differing.finish().out)

    def blob_id(self, path: str) -> str | None:
        """Return the id that a file's bytes have as a blob, or None where there is no regular file."""
        data = self.files.read(path)
        return None if data is None else self._blob_id(data)

    def _blob_id(self, data: bytes) -> str:
        return new_object("blob", data, object_format=self._git.place.object_format).oid

    def _looked_at(self, doubtful: Mapping[str, IndexEntry], changed: Mapping[str, str]) -> Iterator[TreeEntry]:
        """Judge by the file itself where git is in doubt or was told to look away."""
        ids = {path: self._blob_id(data) for path, data in self.files.read_many(doubtful)}
        for path, entry in doubtful.items():
            mode = self.files.mode(path)
            if mode is None and entry.is_sparse:
                mode = entry.mode
                ids[path] = entry.oid
            elif mode == FOLDER_ON_DISK:
                mode = SUBMODULE if entry.mode == SUBMODULE else None
                ids[path] = entry.oid
            elif mode in REGULAR_MODES and changed.get(path) in REGULAR_MODES:
                # Where the disk knows no executable files, git does.
                mode = changed[path]
            if mode is not None:
                yield TreeEntry(mode=mode, oid=entry.oid if ids.get(path) == entry.oid else None, path=path)

    def _untracked(self, said: bytes) -> Iterator[TreeEntry]:
        for raw in said.split(b"\0")[:-1]:
            path = raw.decode("utf-8", "surrogateescape")
            mode = SUBMODULE if path.endswith("/") else self.files.mode(path)
            if mode is not None:
                yield TreeEntry(mode=mode, oid=None, path=path.rstrip("/"))

    def _left_out_of_the_checkout(self, path: str) -> Iterator[tuple[str, bytes]]:
        """Give a file of a sparse checkout from the index: not being on the disk, it is not gone."""
        entry = self._sparse.get(path)
        if entry and entry.mode in REGULAR_MODES and self.files.mode(path) is None:
            yield path, self._objects.read(entry.oid, kind="blob")

    @cached_property
    def _sparse(self) -> dict[str, IndexEntry]:
        return _left_out(self._git.run(*_INDEX).out)


class SettledTree(WorkingTree):
    """A working tree of which some files are listed once, and that knows whether what is read of it is what was listed.

    Between the two, somebody may save a file.
    """

    def __init__(self, git: Git, objects: Objects, root: Path, *, under: Sequence[str]) -> None:
        super().__init__(git, objects, root)
        self._under = under
        self._said = self._asked(under)
        self._are = in_order(self._entries(self._said), under)
        self._is_same = True

    @property
    def digest(self) -> str:
        """What `WorkingTree.settled` says of the same files."""
        return self._said.settled

    @property
    def is_as_listed(self) -> bool:
        """Whether every file that was read so far is the object that was listed; one that is none yet may be any."""
        return self._is_same

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of many files, in the order asked for; missing ones are left out."""
        waiting = list(paths)
        missing = set(waiting)
        for path, data in super().read_many(waiting):
            missing.discard(path)
            self._is_same &= path in self._ids and self._ids[path] in {None, self._blob_id(data)}
            yield path, data
        self._is_same &= all(self._ids.get(path) is None for path in missing)

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List files under the prefixes, or all: as they were listed, where all of those were."""
        if prefixes and all(lies_under(prefix, self._under) for prefix in prefixes):
            places = sorted({place for prefix in prefixes for place in self._places(prefix)})
            return [self._are[place] for place in places]
        return super().entries(*prefixes)

    @cached_property
    def _sparse(self) -> dict[str, IndexEntry]:
        return _left_out(self._said.has)

    @cached_property
    def _ids(self) -> dict[str, str | None]:
        return {entry.path: entry.oid for entry in self._are}

    def _places(self, prefix: str) -> range:
        """Return where a file is in the list, or all below a folder, whose name ends in a slash: it is in order."""
        first = bisect_left(self._paths, prefix)
        if prefix.endswith("/"):
            return range(first, bisect_left(self._paths, f"{prefix[:-1]}{_AFTER_SLASH}"))
        return range(first, first + (self._paths[first : first + 1] == [prefix]))

    @cached_property
    def _paths(self) -> list[str]:
        return [entry.path for entry in self._are]


_AFTER_SLASH = chr(ord("/") + 1)


def _index_lines(said: bytes) -> list[tuple[str, str, str, str, str]]:
    return _INDEX_LINE.findall(said.decode("utf-8", "surrogateescape"))


def _index(said: bytes) -> dict[str, IndexEntry]:
    return {line[-1]: IndexEntry(*line) for line in _index_lines(said)}


def _left_out(said: bytes) -> dict[str, IndexEntry]:
    """Return the files that a sparse checkout leaves out; most checkouts are whole, which the bytes tell at once."""
    lines = b"\0" + said
    if b"\0S " not in lines and b"\0s " not in lines:
        return {}
    return {path: entry for path, entry in _index(said).items() if entry.is_sparse}


def _changed(said: bytes) -> dict[str, str]:
    fields = said.split(b"\0")[:-1]
    return {
        path.decode("utf-8", "surrogateescape"): facts.split(b" ")[1].decode("ascii")
        for facts, path in zip(fields[::2], fields[1::2], strict=True)
    }
