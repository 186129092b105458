"""The checkout that follows a commit: nothing of the person's is lost, and a crash leaves one side or the other."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.engine.refusals import LocalChangesError, LockedError, LostRaceError
from nearmiss.vcs import turns
from nearmiss.vcs.checkout import Checkout, Move
from nearmiss.vcs.errors import CheckoutBehindError, DiskFullError
from nearmiss.vcs.files import WorkingFiles
from nearmiss.vcs.references import References
from nearmiss.vcs.repository import GitRepository, create_repository
from nearmiss.vcs.writing import Writer
from tests.vcs.worlds import World

Open = Callable[[Path], GitRepository]


def edit(world: World) -> None:
    """Change a file."""
    (world.root / "a").write_bytes(b"mine")


def stage(world: World) -> None:
    """Change a file and stage it."""
    edit(world)
    world.git("add", "a")


def stage_and_restore(world: World) -> None:
    """Stage a change, and put the file back."""
    stage(world)
    (world.root / "a").write_bytes(b"1")


def remove(world: World) -> None:
    """Remove a file."""
    (world.root / "a").unlink()


def remove_from_index(world: World) -> None:
    """Let git forget a file."""
    world.git("rm", "-q", "--cached", "a")


def hide_with_a_flag(world: World) -> None:
    """Change a file that git was told to take for unchanged."""
    world.git("update-index", "--assume-unchanged", "a")
    edit(world)


def hide_as_sparse(world: World) -> None:
    """Change a file that git takes for left out of the checkout."""
    world.git("update-index", "--skip-worktree", "a")
    edit(world)


def hide_with_time(world: World) -> None:
    """Change a file and turn its time stamp back."""
    before = (world.root / "a").stat()
    (world.root / "a").write_bytes(b"2")
    os.utime(world.root / "a", ns=(before.st_atime_ns, before.st_mtime_ns))


def put_a_file(world: World) -> None:
    """Put an untracked file in the way."""
    (world.root / "new").write_bytes(b"mine")


def put_a_folder(world: World) -> None:
    """Put a folder in the way."""
    (world.root / "new").mkdir()


def put_a_link(world: World) -> None:
    """Put a dangling link in the way."""
    (world.root / "new").symlink_to("/nowhere")


def link_a_folder(world: World) -> None:
    """Let a folder on the way be a link that leads out."""
    (world.root / "deep").symlink_to(world.root.parent)


def file_for_a_folder(world: World) -> None:
    """Put a file where a folder is needed."""
    (world.root / "deep").write_bytes(b"mine")


@pytest.mark.parametrize(
    "disturb, paths",
    [
        (edit, ("a",)), (stage, ("a",)), (stage_and_restore, ("a",)), (remove, ("a",)), (remove_from_index, ("a",)),
        (hide_with_a_flag, ("a",)), (hide_as_sparse, ("a",)), (hide_with_time, ("a",)), (put_a_file, ("new",)),
        (put_a_folder, ("new",)), (put_a_link, ("new",)), (link_a_folder, ("deep/new",)),
        (file_for_a_folder, ("deep/new",)),
    ],
)  # fmt: skip
def test_what_is_the_persons_own_is_in_the_way(
    world: World, disturb: Callable[[World], None], paths: tuple[str, ...]
) -> None:
    """Unsaved, staged, hidden or untracked work where we would write refuses the commit, and all stays as it is."""
    world.commit({"a": b"1", "other": b"1"})
    disturb(world)
    before = world.state()
    with pytest.raises(LocalChangesError) as refused:
        world.commit({"a": b"9", "new": b"9", "deep/new": b"9", "other": b"9"})
    assert refused.value.paths == paths
    assert world.state() == before


def test_the_same_commit_passes_where_nothing_is_in_the_way(world: World) -> None:
    """Without the disturbance the same files are committed."""
    world.commit({"a": b"1", "other": b"1"})
    world.commit({"a": b"9", "new": b"9", "deep/new": b"9", "other": b"9"})
    assert world.git("status", "--porcelain") == ""


def test_work_elsewhere_is_left_alone(world: World) -> None:
    """Changes to other paths, staged or not, stay exactly as they are."""
    world.commit({"a": b"1", "b": b"1", "c": b"1"})
    (world.root / "b").write_bytes(b"staged")
    world.git("add", "b")
    (world.root / "b").write_bytes(b"and edited")
    (world.root / "c").unlink()
    world.git("update-index", "--assume-unchanged", "c")
    world.commit({"a": b"2"})
    assert world.git("status", "--porcelain") == "MM b"
    assert world.git("ls-files", "-v", "c") == "h c"
    assert world.git("show", ":b") == "staged"


def test_what_already_is_as_committed_is_no_obstacle(world: World) -> None:
    """A file that holds just what is committed, staged or not, loses nothing; so does one already removed."""
    world.commit({"a": b"1", "b": b"1", "c": b"1"})
    (world.root / "a").write_bytes(b"2")
    (world.root / "b").write_bytes(b"2")
    (world.root / "new").write_bytes(b"2")
    (world.root / "c").unlink()
    world.git("add", "b")
    world.commit({"a": b"2", "b": b"2", "new": b"2", "c": None})
    assert world.git("status", "--porcelain") == ""


def test_time_stamps_alone_are_no_change(world: World) -> None:
    """A file that was only touched is clean."""
    world.commit({"a": b"1"})
    os.utime(world.root / "a", (1, 1))
    world.commit({"a": b"2"})
    assert world.git("status", "--porcelain") == ""


def test_the_index_knows_the_time_stamps_of_what_was_written(world: World) -> None:
    """After a commit git need not compare contents again."""
    world.commit({"a": b"1"})
    world.commit({"a": b"2", "b/c": b"1"})
    assert world.git("diff-files") == ""


def test_a_file_that_a_sparse_checkout_omits_is_committed(world: World) -> None:
    """Committing to a path outside of a sparse checkout works and brings the file out."""
    world.commit({"in/a": b"1", "out/a": b"1", "out/b": b"1"})
    world.git("sparse-checkout", "set", "in")
    assert not (world.root / "out").exists()
    world.commit({"out/a": b"2"})
    assert world.git("show", "main:out/a") == "2"
    assert (world.root / "out" / "a").read_bytes() == b"2"
    assert world.git("status", "--porcelain") == ""


def test_a_split_index_is_followed(world: World) -> None:
    """An index in two files is understood, and joined when it is written."""
    world.commit({"a": b"1", "b": b"1"})
    world.git("update-index", "--split-index")
    world.commit({"a": b"2"})
    assert world.git("status", "--porcelain") == ""


def test_a_held_index_lock_is_named_and_kept(world: World) -> None:
    """While another git holds the index nothing moves, and its lock stays."""
    first = world.commit({"a": b"1"})
    lock = world.root / ".git" / "index.lock"
    lock.write_bytes(b"")
    before = world.state()
    with pytest.raises(LockedError) as refused:
        world.commit({"a": b"2"})
    assert refused.value.lock == str(lock)
    assert world.state() == before
    assert world.repository.resolve("main") == first
    lock.unlink()
    world.commit({"a": b"2"})


def test_a_head_that_leaves_the_branch_at_the_last_moment_is_a_lost_race(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If somebody checks out another branch before the index is locked, nothing is written over their files."""
    first = world.commit({"a": b"1"})
    world.git("branch", "other")
    original = Checkout._begin

    def switch_first(self: Checkout, move: Move) -> None:
        world.git("switch", "-q", "other")
        original(self, move)

    monkeypatch.setattr(Checkout, "_begin", switch_first)
    with pytest.raises(LostRaceError):
        world.commit({"a": b"2"})
    assert world.repository.branches() == {"main": first, "other": first}
    assert (world.root / "a").read_bytes() == b"1"
    assert world.git("status", "--porcelain") == ""


