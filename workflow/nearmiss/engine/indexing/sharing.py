"""Sharing the finding of facts: records are handed over in parts, as plain data, and their facts come back as such."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import BlobTooLargeError
from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.records.dossiers import Folder
from nearmiss.engine.records.facts import find_facts
from nearmiss.policy.standing import Register
from nearmiss.policy.version import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.ports import Crew, Documents, Tree

IN_A_PART = 50
"""Records that are handed over together."""

LARGEST = 1_000_000
"""Bytes of a record with all that lies beside it, beyond which handing it over takes longer than reading it here."""


def order_of(register: Register, today: date) -> dict[str, Any] | None:
    """Return all that records are judged by as plain data; None where proofs belong to it, which are not."""
    if register.proofs:
        return None
    versions = {number: version.data for number, version in register.versions.items()}
    return {"instance": register.instance, "versions": versions, "today": today.isoformat()}


def found_together(
    crew: Crew, order: Mapping[str, Any], tree: Tree, folders: Sequence[Folder]
) -> Iterator[tuple[Folder, Mapping[str, Any] | None]]:
    """Yield every folder in turn with its facts as plain data, or None where nobody else could find them."""
    parts = [folders[start : start + IN_A_PART] for start in range(0, len(folders), IN_A_PART)]
    answers = crew.share(order, ([_handed_over(folder, tree) for folder in part] for part in parts))
    for part, answer in zip(parts, answers, strict=True):
        yield from zip(part, answer if answer is not None else [None] * len(part), strict=True)


def _handed_over(folder: Folder, tree: Tree) -> list[Any] | None:
    """Return the files of a record as plain data, or None where it is to be read where it lies."""
    entries = [entry for entry in (folder.record, *folder.beside) if entry is not None]
    if folder.record is None:
        return None
    contents: dict[str, bytes] = {}
    size = 0
    try:
        for path, content in tree.read_many([entry.path for entry in entries]):
            contents[path] = content
            size += len(content)
    except BlobTooLargeError:
        return None
    listed = [(entry.mode, entry.oid, entry.path) for entry in entries]
    return [folder.id, listed, contents] if size <= LARGEST else None


def helper(documents: Documents, order: Mapping[str, Any]) -> Callable[[Iterable[Any]], list[Any]]:
    """Return what answers a part that was handed over: the facts of each record as plain data."""
    versions = {number: PolicyVersion(data) for number, data in order["versions"].items()}
    register = Register(instance=order["instance"], versions=versions)
    today = date.fromisoformat(order["today"])

    def answer(one: Any) -> dict[str, Any] | None:
        if one is None:
            return None
        record_id, listed, contents = one
        record, *beside = (TreeEntry(mode=mode, oid=oid, path=path) for mode, oid, path in listed)
        folder = Folder(id=record_id, record=record, beside=tuple(beside))
        return find_facts(documents, HeldTree(contents), register, folder, today=today).as_data()

    return lambda part: [answer(one) for one in part]


class HeldTree:
    """The files of one record, in memory."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List nothing: what lies here is known to who asks."""
        raise NotImplementedError(prefixes)

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None where there is none."""
        return self._contents.get(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of files, in the order asked for; missing ones are left out."""
        return ((path, self._contents[path]) for path in paths if path in self._contents)
