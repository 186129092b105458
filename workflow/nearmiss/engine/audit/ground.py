"""The ground that an audit stands on: every policy version, the moment, and what was read of the objects."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from nearmiss.engine.desk import LARGEST_BLOB
from nearmiss.engine.documents import Reading
from nearmiss.engine.errors import BlobTooLargeError, BrokenPolicyError
from nearmiss.engine.instance import VERSIONS, read_version
from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.engine.trees import under
from nearmiss.policy.standing import Register
from nearmiss.policy.version import version_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from nearmiss.engine.audit.history import History
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Reads
    from nearmiss.policy.version import PolicyVersion

    Candidate = Sequence[str]
    """A file of a policy version, as main had it at some time: its path and its blob."""

KEPT = 4000
"""Documents that are remembered: the versions of a record lie close together in what is read."""


class Blobs(Protocol):
    """Gives the bytes of blobs; a repository does."""

    def sizes(self, oids: Iterable[str]) -> Iterable[tuple[str, int]]:
        """Yield id and size of each."""
        ...

    def blobs(self, oids: Iterable[str]) -> Iterable[tuple[str, bytes]]:
        """Yield id and bytes of each."""
        ...


class Contents:
    """The bytes of blobs, asked for in one go, and what the documents among them say."""

    def __init__(self, repository: Blobs, documents: Reads) -> None:
        self._repository = repository
        self._documents = documents
        self._blobs: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}
        self._readings: OrderedDict[bytes, Reading] = OrderedDict()

    def fetch(self, oids: Iterable[str]) -> None:
        """Read blobs ahead, and forget those read before; what is too large is read by nobody."""
        wanted = dict.fromkeys(oids)
        self._sizes = dict(self._repository.sizes(wanted))
        small = [oid for oid in wanted if self._sizes[oid] <= LARGEST_BLOB]
        self._blobs = dict(self._repository.blobs(small))

    def take(self, sizes: Mapping[str, int], blobs: Mapping[str, bytes]) -> None:
        """Take in blobs that somebody else has read, and forget those read before."""
        self._sizes, self._blobs = dict(sizes), dict(blobs)

    def holds(self, oid: str | None) -> bool:
        """Say whether a blob need not be fetched any more; no blob at all need not."""
        return oid is None or oid in self._blobs

    def blob(self, oid: str) -> bytes:
        """Return a blob's bytes; raises BlobTooLargeError."""
        if oid not in self._blobs:
            if oid not in self._sizes:
                self._sizes |= dict(self._repository.sizes([oid]))
            if self._sizes[oid] > LARGEST_BLOB:
                raise BlobTooLargeError(oid, self._sizes[oid], LARGEST_BLOB)
            self._blobs |= dict(self._repository.blobs([oid]))
        return self._blobs[oid]

    def read(self, raw: bytes) -> Reading:
        """Read a document; each is read once while it is remembered."""
        if raw not in self._readings:
            self._readings[raw] = self._documents.read(raw)
            if len(self._readings) > KEPT:
                self._readings.popitem(last=False)
        return self._readings[raw]

    def data(self, mode: str, oid: str | None) -> Mapping[str, Any]:
        """Return the plain data of a past version; an empty mapping where there was none or it is no record."""
        if oid is None or mode != REGULAR_FILE:
            return {}
        reading = self.read(self.blob(oid))
        return reading.data if reading.data is not None and not reading.findings else {}


class HeldFiles:
    """The files of one subject at one commit, as a tree whose documents are read once."""

    folder = ""
    is_as_listed = True

    def __init__(self, files: Mapping[str, tuple[str, str]], contents: Contents) -> None:
        self._files = files
        self._contents = contents

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List the files under the prefixes, or all, sorted by path."""
        held = sorted(self._files.items())
        return [TreeEntry(mode=mode, oid=oid, path=path) for path, (mode, oid) in held if under(path, prefixes)]

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None where there is none; raises BlobTooLargeError."""
        return dict(self.read_many([path])).get(path)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of files, in the order asked for; missing ones are left out."""
        for path in paths:
            mode, oid = self._files.get(path, ("", ""))
            if mode == REGULAR_FILE:
                yield path, self._contents.blob(oid)


@dataclass(kw_only=True)
class Ground:
    """What every judgement of a record rests on."""

    instance: str
    versions: Mapping[int, PolicyVersion]
    contents: Contents
    now: datetime
    _registers: dict[int, Register] = field(default_factory=dict)

    def register(self, number: int) -> Register:
        """Return what is judged by where a version is the newest one that can be read."""
        if number not in self._registers:
            newest = max((one for one in self.versions if one <= number), default=min(self.versions))
            known = {one: version for one, version in self.versions.items() if one <= newest}
            self._registers[number] = (
                Register(instance=self.instance, versions=known) if newest == number else self.register(newest)
            )
        return self._registers[number]


@dataclass(kw_only=True)
class MainGround(Ground):
    """What the audit of a main branch rests on: the repository and its history besides."""

    desk: Desk
    history: History


def candidates_of(history: History) -> list[Candidate]:
    """Return what main ever had as files of policy versions, in the order of its commits."""
    changes = (change for oid in history.main for change in history.commits[oid].changes)
    return [(one.path, one.new_oid) for one in changes if one.new_oid and version_number(one.path) is not None]


def read_versions(desk: Desk, candidates: Iterable[Sequence[str]]) -> dict[int, PolicyVersion]:
    """Return every policy version as the first commit of main has it that holds one that can be read.

    Raises BrokenPolicyError where there is none: then nothing can be judged.
    """
    found: dict[int, PolicyVersion] = {}
    for path, oid in candidates:
        number = version_number(path)
        if number is not None and number not in found:
            version = _read_usable(desk, path, oid)
            if version is not None:
                found[number] = version
    if not found:
        raise BrokenPolicyError(VERSIONS, "holds no version that can be read, in any commit")
    return found


def _read_usable(desk: Desk, path: str, oid: str) -> PolicyVersion | None:
    """Return a version by which something can be judged: its digests fit, and each part is what its model says."""
    try:
        version = read_version(path, desk.read_blob(oid))
        # Each part is read when it is first asked for; what is not as its model says it is a ValueError.
        _ = (version.workflow, version.risk, version.settings, version.people, version.vocabulary)
    except (BrokenPolicyError, BlobTooLargeError, ValueError):
        return None
    return version
