"""What is told and kept when writing stops half way: locks with an owner, notes of what was left, clear reasons."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nearmiss.app.founding import found
from nearmiss.app.places import unsaved_of
from nearmiss.cli.boundary import guarded
from nearmiss.engine.founding import Charter
from nearmiss.engine.refusals import LockedError
from nearmiss.store import index as index_module
from nearmiss.store.files import FileUnwritableError, replace_file
from nearmiss.store.index import SqliteIndex
from nearmiss.vcs import checkout as checkout_module
from nearmiss.vcs.checkout import Checkout
from nearmiss.vcs.children import failure
from nearmiss.vcs.discovery import create, is_unfinished
from nearmiss.vcs.errors import CheckoutBehindError, DiskFailedError, DiskFullError, GitFailedError
from nearmiss.vcs.references import References
from nearmiss.vcs.repository import create_repository, open_repository
from nearmiss.vcs.storage import refusal
from tests.engine.cast import CAST
from tests.engine.scene import identity_of
from tests.plain import plain_preset
from tests.vcs.worlds import World

NOWHERE = Path("/nowhere/at/all")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A repository with one commit."""
    with create_repository(tmp_path / "register") as repository:
        made = World(repository=repository, root=tmp_path / "register")
        made.commit({"a": b"1"})
        yield made


def refuse(number: int) -> Callable[..., None]:
    """Return a function that the disk refuses."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


# The checkout


def test_a_disk_without_links_gets_a_lock_all_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a disk knows no second names for files, the lock is written, held, and taken away."""
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))

    world.commit({"a": b"2"})

    assert world.git("status", "--porcelain") == ""
    (world.root / ".git" / "index.lock").write_bytes(b"")
    monkeypatch.setattr(checkout_module, "PATIENCE_WITH_GIT", 0.0)
    monkeypatch.setattr(Checkout._lock_index, "__kwdefaults__", {"patience": 0.0})
    with pytest.raises(LockedError):
        world.commit({"a": b"3"})
    assert world.git("show", "main:a") == "2"


def test_a_link_that_is_refused_otherwise_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is no disk without links: nothing moves, and the reason is said."""
    monkeypatch.setattr(os, "link", refuse(errno.ENOSPC))

    with pytest.raises(DiskFullError, match="is full"):
        world.commit({"a": b"2"})
    assert world.git("show", "main:a") == "1"


def test_what_an_interrupted_command_left_is_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next to open the repository is told which side won; the one after that is told nothing."""
    told: list[str] = []

    def stuck(self: Checkout, **_: float) -> str:
        if self._journal.exists():
            raise OSError(errno.EIO, "Input/output error")
        return ""

    monkeypatch.setattr(Checkout, "_settle", stuck)
    monkeypatch.setattr(Checkout, "_finish", refuse(errno.EIO))
    with pytest.raises(DiskFailedError):
        world.commit({"a": b"2"})

    open_repository(world.root, notice=told.append).close()
    assert told.pop().startswith("A command was interrupted here, and the files cannot follow its commit yet. The disk")
    monkeypatch.undo()
    open_repository(world.root, notice=told.append).close()
    assert "interrupted right after its commit" in told.pop()
    open_repository(world.root, notice=told.append).close()
    assert told == []
    assert (world.root / "a").read_bytes() == b"2"


