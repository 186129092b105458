"""The desk that a use case works at: every port plugged in once, and who is working, passed along as one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import (
    BlobTooLargeError,
    DetachedHeadError,
    NobodyError,
    NoCommitError,
    NoMainBranchError,
    StrangerError,
)
from nearmiss.engine.ports import Stamp
from nearmiss.engine.walks import Walks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nearmiss.engine.cleaning import Cleaner
    from nearmiss.engine.documents import Documents
    from nearmiss.engine.memory import Crew, Index
    from nearmiss.engine.ports import Commit, Identity, Repository
    from nearmiss.engine.signer import Signer
    from nearmiss.engine.time_and_chance import Chance, Clock
    from nearmiss.engine.vault import Vault
    from nearmiss.models.people import People, Person


LARGEST_BLOB = 16 * 1024 * 1024
"""Bytes of the largest file that is read from a request; the settings let an attachment have ten million at most."""


def tell_nobody(_sentence: str) -> None:
    """Say nothing: nobody listens."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The ports of one instance and the identity of the person at work (None where git does not know it)."""

    repository: Repository
    documents: Documents
    clock: Clock
    chance: Chance
    identity: Identity | None
    memory: Index | None = None
    vault: Vault | None = None
    """Where an audit leaves what the next one need not find out again; None where nothing is kept."""
    crew: Crew | None = None
    """Who shares much work; None where the machine has no more than one core."""
    signer: Signer | None = None
    """The keys of whoever is at work; None where nobody signs."""
    cleaner: Cleaner | None = None
    """Frees files that are reported without a name of what tells of a person; None where no such file is taken."""
    notice: Callable[[str], None] = field(default=tell_nobody, repr=False)
    """Tells the person, in a sentence, what they should know besides the outcome."""
    read_already: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    """Past versions of records by object id: one command looks at the same ones many times."""
    walks: Walks = field(default_factory=Walks, repr=False)
    """Walks through history that were made already."""

    def walk(self, tips: Sequence[str], *, without: Sequence[str] = (), paths: Sequence[str]) -> tuple[Commit, ...]:
        """Return the commits between some commits, named by their ids, that touch some paths, newest first."""
        return self.walks.walk(self.repository, tips, without=without, paths=paths)

    def read_blob(self, oid: str) -> bytes:
        """Return a blob's bytes; raises BlobTooLargeError before it reads what nothing here may be as large as."""
        [(_, size)] = self.repository.sizes([oid])
        if size > LARGEST_BLOB:
            raise BlobTooLargeError(oid, size, LARGEST_BLOB)
        return dict(self.repository.blobs([oid]))[oid]

    def known_identity(self) -> Identity:
        """Return who is at work; raises NobodyError where git does not know it."""
        if self.identity is None:
            raise NobodyError
        return self.identity

    def person(self, people: People) -> Person:
        """Return the person at work as people.yaml lists them; raises NobodyError or StrangerError."""
        identity = self.known_identity()
        person = people.by_email(identity.email)
        if person is None:
            raise StrangerError(identity.email)
        return person

    def stamp(self) -> Stamp:
        """Return the person at work and the present instant, for a commit."""
        return Stamp(identity=self.known_identity(), when=self.clock.now())

    def head(self) -> str:
        """Return the commit that HEAD is on."""
        commit = self.repository.position().commit
        if commit is None:
            raise NoCommitError
        return commit

    def main(self, branch: str) -> str:
        """Return the tip of the main branch, or of the one at the remote where there is no local one."""
        tip = self.repository.branches(branch).get(branch)
        if tip is None:
            tip = self.repository.remote_branches(branch).get(f"origin/{branch}")
        if tip is None:
            raise NoMainBranchError(branch)
        return tip

    def require_branch(self) -> None:
        """Refuse to write from a detached HEAD."""
        position = self.repository.position()
        if position.commit is None:
            raise NoCommitError
        if position.branch is None:
            raise DetachedHeadError
