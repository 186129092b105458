"""The tree of a commit, from objects alone: files listed, read, and looked for without listing all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from nearmiss.engine.ports import TreeEntry
from nearmiss.vcs.errors import BrokenObjectError, MissingObjectError
from nearmiss.vcs.objects import AT_ONCE, MANY_PREFIXES, Objects
from nearmiss.vcs.trees import FOLDER, REGULAR_MODES, Leaf

FEW_FOLDERS = 64
"""So many folders are read here; where there are more, git lists them in less time than it takes to ask for each."""

_FILES = frozenset({"100644", "100755", "120000", "160000"})


class CommitTree:
    """The files of a commit, from objects alone."""

    folder = ""
    is_as_listed = True

    def __init__(self, objects: Objects, tree: str) -> None:
        self._objects = objects
        self._tree = tree
        self._folders: dict[bytes, Mapping[bytes, Leaf]] = {}

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List the files under the prefixes, or all, sorted by path."""
        near = self._near(prefixes) if prefixes and len(prefixes) <= MANY_PREFIXES else None
        return self._objects.listing(self._tree, prefixes) if near is None else near

    def _near(self, prefixes: Sequence[str]) -> list[TreeEntry] | None:
        """List what lies in a few folders; None where there are many, or where only git can tell what they hold."""
        found: dict[str, TreeEntry] = {}
        left = FEW_FOLDERS
        try:
            for prefix in prefixes:
                path = prefix.rstrip("/")
                if any(part in {"", ".", ".."} for part in path.split("/")):
                    return None
                leaf = self._leaf(path)
                pending = [(path.encode("utf-8", "surrogateescape"), leaf)] if leaf else []
                while pending:
                    at, leaf = pending.pop()
                    if leaf.mode in _FILES:
                        name = at.decode("utf-8", "surrogateescape")
                        found[name] = TreeEntry(mode=leaf.mode, oid=leaf.oid, path=name)
                        continue
                    left -= 1
                    if leaf.mode != FOLDER or left < 0:
                        return None
                    pending += [(at + b"/" + name, below) for name, below in self._objects.folder(leaf.oid).items()]
        except (BrokenObjectError, MissingObjectError):
            return None
        return [found[path] for path in sorted(found)]

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None where there is none or it is not a regular file."""
        return next((data for _, data in list(self.read_many([path]))), None)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of many files, in the order asked for; missing ones are left out."""
        paths = iter(paths)
        while batch := list(islice(paths, AT_ONCE)):
            found = [(path, leaf.oid) for path in batch if (leaf := self._regular(path))]
            blobs = self._objects.blobs(oid for _, oid in found)
            for (path, _), (_, data) in zip(found, blobs, strict=True):
                yield path, data

    def _leaf(self, path: str) -> Leaf | None:
        above, _, name = path.encode("utf-8", "surrogateescape").rstrip(b"/").rpartition(b"/")
        return self._folder(above).get(name)

    def _regular(self, path: str) -> Leaf | None:
        above, _, name = path.encode("utf-8", "surrogateescape").rpartition(b"/")
        leaf = self._folder(above).get(name)
        return leaf if leaf and leaf.mode in REGULAR_MODES else None

    def _folder(self, path: bytes) -> Mapping[bytes, Leaf]:
        if path not in self._folders:
            above, _, name = path.rpartition(b"/")
            leaf = self._folder(above).get(name) if path else Leaf(FOLDER, self._tree)
            self._folders[path] = self._objects.folder(leaf.oid) if leaf and leaf.mode == FOLDER else {}
        return self._folders[path]

    def alike(self, path: str) -> Sequence[str]:
        """Return the files whose path is this one but for the case of letters, below a top folder spelt as it is."""
        top, *names = path.split("/")
        try:
            leaf = self._leaf(top)
            found = [(top, leaf)] if leaf else []
            for name in names:
                wanted = name.casefold()
                found = [
                    (f"{above}/{spelt}", below)
                    for above, here in found
                    if here.mode == FOLDER
                    for spelt, below in self._spelt(here.oid)
                    if spelt.casefold() == wanted
                ]
        except BrokenObjectError:
            listed = [entry.path for entry in self._objects.listing(self._tree, [f"{top}/"])]
            return [one for one in listed if one.casefold() == path.casefold()]
        return sorted(spelt for spelt, leaf in found if leaf.mode != FOLDER)

    def found(self, folder: str, names: Iterable[str], *, depth: int) -> Sequence[str]:
        """Return the paths of what has one of some names, so many folders below a folder; case does not matter.

        A listing of all files takes as long as everything else that a report does.
        """
        wanted = {name.casefold() for name in names}
        leaf = self._leaf(folder)
        below = [(folder.rstrip("/"), leaf.oid)] if leaf and leaf.mode == FOLDER else []
        try:
            for _ in range(depth):
                below = [
                    (f"{above}/{name}", leaf.oid)
                    for above, oid in below
                    for name, leaf in self._spelt(oid)
                    if leaf.mode == FOLDER
                ]
            # Looking for bytes first: to take every tree apart takes longer than to read it.
            sought = [b" %s\0" % name.encode("utf-8", "surrogateescape") for name in wanted]
            raws = self._objects.lowered([oid for _, oid in below])
            likely = [(above, oid) for above, oid in below if any(name in raws[oid] for name in sought)]
            return sorted(
                f"{above}/{name}" for above, oid in likely for name, _ in self._spelt(oid) if name.casefold() in wanted
            )
        except BrokenObjectError:
            return self._found_by_git(folder, wanted, depth)

    def _found_by_git(self, folder: str, wanted: set[str], depth: int) -> Sequence[str]:
        """Return the same from git's own listing, which also tells of trees that no git has written."""
        start = folder.rstrip("/").count("/") + 1
        paths = [entry.path.split("/") for entry in self._objects.listing(self._tree, [folder])]
        deep = [parts for parts in paths if len(parts) > start + depth]
        return sorted(
            {"/".join(parts[: start + depth + 1]) for parts in deep if parts[start + depth].casefold() in wanted}
        )

    def _spelt(self, oid: str) -> Iterator[tuple[str, Leaf]]:
        for name, leaf in self._objects.folder(oid).items():
            yield name.decode("utf-8", "surrogateescape"), leaf