def test_a_commit_whose_traces_stay_is_made(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only cleaning up fails, the commit stands and the error says so; the next command cleans up."""
    monkeypatch.setattr(Checkout, "_end", refuse(errno.EROFS))

    with pytest.raises(CheckoutBehindError) as behind:
        world.commit({"a": b"2"})

    assert "cannot be written" in behind.value.reason
    assert world.git("rev-parse", "main") == behind.value.commit
    monkeypatch.undo()
    open_repository(world.root).close()
    assert not (world.root / ".git" / "index.lock").exists()


def test_a_lock_that_lost_its_content_with_the_power_is_still_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut can empty the lock before it reached the disk; the next command takes it away nevertheless."""
    with monkeypatch.context() as patch:
        patch.setattr(Checkout, "_settle", lambda *_, **__: "")
        patch.setattr(Checkout, "_inspect", refuse(errno.EIO))
        with pytest.raises(DiskFailedError):
            world.commit({"a": b"2"})
    lock = world.root / ".git" / "index.lock"
    lock.write_bytes(b"")

    open_repository(world.root).close()

    assert not lock.exists()
    assert world.git("show", "main:a") == "1"


def test_a_lock_that_a_killed_git_of_ours_left_aside_is_no_obstacle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while the new index is written aside, the next command brings the files up and asks nobody for help."""
    with monkeypatch.context() as patch:
        patch.setattr(Checkout, "_finish", refuse(errno.EIO))
        patch.setattr(Checkout, "_settle", lambda *_, **__: "")
        with pytest.raises(DiskFailedError):
            world.commit({"a": b"2"})
    (world.root / ".git" / "nearmiss" / "checkout" / "index.lock").touch()

    told: list[str] = []
    open_repository(world.root, notice=told.append).close()

    assert "your files have now been brought up to it" in told.pop()
    assert world.git("status", "--porcelain") == ""
    assert (world.root / "a").read_bytes() == b"2"


def test_a_move_that_git_made_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that dies after it moved the branch has moved it; one that dies before has not."""
    original = References._transact

    def then_dies(self: References, *arguments: object, **more: object) -> None:
        original(self, *arguments, **more)  # type: ignore[arg-type]  # as they came
        raise GitFailedError(command="update-ref", words="")

    monkeypatch.setattr(References, "_transact", then_dies)
    commit = world.commit({"a": b"2"})
    assert world.git("rev-parse", "main") == commit

    def dies(*_: object, **__: object) -> None:
        raise GitFailedError(command="update-ref", words="")

    monkeypatch.setattr(References, "_transact", dies)
    with pytest.raises(GitFailedError):
        world.commit({"a": b"3"})
    assert world.git("rev-parse", "main") == commit


# The reasons


def test_reasons_of_git_are_told_in_our_words() -> None:
    """Advice of git is left out; a broken disk and a full one are named, the latter even where git is silent."""
    advised = failure(command="x", complaints=b"hint: do this\nhint: and that\nfatal: it is so\n", directory=NOWHERE)
    assert advised.message == "git x failed: fatal: it is so"
    broken = failure(command="x", complaints=b"fatal: cannot read: Input/output error\n", directory=NOWHERE)
    assert isinstance(broken, DiskFailedError)
    full = failure(command="x", complaints=b"sha1 file 'index.lock' write error. Out of diskspace", directory=NOWHERE)
    assert isinstance(full, DiskFullError)


def test_a_failure_without_a_reason_on_a_full_disk_is_put_down_to_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git says of some failures only that they are some; with no room left, that is the reason."""
    complaints = b"fatal: could not write"
    assert isinstance(failure(command="x", complaints=complaints, directory=tmp_path), GitFailedError)
    facts = os.statvfs(tmp_path)

    monkeypatch.setattr(
        os, "statvfs", lambda _place: os.statvfs_result((facts.f_bsize, 4096, 9, 0, 0, 9, 9, 9, 0, 255))
    )

    assert isinstance(failure(command="x", complaints=complaints, directory=tmp_path), DiskFullError)


def test_a_leftover_of_packing_references_is_a_lock_too(tmp_path: Path) -> None:
    """A git killed while it packs references leaves a file that stops the next; it is named with all other locks."""
    git_dir = tmp_path / ".git"
    (git_dir / "refs" / "heads").mkdir(parents=True)
    for name in ("HEAD", "packed-refs.new", "packed-refs.lock", "index.lock", "refs/heads/main.lock"):
        (git_dir / name).write_bytes(b"")
    complaints = f"fatal: unable to create file {git_dir}/packed-refs.new: File exists".encode()

    error = failure(command="update-ref", complaints=complaints, directory=tmp_path)

    assert isinstance(error, LockedError)
    named = " ".join(f"{git_dir}/{name}" for name in ("packed-refs.new", "packed-refs.lock", "refs/heads/main.lock"))
    assert f"remove {named}, and run" in error.hint
    elsewhere = failure(
        command="x", complaints=b"fatal: Unable to create '/nowhere/x.lock': File exists", directory=NOWHERE
    )
    assert "remove /nowhere/x.lock, and run" in elsewhere.hint


@pytest.mark.parametrize("name", ["", "a/b"])
def test_a_refusal_names_the_file(name: str) -> None:
    """Where the system says which file it refused, so do we."""
    error = OSError(errno.ENOSPC, "No space left on device", name or None)

    assert (name in refusal(error).message) is True
    assert refusal(error).message.startswith("The disk is full")
    assert "The disk failed: " in refusal(OSError(errno.EIO, None)).message


def test_output_without_room_is_no_fault_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be printed is told as that; an error of the system that nobody foresaw stays a fault."""
    assert guarded(refuse(errno.ENOSPC), as_json=False) == 1
    assert "The output could not be written: the disk is full." in capsys.readouterr().err
    assert guarded(refuse(errno.EACCES), as_json=False) == 3


# Files and folders


def test_what_is_on_its_way_lies_aside(tmp_path: Path) -> None:
    """A file goes by way of the folder that is named, and that folder is gone when it is empty."""
    aside = tmp_path / "aside"

    replace_file(tmp_path / "a", b"1", read_digest=None, aside=aside)

    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_lies_aside_on_another_disk_goes_by_way_of_a_neighbour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a file cannot be renamed from there, it is written beside; other refusals are told."""
    original = Path.replace

    def across(self: Path, target: Path) -> Path:
        if self.parent.name == "aside":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return original(self, target)

    monkeypatch.setattr(Path, "replace", across)
    replace_file(tmp_path / "a", b"1", read_digest=None, aside=tmp_path / "aside")
    assert (tmp_path / "a").read_bytes() == b"1"

    monkeypatch.setattr(Path, "replace", refuse(errno.ENOSPC))
    with pytest.raises(FileUnwritableError):
        replace_file(tmp_path / "b", b"1", read_digest=None, aside=tmp_path / "aside")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "aside"]


def test_the_folder_aside_is_within_git(world: World) -> None:
    """What is on its way into the working tree is never among the files of a person."""
    assert unsaved_of(world.root) == world.root / ".git" / "nearmiss" / "unsaved"


def test_an_index_without_room_promises_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once something finds no room, nothing more is written: notes would speak of values that are not there."""
    kept = SqliteIndex(str(tmp_path / "index"), version="1")
    kept.put_many({"a": 1})

    with monkeypatch.context() as patch:
        patch.setattr(index_module, "_connect", _full)
        kept.put_many({"b": 2})
    kept.note({"tip": "here"})

    assert kept.get_many(["a", "b"]) == {"a": 1}
    assert kept.notes() == {}
    another = SqliteIndex(str(tmp_path / "index"), version="1")
    another.note({"tip": "here"})
    assert another.notes() == {"tip": "here"}


def _full(_file: str) -> sqlite3.Connection:
    raise sqlite3.OperationalError("database or disk is full")


# Founding


def test_what_is_left_of_a_repository_makes_way(tmp_path: Path) -> None:
    """A repository whose making was interrupted is made anew; one that holds anything is left alone."""
    git_dir = tmp_path / ".git"
    (git_dir / "refs" / "heads").mkdir(parents=True)
    (git_dir / "HEAD.lock").write_bytes(b"ref: refs")
    assert is_unfinished(tmp_path)

    create(tmp_path, branch="main")

    assert not is_unfinished(tmp_path)
    assert subprocess.run(["git", "-C", tmp_path, "status"], capture_output=True, check=False).returncode == 0
    (git_dir / "HEAD").unlink()
    (git_dir / "refs" / "heads" / "main").write_bytes(b"0" * 40)
    assert not is_unfinished(tmp_path)
    assert not is_unfinished(tmp_path / "elsewhere")


def test_a_repository_without_its_first_words_makes_way(tmp_path: Path) -> None:
    """After a power cut the file by which git knows a repository may be empty: one that holds nothing is made anew."""
    create(tmp_path, branch="main")
    (tmp_path / ".git" / "HEAD").write_bytes(b"")
    assert is_unfinished(tmp_path)

    create(tmp_path, branch="main")

    assert (tmp_path / ".git" / "HEAD").read_bytes() == b"ref: refs/heads/main\n"


def test_founding_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    """A register is laid down in a folder in which an earlier attempt died at once."""
    (tmp_path / "register" / ".git" / "objects").mkdir(parents=True)
    charter = Charter(people=CAST, settings={}, preset=plain_preset())

    founded, desk = found(tmp_path / "register", charter, identity=identity_of("o.haddad"))

    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    assert founded.branch == "main"


def test_a_register_whose_commit_is_made_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the files could not follow the first commit, the next command brings them up; before it, all goes."""
    charter = Charter(people=CAST, settings={}, preset=plain_preset())
    original = Checkout._prepare
    monkeypatch.setattr(Checkout, "_prepare", refuse(errno.ENOSPC))
    with pytest.raises(DiskFullError):
        found(tmp_path / "register", charter, identity=identity_of("o.haddad"))
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr(Checkout, "_prepare", original)
    monkeypatch.setattr(Checkout, "_finish", refuse(errno.EIO))
    with pytest.raises(DiskFailedError):
        found(tmp_path / "register", charter, identity=identity_of("o.haddad"))
    monkeypatch.undo()
    open_repository(tmp_path / "register").close()
    assert (tmp_path / "register" / "workflow" / "policy" / "people.yaml").is_file()
