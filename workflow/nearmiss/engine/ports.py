"""The ports of git: what the use cases need of trees, commits and branches, as protocols over plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nearmiss.models.swift import swift

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from nearmiss.engine.rows import References

REGULAR_FILE = "100644"
"""The only mode a file of ours may have in git."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A name and an e-mail address, as git writes them. In a commit they are a claim, never a proof."""

    name: str
    email: str


@swift
@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Who and when, for the author or the committer of a commit. `when` is aware; its offset is written as it is."""

    identity: Identity
    when: datetime


class TreeEntry(NamedTuple):
    """One file of a tree: its git mode, object id (None while only the working tree has it) and path."""

    mode: str
    oid: str | None
    path: str


class Change(NamedTuple):
    """One path that differs between two trees; an absent side has mode `000000` and oid None."""

    path: str
    old_mode: str
    new_mode: str
    old_oid: str | None
    new_oid: str | None


@swift
@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit as its object says; `changes` are against its first parent where they were asked for."""

    oid: str
    parents: tuple[str, ...]
    author: Stamp
    committer: Stamp
    message: str
    changes: tuple[Change, ...] = ()

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where HEAD is: a branch (short name) or None when detached; a commit or None before the first one."""

    branch: str | None
    commit: str | None


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """What a push did: `address` is the page on which a request can be opened, where the remote said one."""

    remote: str
    branch: str
    address: str = ""


class Tree(Protocol):
    """A read-only set of files by path: the tree of a commit, or the working tree.

    Paths that are not UTF-8 are carried with surrogate escapes, so that they can be refused rather than crash.
    """

    folder: str
    """Where another process finds the files; empty where they lie in no folder."""

    @property
    def is_as_listed(self) -> bool:
        """Whether every file that was read so far is, byte for byte, the object that the listing says it is."""
        ...

    def entries(self, *prefixes: str) -> Sequence[TreeEntry]:
        """List the files under the prefixes (folders with a closing slash, or whole paths), or all, sorted by path.

        Links and submodules are listed too, with their modes; so is one that stands where a prefix expects a folder.
        """
        ...

    def read(self, path: str) -> bytes | None:
        """Return one file's bytes, or None where there is none or it is not a regular file."""
        ...

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of many files, in the order asked for; missing ones are left out."""
        ...


class SettledTree(Tree, Protocol):
    """A working tree of which some files are those that were listed once."""

    @property
    def digest(self) -> str:
        """What `Repository.settled` says of these files."""
        ...


class CommittedTree(Tree, Protocol):
    """The tree of a commit, in which a file can be looked for without listing all of them."""

    def found(self, folder: str, names: Iterable[str], *, depth: int) -> Sequence[str]:
        """Return the paths of what has one of some names, so many folders below a folder; case does not matter."""
        ...

    def alike(self, path: str) -> Sequence[str]:
        """Return the files whose path is this one but for the case of letters, below a top folder spelt as it is."""
        ...


class Answer(Protocol):
    """What was asked, and is being found out meanwhile."""

    def holds(self) -> bool:
        """Wait for the answer."""
        ...


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """A part of history: the parents of all commits in it, and those that change some paths, newest first."""

    parents: Mapping[str, tuple[str, ...]]
    commits: tuple[Commit, ...]


class Repository(Protocol):
    """A git repository: reading is hardened and sees objects only; writing makes objects, then moves one reference."""

    @property
    def is_shallow(self) -> bool:
        """Whether the history was cut when cloning, so that it proves nothing about what lies before."""
        ...

    @property
    def has_replace_refs(self) -> bool:
        """Whether an ordinary git would be shown other objects than the ones read here."""
        ...

    @property
    def has_grafts(self) -> bool:
        """Whether an ordinary git would be shown another history than the one read here."""
        ...

    @property
    def has_alternates(self) -> bool:
        """Whether objects are borrowed from another repository."""
        ...

    def position(self) -> Position:
        """Say where HEAD is."""
        ...

    def resolve(self, revision: str) -> str:
        """Return the commit id that a revision names; raises UnknownRevisionError."""
        ...

    def branches(self, prefix: str = "") -> Mapping[str, str]:
        """Return local branches whose short name begins with the prefix, each with its commit."""
        ...

    def remote_branches(self, prefix: str = "") -> Mapping[str, str]:
        """Return remote-tracking branches as `origin/name`, the prefix being that of the name after the remote's."""
        ...

    def references(self) -> References:
        """Return where HEAD and all branches are, local and remote ones; HEAD's is empty before the first one."""
        ...

    def tree(self, commit: str) -> CommittedTree:
        """Return the tree of a commit."""
        ...

    def working_tree(self) -> Tree:
        """Return the working tree; files unchanged since the index carry their object id."""
        ...

    def settled(self, *prefixes: str) -> str:
        """Return what identifies the working tree's files under the prefixes, names and contents; else an empty text.

        It is empty where a file is not, or not certainly, as the index has it, and where one is untracked.
        """
        ...

    def settled_tree(self, *prefixes: str) -> SettledTree:
        """Return the working tree with the same; its files under the prefixes are those that were listed for it."""
        ...

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield object id and bytes of blobs, through one long-lived child; a missing one is an error."""
        ...

    def sizes(self, oids: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Yield object id and size in bytes of blobs, so that what is too large need not be read."""
        ...

    def changes(self, old: str | None, new: str, *prefixes: str) -> Sequence[Change]:
        """Return the paths that differ between two commits (None: the empty tree), without rename detection."""
        ...

    def forged(self, old: str | None, new: str) -> Sequence[TreeEntry]:
        """Return what one commit's tree has, and another's (None: none) has not, that no git would write.

        Those are odd modes, and names that are empty, given twice, out of order, or whole paths.
        """
        ...

    def is_in_order(self, commit: str) -> bool:
        """Say whether all folders of a commit list their names as git does: much faster than to look what is forged."""
        ...

    def merge_bases(self, one: str, other: str) -> Sequence[str]:
        """Return all best common ancestors."""
        ...

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Say whether one commit can be reached from another."""
        ...

    def commits(
        self, tips: Sequence[str], *, without: Sequence[str] = (), paths: Sequence[str] = (), first_parent: bool = False
    ) -> Iterator[Commit]:
        """Yield commits reachable from tips and not from `without`, newest first, with the changes under `paths`.

        A commit comes before its parents whatever the dates say. A date that git cannot read is 1970, as git has it;
        one beyond the calendar is its last day. Where paths are given, commits that change nothing under them are
        left out; history is not simplified, so a merge that changes a path against its first parent is among them.
        """
        ...

    def begin_commits(self, tip: str) -> Iterator[Commit]:
        """Return what `commits` would yield of one tip; git begins at once, before anybody asks for any."""
        ...

    def made(self, commit: str) -> datetime:
        """Return when a commit was made, by the clock of whoever made it; dates that are none are as in `commits`."""
        ...

    def lineage(self, tip: str, *, beyond: str | None, paths: Sequence[str]) -> Lineage:
        """Return the commits reachable from a tip, less the history of one beyond which nobody asks, as `commits` does.

        None asks for all. Where dates have jumped, some of what lies beyond may be among them.
        """
        ...

    def commit_object(self, commit: str) -> bytes:
        """Return the bytes of a commit as git keeps them, with whatever headers it has."""
        ...

    def first_parents(self, commit: str) -> Iterator[str]:
        """Yield a commit and its first parents, one after the other, as far as somebody asks."""
        ...

    def first_parents_made(self, commit: str) -> Iterator[tuple[str, datetime]]:
        """Yield a commit and its first parents, each with when it was made; dates that are none are as in `commits`."""
        ...

    def ask_untouched(self, commit: str, paths: Sequence[str], *, first_parent: bool) -> Answer:
        """Begin to find out whether nothing ever was at some paths, up to a commit: in all that lies behind it.

        Or, `first_parent`, on its own line.
        """
        ...

    def commit(
        self,
        *,
        branch: str,
        expected: str | None,
        parents: Sequence[str],
        files: Mapping[str, bytes | None],
        message: str,
        author: Stamp,
        committer: Stamp,
    ) -> str:
        """Write the files (None removes one) on top of the first parent's tree and commit them to a branch.

        Objects first, then `refs/heads/<branch>` moves from `expected` (None: must not exist yet) in one step; the
        checkout follows when HEAD is on that branch. Raises LostRaceError when the branch moved meanwhile,
        LocalChangesError when the checkout holds unsaved changes to one of the paths, LockedError when another git
        holds a lock. Refused means nothing moved.
        """
        ...

    def follow(self, *, branch: str, expected: str, new: str) -> None:
        """Move a branch to a commit that is there already, and the checkout along with it; raises as `commit` does."""
        ...

    def merge_commit(
        self,
        *,
        branch: str,
        expected: str | None,
        parents: Sequence[str],
        entries: Mapping[str, TreeEntry | None],
        message: str,
        author: Stamp,
        committer: Stamp,
        closing: Mapping[str, str] | None = None,
    ) -> str:
        """Commit as `commit` does, from entries that already are objects, on top of the first parent's tree.

        `closing` are local branches that end with it, each with the commit where it must still be: they are removed in
        the same step, or kept where they are checked out. One that moved is a LostRaceError, as the branch itself is.
        """
        ...

    def delete_branch(self, branch: str, *, expected: str) -> None:
        """Delete a local branch that still points where expected; never the one that is checked out."""
        ...

    def identity(self) -> Identity | None:
        """Return who the person's own git configuration and environment say they are, or None."""
        ...

    def remotes(self) -> Sequence[str]:
        """Return the names of the remotes."""
        ...

    def remote_address(self, remote: str) -> str:
        """Return the address of a remote as the person's own configuration has it; it may hold a password."""
        ...

    def push(self, branch: str, *, remote: str, options: Sequence[str] = (), destination: str = "") -> Pushed:
        """Push a branch with the person's own configuration; raises PushRefusedError with the remote's words.

        `destination` is the full reference on the remote where that is not the branch itself (`refs/for/main`).
        """
        ...

    def fetch(self, remote: str) -> None:
        """Fetch a remote's branches with the person's own configuration."""
        ...