def test_git_folder_on_another_disk_than_the_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a rename across disks fails, the file is copied beside its place and then renamed."""
    original = os.rename

    def rename(source: object, target: object, **places: int) -> None:
        if "src_dir_fd" not in places and places:
            raise OSError(18, "Invalid cross-device link")
        original(source, target, **places)  # type: ignore[arg-type]

    world.commit({"a": b"1"})
    monkeypatch.setattr(os, "rename", rename)
    world.commit({"a": b"2", "b/c": b"3"})
    monkeypatch.undo()
    assert (world.root / "b" / "c").read_bytes() == b"3"
    assert sorted(path.name for path in world.root.iterdir()) == [".git", "a", "b"]


def test_a_full_disk_before_the_move_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new files cannot be prepared, the branch does not move and no trace is left."""
    world.commit({"a": b"1"})
    before = world.state()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Checkout, "_prepare", full)
    with pytest.raises(DiskFullError):
        world.commit({"a": b"2"})
    assert world.state() == before


def test_trouble_after_the_move_is_told_and_mended_later(
    world: World, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the files cannot follow, the commit stands, the error says so, and opening again brings them up."""
    world.commit({"a": b"1"})
    original = os.rename

    def full(source: object, target: object, **places: int) -> None:
        if places:
            raise OSError(28, "No space left on device")
        original(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(CheckoutBehindError) as behind:
        world.commit({"a": b"2"})
    assert world.git("rev-parse", "main") == behind.value.commit
    assert (world.root / "a").read_bytes() == b"1"
    monkeypatch.undo()
    opened(world.root)
    assert (world.root / "a").read_bytes() == b"2"
    assert world.git("status", "--porcelain") == ""
    assert not (world.root / ".git" / "nearmiss").exists()


def test_an_interruption_after_the_move_still_brings_the_files_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle leaves the checkout where its branch is."""
    world.commit({"a": b"1"})
    original = Checkout._finish
    calls: list[int] = []

    def interrupted(self: Checkout, *arguments: object) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Checkout, "_finish", interrupted)
    with pytest.raises(KeyboardInterrupt):
        world.commit({"a": b"2"})
    assert world.git("status", "--porcelain") == ""
    assert (world.root / "a").read_bytes() == b"2"


