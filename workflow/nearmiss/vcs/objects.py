"""Reading objects: blobs and trees through long-lived `git cat-file` children, listings and differences of trees."""

from __future__ import annotations

import re
import subprocess
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import IO

from nearmiss.engine.ports import Change, TreeEntry
from nearmiss.vcs.children import Git, pipes
from nearmiss.vcs.errors import BrokenObjectError, GitFailedError, MissingObjectError
from nearmiss.vcs.trees import NOTHING, Leaf, new_object, parse_tree

AT_ONCE = 256
"""Requests written before the first answer is read: together they fit a pipe, so that neither side waits for ever."""

MANY = 500
"""Objects from which on a child of their own is quicker: it need not hand over each answer by itself."""

REMEMBERED_FOLDERS = 4096
REMEMBERED_SPELLINGS = 256
MANY_PREFIXES = 64
"""Beyond so many, listing everything and choosing costs less than a long command line."""

_TREE_LINE = re.compile(r"(?P<mode>\d{6}) \w+ (?P<oid>[0-9a-f]+)\t(?P<path>[^\0]+)\0")
_FULL_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def is_full_id(revision: str) -> bool:
    """Say whether a revision is a whole object id, which can be neither an option nor a name."""
    return _FULL_ID.fullmatch(revision) is not None


