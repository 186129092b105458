"""Reading all that a repository keeps: objects that nothing leads to, logs, settings, and files of git's own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from nearmiss.engine.leaks.evidence import Kept, Lying
from nearmiss.engine.ports import Change
from nearmiss.vcs.children import Git, Place
from nearmiss.vcs.objects import is_full_id, parse_change

PIPE = 1 << 17
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file of git's own that is read: a log of a reference has some hundred bytes a line."""

LARGEST_LEFTOVER = 4 * 1024 * 1024
NOT_READ = {"objects", "refs", "lfs", "modules"}
OF_OURS = "nearmiss"
OURS_READ = ("drafts", "unsaved", "checkout")
"""What of our own folder holds texts of people; the rest is made of objects that are looked at anyway."""


class Forensics:
    """What git keeps, whether a reference leads to it or not. Nothing is changed."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._git = Git(place)

    def references(self) -> Mapping[str, str]:
        """Return every reference by its full name, with the object that it names."""
        said = self._git.run("for-each-ref", "--format=%(objectname) %(refname)").out.decode("utf-8", "replace")
        pairs = (line.partition(" ") for line in said.split("\n") if line)
        return {name: oid for oid, _, name in pairs}

    def kept(self) -> Iterator[Kept]:
        """Yield every object in the store, reachable or not."""
        words = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname) %(objecttype) %(objectsize)")
        with self._git.stream("cat-file", *words) as output:
            for line in output:
                oid, kind, size = line.decode("ascii", "replace").split()
                yield Kept(oid, kind, int(size))

    def contents(self, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield id and bytes of objects of any kind; what is missing is left out."""
        if not oids:
            return
        asked = "".join(f"{oid}\n" for oid in oids).encode("ascii")
        with self._git.stream("cat-file", "--batch", "--buffer", asked=asked) as output:
            while line := output.readline():
                oid, *facts = line.decode("ascii", "replace").split()
                if len(facts) == 2:  # noqa: PLR2004 - kind and size; of a missing object it says one word
                    yield oid, _exactly(output, int(facts[1]))

    def changed(self, pairs: Iterable[tuple[str, str]], prefix: str) -> Iterator[tuple[str, list[Change]]]:
        """Yield commits with what they change under a prefix, each against a parent (or, an empty text, nothing)."""
        asked = "".join(f"{oid} {parent}\n" if parent else f"{oid}\n" for oid, parent in pairs)
        if not asked:
            return
        words = (
            "--stdin", "-r", "-z", "--raw", "--root", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv",
            "--ignore-submodules=none",
        )  # fmt: skip
        under = ["--", prefix.rstrip("/")] if prefix else []
        with self._git.stream("diff-tree", *words, *under, asked=asked.encode("ascii")) as output:
            yield from _told(_fields(output))

    def reachable(self) -> frozenset[str]:
        """Return the ids of all objects that a reference or the log of one leads to."""
        said = self._git.run("rev-list", "--objects", "--no-object-names", "--all", "--reflog").out
        return frozenset(said.decode("ascii", "replace").split())

    def settings(self) -> Sequence[tuple[str, str]]:
        """Return the settings of this repository alone, as keys in small letters with their values."""
        said = self._git.run("config", "-z", "--list", "--local", "--no-includes", accept=(0, 1)).out
        pairs = (entry.partition("\n") for entry in said.decode("utf-8", "replace").split("\0") if entry)
        return [(key, value) for key, _, value in pairs]

    def own_files(self) -> Iterator[Lying]:
        """Yield the files of git's own folder, and of other worktrees; no objects, no references."""
        for top in dict.fromkeys((self._place.common_dir, self._place.git_dir)):
            for path in _walk(top):
                content = _read(path, LARGEST_FILE)
                if content is not None:
                    yield Lying(f".git/{path.relative_to(top).as_posix()}", content)

    def leftovers(self) -> Iterator[Lying]:
        """Yield files below records/ and at the top of the working tree that git does not know."""
        root = self._place.root
        if root is None:
            return
        said = self._git.run("ls-files", "--others", "-z").out.decode("utf-8", "surrogateescape")
        for name in said.split("\0"):
            if name and (name.startswith("records/") or "/" not in name or "NM-" in name):
                content = _read(root / name, LARGEST_LEFTOVER)
                if content is not None:
                    yield Lying(name, content)


def _walk(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        here = Path(folder).relative_to(top)
        if here == Path():
            folders[:] = [name for name in folders if name not in NOT_READ]
        if here.name == OF_OURS and (here == Path(OF_OURS) or here.parts[0] == "worktrees"):
            folders[:] = [name for name in folders if name in OURS_READ]
            continue
        yield from (Path(folder, name) for name in sorted(names))


def _read(path: Path, largest: int) -> bytes | None:
    with suppress(OSError):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                return file.read(largest)
    return None


def _exactly(output: IO[bytes], size: int) -> bytes:
    content = output.read(size)
    output.read(1)
    return content


def _fields(output: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := output.read(PIPE):
        *whole, rest = (rest + chunk).split(b"\0")
        for field in whole:
            yield field.decode("utf-8", "surrogateescape")


def _told(fields: Iterator[str]) -> Iterator[tuple[str, list[Change]]]:
    """Read commits, each followed by its changes."""
    commit, changes = "", list[Change]()
    for token in fields:
        field = token.lstrip("\n")
        if field.startswith(":"):
            changes.append(parse_change(field, next(fields, "")))
        elif is_full_id(field):
            if commit:
                yield commit, changes
            commit, changes = field, []
    if commit:
        yield commit, changes
