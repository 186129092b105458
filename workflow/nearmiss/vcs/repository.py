"""A git repository behind the engine's port: opened, read, written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nearmiss.engine.ports import Change, Commit, Identity, Lineage, Position, Pushed, Stamp, Tree, TreeEntry
from nearmiss.engine.rows import References as Branches
from nearmiss.vcs.bundles import bundle_of
from nearmiss.vcs.children import Git, Place
from nearmiss.vcs.commit_tree import CommitTree
from nearmiss.vcs.discovery import create, discover
from nearmiss.vcs.errors import BrokenObjectError, MissingObjectError, NoWorkingTreeError
from nearmiss.vcs.objects import Objects, is_full_id
from nearmiss.vcs.references import BRANCHES, REMOTE_BRANCHES, References, require_branch_name
from nearmiss.vcs.remotes import Remotes
from nearmiss.vcs.worktree import SettledTree, WorkingTree

if TYPE_CHECKING:
    from datetime import datetime

    from nearmiss.vcs.history import Question
    from nearmiss.vcs.writing import Writer


class GitRepository:
    """One repository. Reading is hardened and sees objects only; writing makes objects, then moves one reference.

    It holds child processes; `close` (or a `with` block) ends them, and so does the end of the program.
    """

    def __init__(self, place: Place, *, notice: Callable[[str], None] | None = None) -> None:
        self._place = place
        self._notice = notice or _say_nothing
        self._git = Git(place)
        self._objects = Objects(self._git)
        self._references = References(self._git)
        self._remotes = Remotes(self._git, notice=self._notice)
        self._parted: dict[tuple[str, str], list[str]] = {}

    def __enter__(self) -> Self:
        """Give the repository itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child processes."""
        self.close()

    def close(self) -> None:
        """End the child processes."""
        self._objects.close()

    @property
    def root(self) -> Path | None:
        """The top folder of the working tree; None in a bare repository."""
        return self._place.root

    @property
    def git_dir(self) -> Path:
        """Git's own folder for this working tree."""
        return self._place.git_dir

    @property
    def is_bare(self) -> bool:
        """Whether there is no working tree."""
        return self._place.is_bare

    @property
    def is_shallow(self) -> bool:
        """Whether the history was cut when cloning, so that it proves nothing about what lies before."""
        return self._place.is_shallow

    @property
    def has_replace_refs(self) -> bool:
        """Whether `refs/replace` would show other objects to an ordinary git than the ones read here."""
        return bool(self._git.run("for-each-ref", "--count=1", "refs/replace/").out)

    @property
    def has_grafts(self) -> bool:
        """Whether a grafts file would show another history to an ordinary git than the one read here."""
        return _holds_something(self._place.common_dir / "info" / "grafts")

    @property
    def has_alternates(self) -> bool:
        """Whether objects are borrowed from another repository."""
        return _holds_something(self._place.common_dir / "objects" / "info" / "alternates")

    def bundle(self, *, head: str, branch: str) -> bytes:
        """Return the history of a commit as a bundle that holds one branch, such as `refs/heads/main`."""
        return bundle_of(self._git, head=head, branch=branch)

    def position(self) -> Position:
        """Say where HEAD is."""
        return self._references.position()

    def resolve(self, revision: str) -> str:
        """Return the commit id that a revision names; raises UnknownRevisionError."""
        if is_full_id(revision) and self._is_commit(revision):
            return revision
        return self._references.resolve(revision)

    def _is_commit(self, oid: str) -> bool:
        try:
            return bool(self._objects.tree_of(oid))
        except (MissingObjectError, BrokenObjectError):
            return False

    def branches(self, prefix: str = "") -> Mapping[str, str]:
        """Return local branches whose short name begins with the prefix, each with its commit."""
        return _beginning(self._references.listing(BRANCHES), prefix)

    def remote_branches(self, prefix: str = "") -> Mapping[str, str]:
        """Return remote-tracking branches as `origin/name`, the prefix being that of the name after the remote's."""
        found = self._references.listing(REMOTE_BRANCHES)
        remotes = sorted((*self.remotes(), ""), key=len, reverse=True) if found else []

        def own_name(name: str) -> str:
            remote = next(remote for remote in remotes if not remote or name.startswith(f"{remote}/"))
            return name.removeprefix(f"{remote}/") if remote else name.partition("/")[2]

        return {name: oid for name, oid in found.items() if own_name(name).startswith(prefix)}

    def references(self) -> Branches:
        """Return where HEAD and all branches are, local and remote ones; HEAD is empty before the first commit."""
        branches = self._references.listings(BRANCHES, REMOTE_BRANCHES)
        return Branches(head=self.position().commit or "", branches=branches)

    def tree(self, commit: str) -> CommitTree:
        """Return the tree of a commit."""
        return CommitTree(self._objects, self._objects.tree_of(self._full(commit)))

    def working_tree(self) -> Tree:
        """Return the working tree; raises NoWorkingTreeError in a bare repository."""
        if self._place.root is None:
            raise NoWorkingTreeError(self._place.git_dir)
        return WorkingTree(self._git, self._objects, self._place.root)

    def settled(self, *prefixes: str) -> str:
        """Return what identifies the working tree's files under the prefixes, else an empty text, as the port says."""
        if self._place.root is None:
            return ""
        return WorkingTree(self._git, self._objects, self._place.root).settled(prefixes)

    def settled_tree(self, *prefixes: str) -> SettledTree:
        """Return the working tree with the same, as the port says; raises NoWorkingTreeError."""
        if self._place.root is None:
            raise NoWorkingTreeError(self._place.git_dir)
        return SettledTree(self._git, self._objects, self._place.root, under=prefixes)

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield object id and bytes of blobs; raises MissingObjectError and BrokenObjectError."""
        return self._objects.blobs(oids)

    def sizes(self, oids: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Yield object id and size of blobs; raises MissingObjectError."""
        return self._objects.sizes(oids)

    def changes(self, old: str | None, new: str, *prefixes: str) -> Sequence[Change]:
        """Return the paths that differ between two commits (None: the empty tree), without rename detection."""
        return self._objects.differences(self._full(old) if old else None, self._full(new), prefixes)

    def forged(self, old: str | None, new: str) -> Sequence[TreeEntry]:
        """Return what one commit's tree has, and another's has not, that no git would write."""
        from nearmiss.vcs.forged import forged_entries

        before, after = (self._objects.tree_of(self._full(commit)) if commit else None for commit in (old, new))
        assert after is not None  # noqa: S101 - a commit has a tree
        return list(forged_entries(self._objects.raw_tree, before, after, width=len(after) // 2))

    def is_in_order(self, commit: str) -> bool:
        """Say whether all folders of a commit list their names as git does."""
        from nearmiss.vcs.forged import is_in_order

        return is_in_order(self._git.run("ls-tree", "-r", "-t", "-z", "--full-tree", self._full(commit)).out)

    def merge_bases(self, one: str, other: str) -> Sequence[str]:
        """Return all best common ancestors."""
        pair = min(self._full(one), self._full(other)), max(self._full(one), self._full(other))
        if pair not in self._parted:
            said = self._git.run("merge-base", "--all", *pair, accept=(0, 1))
            self._parted[pair] = said.out.decode("ascii").split()
        return list(self._parted[pair])

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Say whether one commit can be reached from another."""
        arguments = ("merge-base", "--is-ancestor", self._full(ancestor), self._full(descendant))
        return self._git.run(*arguments, accept=(0, 1)).status == 0

    def commits(
        self, tips: Sequence[str], *, without: Sequence[str] = (), paths: Sequence[str] = (), first_parent: bool = False
    ) -> Iterator[Commit]:
        """Yield commits as the port says."""
        from nearmiss.vcs.history import read_commits

        starts, ends = [self._full(tip) for tip in tips], [self._full(tip) for tip in without]
        # Git looks for the end of a range by dates, and passes over it where a clock has jumped back; where two lines
        # parted it finds without them.
        parted = [base for start in starts for end in ends for base in self.merge_bases(start, end)]
        return read_commits(
            self._git,
            starts,
            without=list(dict.fromkeys([*ends, *parted])),
            paths=paths,
            first_parent=first_parent,
        )

    def begin_commits(self, tip: str) -> Iterator[Commit]:
        """Return all commits behind a tip as the port says."""
        from nearmiss.vcs.history import begin_commits

        return begin_commits(self._git, self._full(tip))

    def made(self, commit: str) -> datetime:
        """Return when a commit was made, as the port says."""
        from nearmiss.vcs.history import made

        return made(self._objects.read(self._full(commit), kind="commit"))

    def lineage(self, tip: str, *, beyond: str | None, paths: Sequence[str]) -> Lineage:
        """Return a part of history, as the port says."""
        from nearmiss.vcs.history import read_lineage

        end = None if beyond is None else self._full(beyond)
        return read_lineage(self._git, self._full(tip), beyond=end, paths=paths)

    def commit_object(self, commit: str) -> bytes:
        """Return the bytes of a commit as git keeps them, with whatever headers it has."""
        return self._objects.read(commit, kind="commit")

    def first_parents(self, commit: str) -> Iterator[str]:
        """Yield a commit and its first parents, as the port says."""
        with self._git.stream("rev-list", "--first-parent", self._full(commit), "--") as output:
            for line in output:
                yield line.decode("ascii").strip()

    def first_parents_made(self, commit: str) -> Iterator[tuple[str, datetime]]:
        """Yield a commit and its first parents with when they were made, as the port says."""
        from nearmiss.vcs.history import read_first_parents_made

        return read_first_parents_made(self._git, self._full(commit))

    def ask_untouched(self, commit: str, paths: Sequence[str], *, first_parent: bool) -> Question:
        """Begin to find out whether nothing ever was at some paths, as the port says."""
        from nearmiss.vcs.history import ask_untouched

        return ask_untouched(self._git, self._full(commit), paths, first_parent=first_parent)

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
        """Write files on top of the first parent's tree and commit them to a branch, as the port says."""
        return self._writer.commit(
            branch=branch,
            expected=expected,
            parents=parents,
            files=files,
            message=message,
            author=author,
            committer=committer,
        )

    def follow(self, *, branch: str, expected: str, new: str) -> None:
        """Move a branch to a commit that is there already, as the port says."""
        newest, *_ = self.commits([new], without=[expected])
        by, changes = newest.committer, self.changes(expected, new)
        self._writer.follow(branch=branch, expected=expected, new=new, changes=changes, by=by)

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
        """Commit entries that already are objects, as the port says."""
        return self._writer.merge_commit(
            branch=branch,
            expected=expected,
            parents=parents,
            entries=entries,
            message=message,
            author=author,
            committer=committer,
            closing=closing,
        )

    def delete_branch(self, branch: str, *, expected: str) -> None:
        """Delete a local branch that still points where expected; never one that is checked out."""
        self._references.delete(branch, expected=expected)

    def identity(self) -> Identity | None:
        """Return who the person's own git configuration and environment say they are, or None: never a guess."""
        said = self._git.run_personal("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT", accept=(0, 128))
        name, _, rest = said.out.decode("utf-8", "backslashreplace").partition(" <")
        email = rest.rpartition("> ")[0]
        return Identity(name=name, email=email) if name and email else None

    def remotes(self) -> Sequence[str]:
        """Return the names of the remotes."""
        return self._remotes.names()

    def remote_address(self, remote: str) -> str:
        """Return the address of a remote, which may hold a password."""
        return self._remotes.address(remote)

    def push(self, branch: str, *, remote: str, options: Sequence[str] = (), destination: str = "") -> Pushed:
        """Push a branch with the person's own configuration; raises PushRefusedError with the remote's words."""
        return self._remotes.push(branch, remote=remote, options=options, destination=destination)

    def fetch(self, remote: str) -> None:
        """Fetch a remote's branches with the person's own configuration; raises FetchFailedError."""
        self._remotes.fetch(remote)

    @cached_property
    def _writer(self) -> Writer:
        # Most commands only read: they need not wait until what writes is imported.
        from nearmiss.vcs.checkout import Checkout
        from nearmiss.vcs.writing import Writer

        root = self._place.root
        checkout = Checkout(self._git, self._objects, self._references, root, notice=self._notice) if root else None
        return Writer(self._git, self._objects, self._references, checkout)

    def recover(self) -> None:
        """Finish or drop what a process that died has left of a checkout."""
        if self._place.journal.exists() and self._writer.checkout:
            self._writer.checkout.recover()

    def _full(self, revision: str) -> str:
        return revision if is_full_id(revision) else self.resolve(revision)


def open_repository(directory: Path, *, notice: Callable[[str], None] | None = None) -> GitRepository:
    """Open the repository that a directory is in, and finish what a process that died has left in it.

    `notice` is told, in a sentence, what the person should know while they wait.
    Raises NotARepositoryError, InsideGitFolderError, GitMissingError, GitTooOldError and UnsafeOwnershipError.
    """
    repository = GitRepository(discover(directory), notice=notice)
    repository.recover()
    return repository


def open_for_push(directory: Path, inherited: Mapping[str, str]) -> GitRepository:
    """Open a bare repository as a hook that judges a push sees it: with the objects that git keeps in quarantine.

    `inherited` is the environment that git gave the hook. Raises NotBareError and QuarantineError, besides what
    `open_repository` raises.
    """
    from nearmiss.vcs.quarantine import quarantined

    return GitRepository(quarantined(discover(directory), inherited))


def create_repository(directory: Path, branch: str = "main") -> GitRepository:
    """Make an empty repository with an unborn branch, without templates or hooks, and open it."""
    require_branch_name(branch)
    create(directory, branch=branch)
    return open_repository(directory)


def _say_nothing(_sentence: str) -> None:
    """Tell nobody."""


def _beginning(found: Mapping[str, str], prefix: str) -> Mapping[str, str]:
    return {name: oid for name, oid in found.items() if name.startswith(prefix)}


def _holds_something(place: Path) -> bool:
    try:
        return place.stat().st_size > 0
    except OSError:
        return False
