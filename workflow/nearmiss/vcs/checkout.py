"""Letting a checkout follow its branch: all prepared before the branch moves, finished after it, or after a crash.

The order is what makes it safe. A journal says which move is under way; the index is locked, as git locks it; what the
checkout holds is compared with what the branch holds; new files and the new index are written aside. Then the branch
moves. What is left is renaming. Whoever finds a journal later only has to look where the branch is.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from nearmiss.engine.ports import Change
from nearmiss.engine.refusals import LocalChangesError, LostRaceError
from nearmiss.errors import NearMissError
from nearmiss.vcs.children import Git
from nearmiss.vcs.errors import CheckoutBehindError, GitFailedError, KeptYoursError
from nearmiss.vcs.files import encode, wait_for, write_durably, write_new
from nearmiss.vcs.locks import Owner, locked_by_git
from nearmiss.vcs.objects import Objects
from nearmiss.vcs.references import References
from nearmiss.vcs.storage import refusal, storing
from nearmiss.vcs.trees import NOTHING
from nearmiss.vcs.turns import Turns
from nearmiss.vcs.worktree import IndexEntry, WorkingTree

PATIENCE_WITH_GIT = 2.0
"""Seconds to wait for another program's lock of the index: editors ask git for the status all the time."""

BETWEEN_LOOKS = 0.02

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
"""What a disk says that has no second names for files."""

EACH_BY_ITSELF = 32
"""Up to so many files are seen on the disk one by one; more of them together."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """A branch that is checked out goes from one commit (None: its first one is to come) to another."""

    branch: str
    old: str | None
    new: str


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What following means for the checkout: files to write or remove, index entries to set, and what forbids it.

    `seen` are the stamps of the files as they were looked at.
    """

    files: tuple[Change, ...]
    index: tuple[Change, ...]
    in_the_way: tuple[str, ...]
    seen: Mapping[str, tuple[int, ...] | None]