class _Child:
    """One `git cat-file` in batch mode, and the protocol it speaks."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._requests, self._answers = pipes(process)

    def ask(self, oids: Sequence[str]) -> None:
        try:
            self._requests.write("".join(f"{oid}\n" for oid in oids).encode("ascii"))
            self._requests.flush()
        except OSError as error:
            raise GitFailedError(command="cat-file", words=str(error)) from None

    @property
    def answers(self) -> IO[bytes]:
        """What it answers with."""
        return self._answers

    def stop(self) -> None:
        self._process.kill()
        with suppress(OSError):
            # What was still in the buffer has no reader any more.
            self._requests.close()
        self._answers.close()
        self._process.wait()


class Objects:
    """The objects of one repository. Children are started at the first question and kept until `close`."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._idle: list[_Child] = []
        self._idle_for_sizes: list[_Child] = []
        self._folders: OrderedDict[str, dict[bytes, Leaf]] = OrderedDict()
        self._lowered: OrderedDict[str, bytes] = OrderedDict()
        self._closing = weakref.finalize(self, _stop_all, self._idle, self._idle_for_sizes)

    def close(self) -> None:
        """Stop the children; later questions start new ones."""
        _stop_all(self._idle, self._idle_for_sizes)

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield id and bytes of blobs in the order asked for; raises MissingObjectError and BrokenObjectError."""
        return self._stream(oids, kind="blob")

    def trees(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield id and bytes of tree objects in the order asked for; raises as `blobs` does."""
        return self._stream(oids, kind="tree")

    def lowered(self, oids: Sequence[str]) -> Mapping[str, bytes]:
        """Return the bytes of tree objects with all letters in lower case, to look for names in."""
        for oid, raw in list(self.trees(oid for oid in dict.fromkeys(oids) if oid not in self._lowered)):
            self._lowered[oid] = raw.lower()
        found = {oid: self._lowered[oid] for oid in oids}
        while len(self._lowered) > REMEMBERED_SPELLINGS:
            self._lowered.popitem(last=False)
        return found

    def sizes(self, oids: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Yield id and size of blobs in the order asked for; raises MissingObjectError."""
        for batch, answers in self._answered(oids, self._idle_for_sizes, "--batch-check"):
            for oid in batch:
                yield oid, _size_of(oid, answers, "blob")

    def read(self, oid: str, *, kind: str) -> bytes:
        """Return the bytes of one object of a kind; raises MissingObjectError and BrokenObjectError."""
        return next(data for _, data in list(self._stream([oid], kind=kind)))

    def raw_tree(self, oid: str) -> bytes:
        """Return the bytes of a tree object as they are."""
        return self.read(oid, kind="tree")

    def folder(self, oid: str) -> Mapping[bytes, Leaf]:
        """Return what a tree object lists."""
        if oid in self._folders:
            self._folders.move_to_end(oid)
            return self._folders[oid]
        entries = parse_tree(self.read(oid, kind="tree"), object_format=self._git.place.object_format)
        self._folders[oid] = entries
        if len(self._folders) > REMEMBERED_FOLDERS:
            self._folders.popitem(last=False)
        return entries

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        header = self.read(commit, kind="commit").partition(b"\n")[0]
        word, _, oid = header.decode("ascii", "replace").partition(" ")
        if word != "tree" or not is_full_id(oid):
            raise BrokenObjectError(commit)
        return oid

    def listing(self, tree: str, prefixes: Sequence[str]) -> list[TreeEntry]:
        """List the files of a tree, or those under some prefixes, sorted by path."""
        chosen = pathspecs(prefixes)
        said = self._git.run("ls-tree", "-r", "-z", "--full-tree", tree, "--", *chosen).out
        lines = _TREE_LINE.findall(said.decode("utf-8", "surrogateescape"))
        return in_order([TreeEntry(mode=mode, oid=oid, path=path) for mode, oid, path in lines], prefixes)

    def differences(self, old: str | None, new: str, prefixes: Sequence[str]) -> list[Change]:
        """List the paths that differ between two commits or trees (None: the empty tree), sorted by path."""
        if old == new:
            return []
        start = old or new_object("tree", b"", object_format=self._git.place.object_format).oid
        said = self._git.run(
            "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv",
            "--no-relative", "--ignore-submodules=none", start, new, "--", *pathspecs(prefixes),
        ).out  # fmt: skip
        fields = said.decode("utf-8", "surrogateescape").split("\0")[:-1]
        changes = [parse_change(facts, path) for facts, path in zip(fields[::2], fields[1::2], strict=True)]
        return sorted((change for change in changes if under(change.path, prefixes)), key=lambda change: change.path)

    def _stream(self, oids: Iterable[str], *, kind: str) -> Iterator[tuple[str, bytes]]:
        for batch, answers in self._answered(oids, self._idle, "--batch"):
            for oid in batch:
                yield oid, _content(oid, answers, _size_of(oid, answers, kind))

    def _answered(
        self, oids: Iterable[str], idle: list[_Child], mode: str
    ) -> Iterator[tuple[Sequence[str], IO[bytes]]]:
        """Yield objects with what answers for each of them in turn, which is to be read before the next ones."""
        remaining = iter(oids)
        first = list(islice(remaining, MANY))
        if len(first) == MANY:
            together = _whole_ids([*first, *remaining])
            asked = "".join(f"{oid}\n" for oid in together).encode("ascii")
            with self._git.stream("cat-file", mode, "--buffer", asked=asked) as answers:
                yield together, answers
        elif first:
            with _borrowed(idle, self._git, mode) as child:
                for batch in _batches(first):
                    child.ask(batch)
                    yield batch, child.answers


class _borrowed:  # noqa: N801 - reads as the statement it is used in
    """Lends an idle child, or a new one; takes it back only if its conversation came to its end."""

    def __init__(self, idle: list[_Child], git: Git, mode: str) -> None:
        self._idle = idle
        self._git = git
        self._mode = mode

    def __enter__(self) -> _Child:
        self._child = self._idle.pop() if self._idle else _Child(self._git.converse("cat-file", self._mode))
        return self._child

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._idle.append(self._child)
        else:
            # Answers may still be on their way: the next one to ask must not take them for its own.
            self._child.stop()


def parse_change(facts: str, path: str) -> Change:
    """Read one entry of git's raw difference format: `:100644 100644 <id> <id> M` and its path."""
    old_mode, new_mode, old_oid, new_oid, _ = facts.lstrip(":").split(" ")
    # An audit reads a hundred thousand of them.
    return Change(
        path,
        old_mode,
        new_mode,
        None if old_mode == NOTHING else old_oid,
        None if new_mode == NOTHING else new_oid,
    )


def pathspecs(prefixes: Sequence[str]) -> list[str]:
    """Return what to ask git for: without its slash, a folder also finds a link that stands in its place."""
    if len(prefixes) > MANY_PREFIXES or "" in prefixes:
        return []
    return [prefix.rstrip("/") for prefix in prefixes]


def under(path: str, prefixes: Sequence[str]) -> bool:
    """Say whether a path is one of the prefixes or below it; no prefixes mean everything."""
    return not prefixes or any(
        not prefix or path == prefix.rstrip("/") or path.startswith(prefix.rstrip("/") + "/") for prefix in prefixes
    )


def in_order(entries: Iterable[TreeEntry], prefixes: Sequence[str]) -> list[TreeEntry]:
    """Return the entries under the prefixes, sorted by path."""
    chosen = entries if len(prefixes) <= MANY_PREFIXES else _chosen(entries, prefixes)
    return sorted(chosen, key=lambda entry: entry.path)


def _chosen(entries: Iterable[TreeEntry], prefixes: Sequence[str]) -> Iterator[TreeEntry]:
    whole = {prefix.rstrip("/") for prefix in prefixes}
    for entry in entries:
        steps = entry.path.split("/")
        if any("/".join(steps[:depth]) in whole for depth in range(len(steps) + 1)):
            yield entry


def _batches(oids: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(oids)
    while batch := list(islice(remaining, AT_ONCE)):
        yield _whole_ids(batch)


def _whole_ids(oids: list[str]) -> list[str]:
    for oid in oids:
        if not is_full_id(oid):
            raise MissingObjectError(ascii(oid), kind="object")
    return oids


def _size_of(oid: str, answers: IO[bytes], kind: str) -> int:
    """Return the size of an object that is of a kind; raises MissingObjectError."""
    words = answers.readline().split()
    if len(words) != 3:  # noqa: PLR2004 - id, kind, size; else `<id> missing`, or git gave up fetching it
        raise MissingObjectError(oid, kind="object")
    if words[1] != kind.encode():
        raise MissingObjectError(oid, kind=kind)
    return int(words[2])


def _content(oid: str, answers: IO[bytes], size: int) -> bytes:
    """Return exactly so many bytes; raises BrokenObjectError rather than return fewer."""
    data = answers.read(size + 1)
    if len(data) != size + 1:
        raise BrokenObjectError(oid)
    return data[:-1]


def _stop_all(*idle: list[_Child]) -> None:
    for children in idle:
        while children:
            children.pop().stop()
