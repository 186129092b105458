"""Entries of tree objects that no git would write: each reader takes them for something else."""

from __future__ import annotations

from collections import Counter
from operator import lt
from typing import TYPE_CHECKING, NamedTuple

from nearmiss.engine.ports import TreeEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FOLDER = b"40000"
_WRITTEN = frozenset({_FOLDER, b"100644", b"100755", b"120000", b"160000"})
"""The modes that git writes. It reads others too, and shows them as one of these."""


class _Raw(NamedTuple):
    mode: bytes
    name: bytes
    oid: bytes


def forged_entries(read: Callable[[str], bytes], old: str | None, new: str, *, width: int) -> Iterator[TreeEntry]:
    """Yield what a tree holds, and one before it (None: there is none) did not, that no git would have put there.

    That is an odd mode, a name that is empty, given twice, out of order, or a whole path. `read` gives the bytes of a
    tree object, `width` is the length of an object id in bytes. Folders that are the same in both are not looked into.
    """
    pending: list[tuple[str | None, str, bytes]] = [(old, new, b"")]
    while pending:
        before, after, above = pending.pop()
        known = set(_entries(read(before), width)) if before else set()
        folders = {entry.name: entry.oid.hex() for entry in known if entry.mode == _FOLDER}
        entries = _entries(read(after), width)
        times = Counter(entry.name for entry in entries)
        last = b""
        for entry in entries:
            is_fresh, key = entry not in known, _sorting(entry)
            is_odd = entry.mode not in _WRITTEN or not entry.name or b"/" in entry.name or times[entry.name] > 1
            if is_fresh and (is_odd or key <= last):
                yield _told(entry, above)
            elif is_fresh and entry.mode == _FOLDER:
                pending.append((folders.get(entry.name), entry.oid.hex(), above + entry.name + b"/"))
            last = key


def is_in_order(listing: bytes) -> bool:
    """Say whether `git ls-tree -r -t -z` lists every name once, after the one before it and below a folder it lists.

    Folders count as if their names ended in a slash, as git sorts them, so that a whole tree is in order of its bytes.
    """
    paths = [
        path + b"/" if kind.startswith(b"040000") else path
        for kind, _, path in (line.partition(b"\t") for line in listing.split(b"\0")[:-1])
    ]
    above = {path[: path.rfind(b"/", 0, -1) + 1] for path in paths}
    return all(map(lt, paths, paths[1:])) and above <= {b"", *paths}


def _entries(raw: bytes, width: int) -> list[_Raw]:
    """Take a tree object apart; an end that is no entry becomes one without a name."""
    entries: list[_Raw] = []
    at = 0
    while at < len(raw):
        space = raw.find(b" ", at)
        end = raw.find(b"\0", space)
        oid = raw[end + 1 : end + 1 + width]
        if space < 0 or end < 0 or len(oid) < width:
            return [*entries, _Raw(b"", b"", b"")]
        entries.append(_Raw(raw[at:space], raw[space + 1 : end], oid))
        at = end + 1 + width
    return entries


def _sorting(entry: _Raw) -> bytes:
    """Return by what git sorts: a folder as if its name ended in a slash."""
    return entry.name + b"/" if entry.mode == _FOLDER else entry.name


def _told(entry: _Raw, above: bytes) -> TreeEntry:
    mode = entry.mode.decode("ascii", "replace").rjust(6, "0")
    return TreeEntry(mode=mode, oid=entry.oid.hex(), path=(above + entry.name).decode("utf-8", "surrogateescape"))