def die(*_: object, **__: object) -> None:
    """End the process as `kill -9` does: no cleaning up."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_a_child(act: Callable[[], object]) -> int:
    """Run something in a forked process and return how that ended."""
    child = os.fork()
    if not child:
        try:
            act()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def test_a_first_index_that_a_power_cut_has_emptied_is_made_anew(tmp_path: Path, opened: Open) -> None:
    """Where there was no index before, what is left of the new one is nothing to go on with."""
    root = tmp_path / "new"
    create_repository(root).close()
    world = World(repository=opened(root), root=root)

    def act() -> None:
        setattr(Checkout, "_finish", die)  # noqa: B010 - a method of the class is replaced
        world.commit({"a": b"1"})

    assert in_a_child(act) == signal.SIGKILL
    (root / ".git" / "nearmiss" / "checkout" / "index").write_bytes(b"")
    opened(root)

    assert (root / "a").read_bytes() == b"1"
    assert world.git("status", "--porcelain") == ""
    assert not (root / ".git" / "nearmiss").exists()


STEPS = [
    (Checkout, "_write_journal", False), (Checkout, "_lock_index", False), (Checkout, "_lock_index", True),
    (Checkout, "_inspect", True), (Writer, "_store", True), (Checkout, "_prepare", False), (Checkout, "_prepare", True),
    (References, "move", False), (References, "move", True), (WorkingFiles, "replace", False),
    (WorkingFiles, "replace", True), (WorkingFiles, "remove", True), (Checkout, "_refresh", True),
    (Checkout, "_finish", True), (Checkout, "_end", True), (Checkout, "_clear", True),
]  # fmt: skip


@pytest.mark.parametrize("owner, step, after", STEPS)
def test_killed_at_any_step_the_next_command_finds_before_or_after(
    world: World, opened: Open, owner: type, step: str, *, after: bool
) -> None:
    """Wherever the process is killed, opening the repository finds the old state or the new one, whole."""
    old = world.commit({"a": b"1", "gone": b"1"})
    original = getattr(owner, step)

    def killed(self: object, *arguments: object, **named: object) -> None:
        if after:
            original(self, *arguments, **named)
        die()

    def act() -> None:
        setattr(owner, step, killed)
        world.commit({"a": b"2", "gone": None, "new/b": b"2"})

    assert in_a_child(act) == signal.SIGKILL
    again = opened(world.root)
    position = again.position()
    files = {str(path.relative_to(world.root)) for path in world.root.rglob("*") if path.is_file()}
    ours = {name for name in files if not name.startswith(".git/")}
    if position.commit == old:
        assert ours == {"a", "gone"}
        assert (world.root / "a").read_bytes() == b"1"
    else:
        assert ours == {"a", "new/b"}
        assert (world.root / "a").read_bytes() == b"2"
    assert not (world.root / ".git" / "index.lock").exists()
    assert world.git("status", "--porcelain") == ""
    assert World(repository=again, root=world.root).commit({"next": b"1"})
    assert not (world.root / ".git" / "nearmiss").exists()


def killed_after_the_move(world: World) -> str:
    """Leave a repository whose branch has moved and whose checkout has not."""
    world.commit({"a": b"1", "b": b"1"})

    def act() -> None:
        Checkout._finish = die  # type: ignore[method-assign, assignment]
        world.commit({"a": b"2", "b": b"2"})

    assert in_a_child(act) == signal.SIGKILL
    return world.git("rev-parse", "main")


def test_while_it_waits_for_recovery_other_gits_are_kept_out(world: World) -> None:
    """After a crash the index stays locked, so that nobody commits the old state over the new one."""
    killed_after_the_move(world)
    assert world.git("commit", "-a", "-m", "x", check=False) == ""
    assert (world.root / ".git" / "index.lock").exists()


def test_recovery_does_not_overwrite_what_was_edited_meanwhile(world: World, opened: Open) -> None:
    """A file changed after the crash is the person's: it stays, and shows as a change."""
    new = killed_after_the_move(world)
    (world.root / "a").write_bytes(b"mine")
    opened(world.root)
    assert (world.root / "a").read_bytes() == b"mine"
    assert (world.root / "b").read_bytes() == b"2"
    assert world.git("rev-parse", "main") == new
    assert "a" in world.git("status", "--porcelain")


