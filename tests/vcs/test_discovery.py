"""Opening and making repositories, in every place where a person may stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.engine.ports import Position
from nearmiss.errors import NearMissError
from nearmiss.vcs.children import failure
from nearmiss.vcs.discovery import require_version
from nearmiss.vcs.errors import (
    AlreadyARepositoryError,
    BranchNameError,
    DiskFullError,
    GitMissingError,
    GitTooOldError,
    InsideGitFolderError,
    NotARepositoryError,
    NoWorkingTreeError,
    ReadOnlyRepositoryError,
    UnsafeOwnershipError,
)
from nearmiss.vcs.repository import GitRepository, create_repository, open_repository
from tests.vcs.worlds import World, git

Open = Callable[[Path], GitRepository]


def test_a_new_repository_is_empty_and_unborn(world: World) -> None:
    """A repository that was made has a branch without commits, and neither hooks nor templates."""
    assert world.repository.position() == Position(branch="main", commit=None)
    assert world.repository.root == world.root
    assert world.repository.git_dir == world.root / ".git"
    assert not (world.root / ".git" / "hooks").exists()
    assert world.repository.branches() == {}
    assert world.repository.working_tree().entries() == []


def test_a_repository_is_not_made_twice(world: World) -> None:
    """Where a repository is already, none is made."""
    with pytest.raises(AlreadyARepositoryError):
        create_repository(world.root)


def test_a_repository_is_not_made_with_a_bad_branch(tmp_path: Path) -> None:
    """A first branch with a name that git would not take is refused before anything is made."""
    with pytest.raises(BranchNameError):
        create_repository(tmp_path / "new", branch="-x")
    assert not (tmp_path / "new").exists()


def test_making_a_repository_is_refused_in_gits_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git cannot make a repository, its own reason is passed on."""
    monkeypatch.setattr("nearmiss.vcs.discovery.reading_environment", lambda *_, **__: {"GIT_DIR": "/proc/nowhere"})
    with pytest.raises(NearMissError, match="nowhere"):
        create_repository(tmp_path / "new")


def test_a_folder_below_the_root_opens_the_same_repository(world: World, opened: Open) -> None:
    """From a folder deep below, the repository around it is opened."""
    deep = world.root / "records" / "2026"
    deep.mkdir(parents=True)
    assert opened(deep).root == world.root


def test_a_path_through_a_link_opens_the_real_place(world: World, opened: Open, tmp_path: Path) -> None:
    """A link to the working tree leads to the tree itself."""
    (tmp_path / "link").symlink_to(world.root)
    assert opened(tmp_path / "link").root == world.root


def test_a_linked_working_tree_has_its_own_place_and_shares_the_branches(world: World, opened: Open) -> None:
    """In a linked working tree, HEAD and index are its own, while objects and branches are shared."""
    first = world.commit({"a": b"1"})
    world.git("worktree", "add", "-q", "-b", "other", "../linked")
    linked = opened(world.root.parent / "linked")
    assert linked.position() == Position(branch="other", commit=first)
    assert linked.git_dir == world.root / ".git" / "worktrees" / "linked"
    assert set(linked.branches()) == {"main", "other"}


def test_a_bare_repository_is_read_and_has_no_working_tree(world: World, opened: Open, tmp_path: Path) -> None:
    """A bare repository gives its commits, and says that it has no files."""
    first = world.commit({"a": b"1"})
    git(tmp_path, "clone", "-q", "--bare", "register", "bare.git")
    bare = opened(tmp_path / "bare.git")
    assert bare.is_bare
    assert bare.root is None
    assert bare.tree(first).read("a") == b"1"
    with pytest.raises(NoWorkingTreeError):
        bare.working_tree()


def test_a_shallow_clone_is_known_as_one(world: World, opened: Open, tmp_path: Path) -> None:
    """A clone whose history was cut says so; a whole one says that too."""
    world.commit({"a": b"1"})
    world.commit({"a": b"2"})
    git(tmp_path, "clone", "-q", "--depth=1", world.root.as_uri(), "shallow")
    assert opened(tmp_path / "shallow").is_shallow
    assert not world.repository.is_shallow


