"""The port through which a whole repository is read: objects nobody points at, references, and files of git's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.ports import Change


class Kept(NamedTuple):
    """An object in the store: its id, what it is, and how many bytes it has."""

    oid: str
    kind: str
    size: int


class Lying(NamedTuple):
    """A file that lies somewhere: its path as a person would look for it, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Hand:
    """Who stands in a commit or a tag, and when, as git has it: name, address, seconds and time zone."""

    name: str
    email: str
    seconds: int
    zone: str

    @property
    def is_at_midnight(self) -> bool:
        """Whether the time is that of no moment: midnight, in no zone."""
        return self.seconds % 86_400 == 0 and self.zone in {"+0000", "-0000"}


class Evidence(Protocol):
    """Reads all that a repository keeps. It changes nothing, and what it reads need not be sound."""

    def references(self) -> Mapping[str, str]:
        """Return every reference by its full name, with the object that it names."""
        ...

    def kept(self) -> Iterator[Kept]:
        """Yield every object in the store, reachable or not."""
        ...

    def contents(self, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield id and bytes of objects of any kind; what is missing is left out."""
        ...

    def changed(self, pairs: Iterable[tuple[str, str]], prefix: str) -> Iterator[tuple[str, list[Change]]]:
        """Yield commits with what they change under a prefix, each against a parent (or, an empty text, nothing)."""
        ...

    def reachable(self) -> frozenset[str]:
        """Return the ids of all objects that a reference or the log of one leads to."""
        ...

    def settings(self) -> Sequence[tuple[str, str]]:
        """Return the settings of this repository alone, as keys in small letters with their values."""
        ...

    def own_files(self) -> Iterator[Lying]:
        """Yield the files of git's own folder, and of other worktrees: logs, messages, hooks; no objects."""
        ...

    def leftovers(self) -> Iterator[Lying]:
        """Yield files of the working tree that git does not know, where they may be left over from records."""
        ...