def test_recovery_takes_the_lock_again_where_somebody_removed_it(world: World, opened: Open) -> None:
    """Removing the lock by hand does not keep the checkout from coming up."""
    killed_after_the_move(world)
    (world.root / ".git" / "index.lock").unlink()
    opened(world.root)
    assert world.git("status", "--porcelain") == ""


def test_recovery_waits_while_another_git_holds_the_index(world: World, opened: Open) -> None:
    """A foreign lock is respected; reading goes on, and recovery comes later."""
    new = killed_after_the_move(world)
    lock = world.root / ".git" / "index.lock"
    lock.unlink()
    lock.write_bytes(b"foreign")
    assert opened(world.root).resolve("main") == new
    assert (world.root / "a").read_bytes() == b"1"
    lock.unlink()
    opened(world.root)
    assert (world.root / "a").read_bytes() == b"2"


def test_recovery_drops_a_journal_that_time_has_overtaken(world: World, opened: Open) -> None:
    """If somebody has moved the branch since, the journal is dropped and nothing is touched."""
    killed_after_the_move(world)
    world.git("update-ref", "refs/heads/main", "main~1")
    opened(world.root)
    assert world.git("status", "--porcelain") == ""
    assert (world.root / "a").read_bytes() == b"1"
    assert not (world.root / ".git" / "nearmiss").exists()


def test_recovery_leaves_a_living_process_alone(world: World, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening a repository in the midst of another process's commit does not meddle with it."""
    world.commit({"a": b"1"})
    original = Checkout._finish
    seen: list[bytes] = []

    def finish(self: Checkout, *arguments: object) -> None:
        opened(world.root)
        seen.append((world.root / "a").read_bytes())
        original(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Checkout, "_finish", finish)
    world.commit({"a": b"2"})
    assert seen == [b"1"]
    assert world.git("status", "--porcelain") == ""


def test_other_things_of_ours_in_the_git_folder_stay(world: World) -> None:
    """Cleaning up after a commit removes the journal's folder alone."""
    kept = world.root / ".git" / "nearmiss" / "cache"
    kept.mkdir(parents=True)
    world.commit({"a": b"1"})
    assert [path.name for path in kept.parent.iterdir()] == ["cache"]


def test_two_processes_at_once_take_turns(world: World) -> None:
    """Of two processes that commit at once both succeed, or one learns that it lost; nothing is torn."""
    world.commit({"a": b"0"})
    children = []
    for name in "bcdef":
        child = os.fork()
        if not child:
            try:
                for _ in range(20):
                    try:
                        world.repository._objects._idle.clear()
                        world.commit({name: b"1"})
                    except LockedError:
                        os._exit(2)
                    except Exception:  # noqa: BLE001 - a lost race: try again
                        time.sleep(0.01)
                    else:
                        os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 5
    assert world.git("ls-tree", "--name-only", "main").split("\n") == list("abcdef")
    assert world.git("status", "--porcelain") == ""
    assert world.git("fsck", "--strict") == ""


def test_waiting_for_another_process_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits too long for another process of ours is told, and nothing moved."""
    first = world.commit({"a": b"1"})
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    holder = os.open(world.root / ".git", os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(LockedError):
        world.commit({"a": b"2"})
    os.close(holder)
    assert world.repository.resolve("main") == first


def test_a_disk_that_locks_no_folders_is_worked_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where folders cannot be locked, git's own locks do."""

    def unsupported(*_: object) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    world.commit({"a": b"1"})
    assert world.git("status", "--porcelain") == ""