def test_outside_of_a_repository_there_is_one_clear_sentence(tmp_path: Path) -> None:
    """A folder in no repository, and one that does not exist, are refused with the folder's name and a way on."""
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(NotARepositoryError) as refused:
            open_repository(place)
        assert str(place) in refused.value.message
        assert "nearmiss init" in refused.value.hint


def test_inside_of_the_git_folder_nothing_is_opened(world: World) -> None:
    """Within `.git` a commit could not update the checkout, so it is no place to work from."""
    with pytest.raises(InsideGitFolderError):
        open_repository(world.root / ".git")


def test_without_git_there_is_one_clear_sentence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git is not installed, the error says so."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitMissingError):
        open_repository(world.root)


@pytest.mark.parametrize("named", ["git version 2.31.9", "git version 1.8", "", "something"])
def test_an_old_git_is_refused(named: str) -> None:
    """A git that cannot be hardened is refused, with the version that is needed."""
    with pytest.raises(GitTooOldError) as refused:
        require_version(named)
    assert refused.value.needed == "2.32"


@pytest.mark.parametrize("named", ["git version 2.32.0", "git version 2.39.5 (Apple Git-154)", "git version 3.0"])
def test_a_recent_git_will_do(named: str) -> None:
    """A git that can be hardened is taken, whatever its vendor adds."""
    require_version(named)


def test_a_repository_of_another_user_is_read(world: World, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to somebody else is read all the same: nothing in it can start a program."""
    first = world.commit({"a": b"1"})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert opened(world.root).resolve("main") == first


def test_git_that_distrusts_an_owner_is_explained() -> None:
    """Git's refusal over ownership becomes a sentence that says what to type."""
    said = b"fatal: detected dubious ownership in repository at '/x'"
    error = failure(command="push", complaints=said, directory=Path("/x"))
    assert isinstance(error, UnsafeOwnershipError)
    assert "safe.directory /x" in error.hint


def test_a_broken_repository_is_reported_in_gits_words(world: World) -> None:
    """A repository that git cannot open for a reason of its own is refused with that reason."""
    (world.root / ".git" / "config").write_text("[core]\n\trepositoryformatversion = 99\n", encoding="utf-8")
    with pytest.raises(NearMissError, match="99"):
        open_repository(world.root)


def test_a_place_that_cannot_be_written_is_explained() -> None:
    """Git's complaint about rights becomes a sentence with the place in it."""
    said = b"error: insufficient permission for adding an object to repository database .git/objects\nfatal: x"
    error = failure(command="hash-object", complaints=said, directory=Path("/x"))
    assert isinstance(error, ReadOnlyRepositoryError)
    assert ".git/objects" in error.message


@pytest.mark.parametrize("said", [b"fatal: write error: No space left on device", b"error: Disk quota exceeded"])
def test_a_full_disk_is_explained(said: bytes) -> None:
    """Git's complaint about room becomes a sentence of ours."""
    assert isinstance(failure(command="unpack-objects", complaints=said, directory=Path("/x")), DiskFullError)


def test_facts_about_borrowed_or_replaced_objects_are_told(world: World, opened: Open, tmp_path: Path) -> None:
    """Replace references, grafts and alternates are seen, so that whoever judges can refuse them."""
    first = world.commit({"a": b"1"})
    second = world.commit({"a": b"2"})
    repository = world.repository
    assert (repository.has_replace_refs, repository.has_grafts, repository.has_alternates) == (False, False, False)
    world.git("replace", second, first)
    (world.root / ".git" / "info").mkdir(exist_ok=True)
    (world.root / ".git" / "info" / "grafts").write_text(f"{second}\n", encoding="utf-8")
    git(tmp_path, "clone", "-q", "--shared", "register", "borrower")
    assert (repository.has_replace_refs, repository.has_grafts) == (True, True)
    assert opened(tmp_path / "borrower").has_alternates
