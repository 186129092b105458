"""Sharing the finding of facts: records are handed over in parts, as plain data, and their facts come back as such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from nearmiss.engine.errors import BlobTooLargeError
from nearmiss.engine.packing import Packed
from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.engine.records.dossiers import Folder
from nearmiss.engine.records.facts import Facts, find_many_facts
from nearmiss.engine.trees import is_object, under
from nearmiss.errors import NearMissError
from nearmiss.policy.standing import Register
from nearmiss.policy.version import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nearmiss.engine.documents import Documents
    from nearmiss.engine.memory import Crew
    from nearmiss.engine.ports import Tree

IN_A_PART = 50
"""Records that are handed over together."""

LARGEST = 1_000_000
"""Bytes of a record with all that lies beside it, beyond which handing it over takes longer than reading it here."""


class Files(Protocol):
    """Reads files where they lie, without following any link."""

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of regular files, in the order asked for; missing ones are left out."""
        ...


def order_of(register: Register, tree: Tree, today: date) -> dict[str, Any] | None:
    """Return all that records are judged by as plain data; None where proofs belong to it, which are not.

    With it goes the folder where their files lie, so that whoever judges them reads them there; where they lie in none,
    they are handed over.
    """
    if register.proofs:
        return None
    versions = {number: version.data for number, version in register.versions.items()}
    return {"instance": register.instance, "versions": versions, "today": today.isoformat(), "folder": tree.folder}


def brief(crew: Crew | None, register: Register, tree: Tree, today: date) -> None:
    """Tell those who are ready to help how records will be judged, while it is still to be found out which."""
    order = order_of(register, tree, today) if crew is not None else None
    if crew is not None and order is not None:
        crew.brief(order)


def found_together(
    crew: Crew, documents: Documents, order: Mapping[str, Any], tree: Tree, folders: Sequence[Folder]
) -> Iterator[tuple[Folder, tuple[Facts, Packed] | None]]:
    """Yield every folder in turn with its facts and how they are kept, or None where they could not be found so.

    The others begin at once, not when the first is asked for.
    """
    here = cache(lambda: helper(documents, lambda _: tree, order))

    def alone(part: Sequence[Any]) -> list[Any]:
        return here()(part)

    found = answered_together(crew, order, tree, folders, alone)
    return ((folder, (Facts.heard(one[0]), Packed(*one[1])) if one is not None else None) for folder, one in found)


def answered_together(
    crew: Crew,
    order: Mapping[str, Any],
    tree: Tree,
    folders: Sequence[Folder],
    alone: Callable[[Sequence[Any]], list[Any]],
) -> Iterator[tuple[Folder, Any]]:
    """Yield every folder in turn with what a helper answers of it; the others begin at once."""
    parts = [folders[start : start + IN_A_PART] for start in range(0, len(folders), IN_A_PART)]
    hand_over = _named if order["folder"] else _handed_over
    answers = crew.share(order, ([hand_over(folder, tree) for folder in part] for part in parts), alone)
    return (pair for part, answer in zip(parts, answers, strict=True) for pair in zip(part, answer, strict=True))


def _named(folder: Folder, _tree: Tree) -> list[Any] | None:
    """Return the names of a record's files as plain data, or None where there is no record."""
    if folder.record is None:
        return None
    return [folder.id, [(entry.mode, entry.oid, entry.path) for entry in (folder.record, *folder.beside)]]


def _handed_over(folder: Folder, tree: Tree) -> list[Any] | None:
    """Return the files of a record as plain data, or None where it is to be read where it lies."""
    named = _named(folder, tree)
    if named is None:
        return None
    contents: dict[str, bytes] = {}
    size = 0
    try:
        for path, content in tree.read_many([path for _, _, path in named[1]]):
            contents[path] = content
            size += len(content)
    except BlobTooLargeError:
        return None
    return [*named, contents] if size <= LARGEST else None


def facts_as_data(
    documents: Documents, given: Sequence[tuple[Folder, Tree]], register: Register, today: date
) -> list[Any]:
    """Return the facts of records as plain data, as told and as kept."""
    found = find_many_facts(documents, given, register, today=today)
    return [(one.told(), tuple(one.packed(today))) for one in found]


Answers = Callable[["Documents", Sequence[tuple[Folder, "Tree"]], Register, date], list[Any]]
"""What is found of records, each with the tree that holds its files, as plain data."""


def helper(
    documents: Documents,
    files_in: Callable[[str], Files],
    order: Mapping[str, Any],
    answers: Answers = facts_as_data,
) -> Callable[[Sequence[Any]], list[Any]]:
    """Return what answers a part that was handed over: what is found of each record, as plain data.

    None stands for a record of which a file cannot be read here: it may lie elsewhere, and who hands out knows where.
    """
    versions = {number: PolicyVersion(data) for number, data in order["versions"].items()}
    register = Register(instance=order["instance"], versions=versions)
    today = date.fromisoformat(order["today"])
    files = files_in(order["folder"]) if order["folder"] else HeldTree({})

    def read(part: Iterable[Any]) -> dict[str, bytes]:
        return dict(files.read_many([path for one in part if one is not None for _, _, path in one[1]]))

    def read_singly(part: Iterable[Any]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for one in part:
            with suppress(NearMissError):
                found |= read([one])
        return found

    def held(one: Any, contents: Mapping[str, bytes]) -> tuple[Folder, HeldTree] | None:
        if one is None:
            return None
        record_id, listed, *given = one
        record, *beside = (TreeEntry(mode=mode, oid=oid, path=path) for mode, oid, path in listed)
        folder = Folder(id=record_id, record=record, beside=tuple(beside))
        if given:
            return folder, HeldTree(given[0])
        # What was listed and what is judged must be the same: it is remembered under the names of these objects.
        if not all(path in contents and is_object(oid, contents[path]) for _, oid, path in listed):
            return None
        return folder, HeldTree({path: contents[path] for _, _, path in listed})

    def answer(part: Sequence[Any]) -> list[Any]:
        try:
            contents = read(part) if order["folder"] else {}
        except NearMissError:
            contents = read_singly(part)
        given = [held(one, contents) for one in part]
        found = iter(answers(documents, [one for one in given if one is not None], register, today))
        return [next(found) if one is not None else None for one in given]

    return answer


class HeldTree:
    """The files of one record, in memory."""

    folder = ""
    is_as_listed = True

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List the files under the prefixes, or all, sorted by path; what object they are was told to who asks."""
        held = sorted(path for path in self._contents if under(path, prefixes))
        return [TreeEntry(mode=REGULAR_FILE, oid=None, path=path) for path in held]

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None where there is none."""
        return self._contents.get(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of files, in the order asked for; missing ones are left out."""
        return ((path, self._contents[path]) for path in paths if path in self._contents)
