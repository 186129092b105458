"""All that a repository ever kept, read once: commits, what each brought, and blobs that may be of a report."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nearmiss.engine.leaks.commits import RawCommit, parse_commit
from nearmiss.engine.leaks.versions import id_in, may_be_nameless
from nearmiss.models.ids import RECORDS, folder_part, id_of_path, is_record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nearmiss.engine.leaks.evidence import Evidence

    Progress = Callable[[int, int], None]

LARGEST_READ = 11 * 1024 * 1024
"""Bytes of an object beyond which it is neither a record nor a file that may be attached."""

LARGEST_RECORD = 1 << 20
BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"%PDF-", b"GIF8", b"PK\x03\x04")
"""How pictures and documents begin that can hold who made them."""

TELL_EVERY = 500


@dataclass(frozen=True, kw_only=True)
class Past:
    """What was read, by object id."""

    objects: int
    commits: Mapping[str, RawCommit]
    tags: Sequence[str]
    added: Mapping[str, frozenset[str]]
    """By commit: the ids of the records that it has and its first parent has not."""
    paths: Mapping[str, str]
    """Of the versions of record files that are in a commit: where they lie."""
    attached: Mapping[str, str]
    """Of the files beside records: where they lie."""
    suspects: Mapping[str, bytes]
    """Blobs that may be a version of a record without a name, or one of the same id that is in no commit."""
    strays: Mapping[str, str]
    """Record-like blobs that are in no commit and name a mode of their own: their id, by object."""
    pictures: Sequence[str]

    def without_copies(self, evidence: Evidence) -> Past:
        """Return the same without what looks like a record and lies at another path: examples, in a page or a test."""
        if not self.strays:
            return self
        reachable = evidence.reachable()
        copies = {oid for oid in self.strays if oid in reachable}
        return replace(
            self,
            strays={oid: record_id for oid, record_id in self.strays.items() if oid not in copies},
            suspects={oid: raw for oid, raw in self.suspects.items() if oid not in copies},
        )

    def with_versions_of(self, ids: frozenset[str], evidence: Evidence) -> Past:
        """Return the same with all versions of some records, also those that told a name."""
        wanted = [oid for oid, path in self.paths.items() if id_of_path(path) in ids and oid not in self.suspects]
        wanted += [oid for oid, record_id in self.strays.items() if record_id in ids and oid not in self.suspects]
        return replace(self, suspects={**self.suspects, **dict(evidence.contents(wanted))})

    def brought(self, ids: frozenset[str]) -> dict[str, str]:
        """Return the commits that brought some records, each with one of them.

        A merge only takes over what a side brought, unless no other commit did.
        """
        named = {oid: self._named(oid, ids) for oid in self.added}
        plain = {oid: name for oid, name in named.items() if name and not self.commits[oid].is_merge}
        left = ids - {record_id for oid in plain for record_id in self.added.get(oid, frozenset())}
        for oid, commit in self.commits.items():
            if commit.is_merge and (name := self._named(oid, left)):
                plain[oid] = name
        return plain

    def _named(self, oid: str, ids: frozenset[str]) -> str:
        return min(self.added.get(oid, frozenset()) & ids, default="")

    def notes(self, evidence: Evidence) -> Iterator[tuple[str, str]]:
        """Yield the notes that hang on commits: the path that names the commit, and the object of the note."""
        tips = [(oid, "") for name, oid in evidence.references().items() if name.startswith("refs/notes/")]
        for _, changes in evidence.changed(tips, ""):
            for change in changes:
                if change.new_oid is not None:
                    yield change.path, change.new_oid


@dataclass
class _Sorted:
    """Blobs as they are sorted while they are read."""

    paths: Mapping[str, str]
    attached: Mapping[str, str]
    suspects: dict[str, bytes] = field(default_factory=dict)
    strays: dict[str, str] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)

    def sort(self, oid: str, raw: bytes) -> None:
        """Put a blob where it belongs."""
        if raw.startswith(BEGINNINGS):
            self.pictures.append(oid)
            return
        if len(raw) > LARGEST_RECORD or oid in self.attached:
            return
        if oid not in self.paths:
            record_id = id_in(raw)
            if not record_id:
                return
            self.strays[oid] = record_id
        if may_be_nameless(raw):
            self.suspects[oid] = raw


def read_past(evidence: Evidence, progress: Progress) -> Past:
    """Read everything, each object at most once."""
    kinds: dict[str, list[str]] = {"commit": [], "tag": [], "blob": [], "tree": [], "large": []}
    for kept in evidence.kept():
        kinds["large" if kept.kind == "blob" and kept.size > LARGEST_READ else kept.kind].append(kept.oid)
    total = len(kinds["commit"]) * 2 + len(kinds["blob"])
    commits = {}
    for number, (oid, raw) in enumerate(evidence.contents(kinds["commit"])):
        commits[oid] = parse_commit(oid, raw)
        if not number % TELL_EVERY:
            progress(number, total)
    added, paths, attached = _changes(evidence, commits, progress, total)
    blobs = _Sorted(paths=paths, attached=attached)
    for number, (oid, raw) in enumerate(evidence.contents(kinds["blob"])):
        blobs.sort(oid, raw)
        if not number % TELL_EVERY:
            progress(2 * len(commits) + number, total)
    return Past(
        objects=sum(map(len, kinds.values())), commits=commits, tags=kinds["tag"], added=added, paths=paths,
        attached=attached, suspects=blobs.suspects, strays=blobs.strays, pictures=blobs.pictures,
    )  # fmt: skip


def _changes(
    evidence: Evidence, commits: Mapping[str, RawCommit], progress: Progress, total: int
) -> tuple[dict[str, frozenset[str]], dict[str, str], dict[str, str]]:
    """Return what each commit added, and where versions of records and the files beside them lie."""
    added: dict[str, frozenset[str]] = {}
    paths: dict[str, str] = {}
    attached: dict[str, str] = {}
    pairs = ((oid, commit.parents[0] if commit.parents else "") for oid, commit in commits.items())
    for number, (oid, changes) in enumerate(evidence.changed(pairs, RECORDS)):
        if not number % TELL_EVERY:
            progress(len(commits) + number, total)
        new = set()
        for change in changes:
            if change.new_oid is None:
                continue
            if is_record_path(change.path):
                paths[change.new_oid] = change.path
                if change.old_oid is None:
                    new.add(id_of_path(change.path) or "")
            elif folder_part(change.path):
                attached[change.new_oid] = change.path
        if new:
            added[oid] = frozenset(new)
    return added, paths, attached