class Checkout:
    """The working tree and index of one repository, as far as they follow commits made here."""

    def __init__(
        self, git: Git, objects: Objects, references: References, root: Path, *, notice: Callable[[str], None]
    ) -> None:
        self._git = git
        self._objects = objects
        self._references = references
        self._notice = notice
        self._tree = WorkingTree(git, objects, root)
        self._journal = git.place.journal
        self._aside = self._journal.parent
        self._next_index = self._aside / "index"
        self._turns = Turns(git.place.git_dir, self._journal, notice=notice)
        self._index = git.place.git_dir / "index"
        self._index_lock = git.place.git_dir / "index.lock"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes of ours away, and first finish or drop what one that died has left."""
        with storing(), self._turns.held():
            self._tell(self._settle())
            yield

    def recover(self) -> None:
        """Finish or drop what a process that died has left; does nothing while it lives or where it may not."""
        with suppress(NearMissError, OSError), self._turns.held(patience=0):
            self._recover()

    def _recover(self) -> None:
        # Reading goes on without it: whoever only looks does not wait for another program.
        try:
            with storing():
                self._tell(self._settle(patience=0))
        except NearMissError as error:
            self._notice(f"A command was interrupted here, and the files cannot follow its commit yet. {error.message}")

    def _tell(self, sentence: str) -> None:
        if sentence:
            self._notice(sentence)

    def catch_up(self, move: Move) -> None:
        """Bring the checkout along where somebody checked the branch out just while it moved.

        Raises CheckoutBehindError where that has to wait for somebody.
        """
        here = self._references.position()
        if (here.branch, here.commit) != (move.branch, move.new):
            return
        try:
            with self.alone():
                self._begin(move)
                self._settle()
        except NearMissError as error:
            raise CheckoutBehindError(commit=move.new, reason=error.message.rstrip(".")) from None

    def follow(
        self, move: Move, changes: Sequence[Change], *, store: Callable[[], None], advance: Callable[[], None]
    ) -> None:
        """Write objects (`store`), move the branch (`advance`) and bring the checkout along; call it when `alone`.

        Raises LockedError, LostRaceError and LocalChangesError before anything moved, CheckoutBehindError after.
        """
        try:
            self._begin(move)
            self._require_position(move)
            plan = self._require_clean(changes)
            store()
            self._prepare(plan)
            advance()
            kept = self._finish(move, plan)
        except BaseException:
            # Also an interruption from the keyboard: where the branch now is decides, as after a crash.
            with suppress(NearMissError, OSError):
                self._settle()
            raise
        try:
            self._end()
        except OSError as error:
            raise CheckoutBehindError(commit=move.new, reason=refusal(error).message.rstrip(".")) from None
        if kept:
            raise KeptYoursError(kept, commit=move.new)

    def _begin(self, move: Move) -> None:
        token = os.urandom(8).hex()
        self._aside.mkdir(parents=True, exist_ok=True)
        note = {"branch": move.branch, "old": move.old, "new": move.new, "token": token, **Owner.me().as_data()}
        self._write_journal(note)
        self._lock_index(token)

    def _settle(self, *, patience: float = PATIENCE_WITH_GIT) -> str:
        """Bring the checkout to the side on which its branch is: the way on after a crash, at every step of it.

        Returns what was done, as a sentence, or nothing where there was nothing to do.
        """
        if not self._journal.exists():
            self._clear()
            return ""
        note = json.loads(self._journal.read_text(encoding="ascii"))
        move = Move(branch=note["branch"], old=note["old"], new=note["new"])
        here = self._references.position()
        is_made = (here.branch, here.commit) == (move.branch, move.new)
        if is_made:
            if not self._holds_index(note["token"]):
                self._lock_index(note["token"], patience=patience)
            plan = self._inspect(self._objects.differences(move.old, move.new, ()))
            self._prepare(plan)
            self._finish(move, plan)
        self._end()
        return _what_was_done(move, is_made=is_made)

    def _require_position(self, move: Move) -> None:
        # Looked at again under the lock: until then another process could commit, or check out another branch.
        here = self._references.position()
        if (here.branch, here.commit) != (move.branch, move.old):
            raise LostRaceError(move.branch, expected=move.old, found=here.commit)

    def _require_clean(self, changes: Sequence[Change]) -> _Plan:
        plan = self._inspect(changes)
        if plan.in_the_way:
            raise LocalChangesError(plan.in_the_way)
        return plan

    def _inspect(self, changes: Sequence[Change]) -> _Plan:
        paths = [change.path for change in changes]
        seen = {path: self._tree.files.stamp(path) for path in paths}
        index, changed = self._tree.compared(paths)
        files, entries, in_the_way = [], [], []
        for change in changes:
            entry = index.get(change.path)
            staged = (entry.mode, entry.oid) if entry else (NOTHING, None)
            if staged not in _sides(change):
                in_the_way.append(change.path)
                continue
            entries.append(change)
            if not self._may_follow(change, entry, changed):
                in_the_way.append(change.path)
            elif not self._is_there(change):
                files.append(change)
        return _Plan(files=tuple(files), index=tuple(entries), in_the_way=tuple(in_the_way), seen=seen)

    def _may_follow(self, change: Change, entry: IndexEntry | None, changed: dict[str, str]) -> bool:
        """Say whether the file holds nothing but what the old or the new commit holds at this path."""
        known = _sides(change)
        if not self._tree.files.is_reachable(change.path):
            return False
        if self._tree.files.mode(change.path) is None:
            return (NOTHING, None) in known or bool(entry and entry.is_sparse)
        if entry and entry.is_plain and change.path not in changed:
            return True
        return self._tree.blob_id(change.path) in {change.old_oid, change.new_oid} - {None}

    def _is_there(self, change: Change) -> bool:
        if change.new_oid is None:
            return self._tree.files.mode(change.path) is None
        same_mode = self._tree.files.mode(change.path) == change.new_mode
        return same_mode and self._tree.blob_id(change.path) == change.new_oid

    def _prepare(self, plan: _Plan) -> None:
        written = [change for change in plan.files if change.new_oid]
        blobs = self._objects.blobs(change.new_oid for change in written if change.new_oid)
        # Waiting for the disk once takes less time than waiting for it a thousand times.
        write, wait = (write_durably, _no_wait) if len(written) <= EACH_BY_ITSELF else (write_new, os.sync)
        for number, (change, (_, data)) in enumerate(zip(written, blobs, strict=True)):
            write(self._aside / str(number), data, mode=0o777 if change.new_mode == "100755" else 0o666)
        wait()
        # A git of ours that was killed while it wrote the new index leaves its lock; the turn is ours, so that is too.
        self._next_index.with_name("index.lock").unlink(missing_ok=True)
        # So does a power cut, of which git would say that it is cut short.
        self._next_index.unlink(missing_ok=True)
        if self._index.exists():
            shutil.copyfile(self._index, self._next_index)
        lines = b"".join(
            b"%s %s\t%s\0" % (change.new_mode.encode(), (change.new_oid or self._git.place.zero).encode(), path)
            for change in plan.index
            for path in [encode(change.path)]
        )
        # Unfiltered, since writing an index compares the files whose time stamp is as young as the index itself.
        self._git.run_unfiltered("update-index", "-z", "--index-info", stdin=lines, more=self._with_next_index)

    def _finish(self, move: Move, plan: _Plan) -> list[str]:
        """Put files and index in place; returns the paths at which the person has saved something since."""
        prepared = iter(range(len(plan.files)))
        kept = []
        try:
            for change in plan.files:
                number = next(prepared) if change.new_oid else None
                if not self._is_untouched(change, plan.seen[change.path]):
                    kept.append(change.path)
                elif number is not None:
                    self._tree.files.replace(change.path, self._aside / str(number))
                else:
                    self._tree.files.remove(change.path)
            self._refresh([change.path for change in plan.index if change.new_oid])
            # Git does not wait for it, and an index that is cut short stops every git.
            wait_for(self._next_index)
            self._next_index.rename(self._index)
        except OSError as error:
            raise CheckoutBehindError(commit=move.new, reason=refusal(error).message.rstrip(".")) from None
        except NearMissError as error:
            raise CheckoutBehindError(commit=move.new, reason=error.message.rstrip(".")) from None
        return kept

    def _is_untouched(self, change: Change, seen: tuple[int, ...] | None) -> bool:
        """Look once more, right before a file is replaced: an editor asks no lock before it saves."""
        if self._tree.files.stamp(change.path) in {None, seen}:
            return True
        return self._tree.blob_id(change.path) in {change.old_oid, change.new_oid} - {None}

    def _refresh(self, paths: Sequence[str]) -> None:
        """Note the files' time stamps in the new index, so that nobody has to compare their content again."""
        if not paths:
            return
        # Without it the index is as right, only slower to use; git refuses it for a path that a sparse checkout omits.
        with suppress(GitFailedError):
            self._git.run_unfiltered(
                "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul",
                stdin=b"\0".join(map(encode, paths)), more=self._with_next_index,
            )  # fmt: skip

    @property
    def _with_next_index(self) -> dict[str, str]:
        return {"GIT_INDEX_FILE": str(self._next_index)}

    def _end(self) -> None:
        """Remove our traces; the journal goes last, since it says what else is ours."""
        note = json.loads(self._journal.read_text(encoding="ascii"))
        if self._holds_index(note["token"]):
            self._index_lock.unlink()
        self._journal.unlink()
        self._clear()

    def _clear(self) -> None:
        shutil.rmtree(self._aside, ignore_errors=True)
        with suppress(OSError):
            # Other things of ours may be kept beside it.
            self._aside.parent.rmdir()

    def _write_journal(self, note: Mapping[str, str | int | None]) -> None:
        beside = self._journal.with_suffix(".new")
        write_durably(beside, json.dumps(note).encode("ascii"))
        beside.rename(self._journal)

    def _lock_index(self, token: str, *, patience: float = PATIENCE_WITH_GIT) -> None:
        until = time.monotonic() + patience
        named = self._aside / "lock"
        named.write_text(token, encoding="ascii")
        while not _linked(named, self._index_lock):
            if time.monotonic() >= until:
                raise locked_by_git(self._index_lock)
            time.sleep(BETWEEN_LOOKS)

    def _holds_index(self, token: str) -> bool:
        """Say whether the lock is ours: after a power cut it may hold nothing, and still be the file that we linked."""
        try:
            said = self._index_lock.read_bytes() == token.encode("ascii")
            return said or self._index_lock.samefile(self._aside / "lock")
        except FileNotFoundError:
            return False


def _sides(change: Change) -> set[tuple[str, str | None]]:
    return {(change.old_mode, change.old_oid), (change.new_mode, change.new_oid)}


def _linked(named: Path, lock: Path) -> bool:
    """Make a lock that says from its first moment whose it is, or return that there is one already."""
    try:
        os.link(named, lock)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _written(named, lock)
    return True


def _written(named: Path, lock: Path) -> bool:
    """Make the lock on a disk that knows no links; a crash in this very moment leaves one that a person removes."""
    try:
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(named.read_bytes())
    return True


def _what_was_done(move: Move, *, is_made: bool) -> str:
    if is_made:
        return (
            f"An earlier nearmiss command was interrupted right after its commit {move.new[:10]} on {move.branch}. "
            "The commit stands; your files have now been brought up to it."
        )
    return (
        f"An earlier nearmiss command was interrupted before it changed anything on {move.branch}. "
        "What it left has been removed; run it again if it is still wanted."
    )


def _no_wait() -> None:
    """Wait for nothing: each file was waited for when it was written."""
