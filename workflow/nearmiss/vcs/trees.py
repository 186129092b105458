"""Git's objects as bytes: their ids, tree objects taken apart, edited and put together, and packs of new objects."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nearmiss.engine.ports import Change
from nearmiss.vcs.errors import BadPathError, BrokenObjectError

FOLDER = "040000"
NOTHING = "000000"
REGULAR_MODES = frozenset({"100644", "100755", "100664"})
"""Modes under which git keeps the content of a regular file; the last one is from its first months."""

_KINDS = {"commit": 1, "tree": 2, "blob": 3}


class Leaf(NamedTuple):
    """What a name in a tree stands for: a mode of six digits and an object id."""

    mode: str
    oid: str


class NewObject(NamedTuple):
    """An object to be written: its kind, its id and its bytes."""

    kind: str
    oid: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A tree after an edit: its id, the tree objects that are new, and which paths differ."""

    oid: str
    objects: tuple[NewObject, ...]
    changes: tuple[Change, ...]


ReadFolder = Callable[[str], Mapping[bytes, Leaf]]


@dataclass
class _Branching:
    """Edits by path, arranged as the folders they are in."""

    folders: dict[bytes, _Branching] = field(default_factory=dict)
    leaves: dict[bytes, Leaf | None] = field(default_factory=dict)


def new_object(kind: str, data: bytes, *, object_format: str) -> NewObject:
    """Return an object with the id that git gives it."""
    digest = hashlib.new(object_format, b"%s %d\0" % (kind.encode(), len(data)), usedforsecurity=False)
    digest.update(data)
    return NewObject(kind, digest.hexdigest(), data)


_NO_NAMES = frozenset({b"", b".", b"..", b".git"})
"""Names that lead elsewhere; git itself makes no tree with them, but a forged object may hold one."""


def parse_tree(raw: bytes, *, object_format: str) -> dict[bytes, Leaf]:
    """Take a tree object apart; raises BrokenObjectError where it is cut short or not a tree."""
    width = hashlib.new(object_format, usedforsecurity=False).digest_size
    entries: dict[bytes, Leaf] = {}
    at = 0
    while at < len(raw):
        space = raw.find(b" ", at)
        end = raw.find(b"\0", space)
        oid = raw[end + 1 : end + 1 + width]
        if space < 0 or end < 0 or len(oid) < width:
            raise BrokenObjectError(new_object("tree", raw, object_format=object_format).oid)
        mode = raw[at:space].decode("ascii", "replace").rjust(6, "0")
        name = raw[space + 1 : end]
        if b"/" in name or name in _NO_NAMES or name in entries:
            raise BrokenObjectError(new_object("tree", raw, object_format=object_format).oid)
        entries[name] = Leaf(mode, oid.hex())
        at = end + 1 + width
    return entries


def compose_tree(entries: Mapping[bytes, Leaf]) -> bytes:
    """Put a tree object together, in git's order: a folder sorts as if its name ended in a slash."""
    ordered = sorted(entries.items(), key=lambda item: item[0] + b"/" if item[1].mode == FOLDER else item[0])
    return b"".join(
        b"%s %s\0%s" % (leaf.mode.lstrip("0").encode(), name, bytes.fromhex(leaf.oid)) for name, leaf in ordered
    )


def edit_tree(read: ReadFolder, root: str | None, edits: Mapping[str, Leaf | None], *, object_format: str) -> Edited:
    """Return a tree with some paths set or (None) removed; `root` None is the empty tree, `read` lists a folder.

    A removed path that is not there stays away; folders that become empty vanish. Raises BadPathError where a file
    would take the place of a folder or the other way round.
    """
    objects: list[NewObject] = []
    changes: list[Change] = []

    def apply(branching: _Branching, oid: str | None, above: bytes) -> str | None:
        entries = dict(read(oid)) if oid else {}
        for name, leaf in branching.leaves.items():
            changes.extend(_set_leaf(entries, name, leaf, above))
        for name, folder in branching.folders.items():
            here = entries.pop(name, None)
            if here is not None and here.mode != FOLDER:
                raise BadPathError(_text(above + name), because="a file is where a folder would have to be")
            below = apply(folder, here.oid if here else None, above + name + b"/")
            if below:
                entries[name] = Leaf(FOLDER, below)
        if not entries and above:
            return None
        tree = new_object("tree", compose_tree(entries), object_format=object_format)
        if tree.oid != oid:
            objects.append(tree)
        return tree.oid

    oid = apply(_arrange(edits), root, b"")
    return Edited(oid=oid or "", objects=tuple(objects), changes=tuple(sorted(changes, key=lambda change: change.path)))


def _set_leaf(entries: dict[bytes, Leaf], name: bytes, leaf: Leaf | None, above: bytes) -> Iterator[Change]:
    here = entries.pop(name, None)
    if here is not None and here.mode == FOLDER:
        raise BadPathError(_text(above + name), because="a folder is where the file would have to be")
    if leaf is not None:
        entries[name] = leaf
    if leaf != here:
        yield Change(
            path=_text(above + name),
            old_mode=here.mode if here else NOTHING,
            new_mode=leaf.mode if leaf else NOTHING,
            old_oid=here.oid if here else None,
            new_oid=leaf.oid if leaf else None,
        )


def _arrange(edits: Mapping[str, Leaf | None]) -> _Branching:
    top = _Branching()
    for path, leaf in edits.items():
        *folders, name = path.encode("utf-8", "surrogateescape").split(b"/")
        at = top
        for folder in folders:
            at = at.folders.setdefault(folder, _Branching())
        at.leaves[name] = leaf
    return top


def pack(objects: Sequence[NewObject], *, object_format: str) -> bytes:
    """Return a pack that holds the objects whole, as git receives them from another repository."""
    body = b"PACK" + (2).to_bytes(4, "big") + len(objects).to_bytes(4, "big")
    body += b"".join(_pack_header(made) + zlib.compress(made.data, 1) for made in objects)
    return body + hashlib.new(object_format, body, usedforsecurity=False).digest()


def _pack_header(made: NewObject) -> bytes:
    size = len(made.data)
    header = [_KINDS[made.kind] << 4 | size & 15]
    size >>= 4
    while size:
        header[-1] |= 0x80
        header.append(size & 0x7F)
        size >>= 7
    return bytes(header)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
