"""Making commits: objects composed here and stored by one child, then one reference moved against what it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nearmiss.engine.ports import REGULAR_FILE, Change, Stamp, TreeEntry
from nearmiss.engine.refusals import LostRaceError
from nearmiss.vcs.checkout import Checkout, Move
from nearmiss.vcs.children import Git
from nearmiss.vcs.errors import BadPathError, BranchInUseError, MissingObjectError, UnsupportedModeError
from nearmiss.vcs.objects import Objects, is_full_id
from nearmiss.vcs.references import References, require_branch_name
from nearmiss.vcs.stamps import compose_commit
from nearmiss.vcs.trees import Edited, Leaf, NewObject, edit_tree, new_object, pack

MERGED_MODES = frozenset({REGULAR_FILE, "100755"})
LOOSE_AT_MOST = 100
"""More new objects than these are kept as one pack, as git itself does with what it receives."""


class Writer:
    """Makes commits in one repository; `checkout` is None where it is bare."""

    def __init__(self, git: Git, objects: Objects, references: References, checkout: Checkout | None) -> None:
        self._git = git
        self._objects = objects
        self._references = references
        self.checkout = checkout

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
        """Commit files as the port says."""
        blobs: list[NewObject] = []
        edits: dict[str, Leaf | None] = {}
        for path, data in files.items():
            require_plain_path(path)
            edits[path] = None
            if data is not None:
                blobs.append(self._new("blob", data))
                edits[path] = Leaf(REGULAR_FILE, blobs[-1].oid)
        edited = self._edit(parents, edits)
        commit = self._compose(edited, parents, message, author, committer)
        self._record(branch, expected, parents, edited, [*blobs, *edited.objects, commit], committer)
        return commit.oid

    def follow(self, *, branch: str, expected: str, new: str, changes: Sequence[Change], by: Stamp) -> None:
        """Move a branch to a commit that is there already, as the port says; `by` is noted in the log."""
        self._move(Move(branch=branch, old=expected, new=new), changes, by, store=lambda: None)

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
        edits = {path: _merged_leaf(path, entry) for path, entry in entries.items()}
        edited = self._edit(parents, edits)
        commit = self._compose(edited, parents, message, author, committer)
        self._record(branch, expected, parents, edited, [*edited.objects, commit], committer, closing)
        return commit.oid

    def _edit(self, parents: Sequence[str], edits: Mapping[str, Leaf | None]) -> Edited:
        for parent in parents:
            if not is_full_id(parent):
                raise MissingObjectError(ascii(parent), kind="commit")
        base = self._objects.tree_of(parents[0]) if parents else None
        return edit_tree(self._objects.folder, base, edits, object_format=self._git.place.object_format)

    def _compose(
        self, edited: Edited, parents: Sequence[str], message: str, author: Stamp, committer: Stamp
    ) -> NewObject:
        raw = compose_commit(
            tree=edited.oid, parents=list(parents), author=author, committer=committer, message=message
        )
        return self._new("commit", raw)

    def _record(
        self,
        branch: str,
        expected: str | None,
        parents: Sequence[str],
        edited: Edited,
        objects: Sequence[NewObject],
        by: Stamp,
        closing: Mapping[str, str] | None = None,
    ) -> None:
        move = Move(branch=branch, old=expected, new=objects[-1].oid)
        # Where the branch is checked out, the files follow what differs from the first parent.
        follows = list(parents[:1]) == [expected] * (expected is not None)
        self._move(move, edited.changes if follows else None, by, store=lambda: self._store(objects), closing=closing)

    def _move(
        self,
        move: Move,
        changes: Sequence[Change] | None,
        by: Stamp,
        *,
        store: Callable[[], None],
        closing: Mapping[str, str] | None = None,
    ) -> None:
        require_branch_name(move.branch)
        self._references.require_free(move.branch)

        def advance() -> None:
            self._references.move(move.branch, old=move.old, new=move.new, by=by, closing=closing)

        self._require_expected(move.branch, move.old)
        if self.checkout is None or self._references.position().branch != move.branch:
            store()
            advance()
            if self.checkout:
                self.checkout.catch_up(move)
            return
        if changes is None:
            raise BranchInUseError(move.branch, place=str(self._git.place.root))
        with self.checkout.alone():
            self.checkout.follow(move, changes, store=store, advance=advance)

    def _require_expected(self, branch: str, expected: str | None) -> None:
        found = self._references.branch(branch)
        if found != expected:
            raise LostRaceError(branch, expected=expected, found=found)

    def _store(self, objects: Sequence[NewObject]) -> None:
        once = {made.oid: made for made in objects}
        received = pack(list(once.values()), object_format=self._git.place.object_format)
        # Strict: what the new objects name must be there, and of the right kind.
        if len(once) > LOOSE_AT_MOST:
            self._git.run("index-pack", "--stdin", "--strict", stdin=received)
        else:
            self._git.run("unpack-objects", "-q", "--strict", stdin=received)

    def _new(self, kind: str, data: bytes) -> NewObject:
        return new_object(kind, data, object_format=self._git.place.object_format)


def _merged_leaf(path: str, entry: TreeEntry | None) -> Leaf | None:
    require_path(path)
    if entry is None:
        return None
    if entry.mode not in MERGED_MODES:
        raise UnsupportedModeError(path, mode=entry.mode)
    if entry.oid is None or not is_full_id(entry.oid):
        raise MissingObjectError(ascii(entry.oid), kind="blob")
    return Leaf(entry.mode, entry.oid)


def require_plain_path(path: str) -> None:
    """Raise BadPathError where we would not write a file of our own."""
    require_path(path)
    if not path.isascii() or not path.isprintable() or "\\" in path:
        raise BadPathError(path, because="a name is made of printable ASCII characters, without backslashes")


def require_path(path: str) -> None:
    """Raise BadPathError where a path leads out of the tree or into git's own folder."""
    for name in path.split("/"):
        if name in {"", ".", ".."} or "\0" in name:
            raise BadPathError(path, because="it is not a relative path without detours")
        if name.lower().rstrip(". ") in {".git", "git~1"}:
            raise BadPathError(path, because="it leads into git's own folder")
