"""A glance at the references: it says what git says, or nothing at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nearmiss.vcs.glance import glance
from nearmiss.vcs.repository import open_repository
from tests.vcs.worlds import World


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what would let git look elsewhere: a glance says nothing then."""
    monkeypatch.delenv("GIT_CEILING_DIRECTORIES")


@pytest.fixture
def busy(world: World) -> World:
    """Give a repository with branches of every kind: loose, packed, moved since, remote, and one that names another."""
    world.git("commit", "-q", "--allow-empty", "-m", "one")
    for name in ("near-miss/NM-2026-00001/01-investigate", "a/b/c", "other"):
        world.git("branch", name)
    world.git("update-ref", "refs/remotes/origin/main", "HEAD")
    world.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    world.git("pack-refs", "--all")
    world.git("commit", "-q", "--allow-empty", "-m", "two")
    world.git("branch", "-f", "other", "HEAD")
    world.git("update-ref", "refs/remotes/up/near-miss/NM-2026-00002/01-decline", "HEAD")
    return world


def test_a_glance_says_what_git_says(busy: World) -> None:
    """Packed and loose references, those that moved since, remote ones: all as git lists them, from any folder."""
    (busy.root / "deep" / "er").mkdir(parents=True)
    for place in (busy.root, busy.root / "deep" / "er"):
        seen = glance(str(place))
        assert seen is not None
        assert seen.references == busy.repository.references()
        assert Path(seen.git_dir) == busy.root / ".git"


def test_a_detached_head_and_a_linked_working_tree_are_seen(busy: World, tmp_path: Path) -> None:
    """HEAD may name a commit, and a working tree of its own has a HEAD of its own beside shared branches."""
    busy.git("checkout", "-q", "--detach", "HEAD~1")
    seen = glance(str(busy.root))
    assert seen is not None
    assert seen.references == busy.repository.references()
    busy.git("worktree", "add", "-q", str(tmp_path / "linked"), "a/b/c")
    with open_repository(tmp_path / "linked") as linked:
        also = glance(str(tmp_path / "linked"))
        assert also is not None
        assert also.references == linked.references()
        assert Path(also.git_dir) == linked.git_dir


def test_a_proposal_changes_what_is_proposed(busy: World) -> None:
    """Branches that propose something tell two sets of references apart; others do not."""
    before = busy.repository.references().proposing
    busy.git("branch", "unrelated")
    assert busy.repository.references().proposing == before
    busy.git("branch", "near-miss/NM-2026-00003/01-decline")
    assert busy.repository.references().proposing != before


def test_nothing_is_said_where_there_is_no_commit(world: World) -> None:
    """An unborn branch has nothing to be up to date with."""
    assert glance(str(world.root)) is None
    assert world.repository.references().head == ""


def test_nothing_is_said_where_git_would_look_otherwise(
    busy: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside of a repository, inside git's folder, in a bare one, or where the environment has a say: ask git."""
    assert glance(str(tmp_path)) is None
    assert glance(str(tmp_path / "nowhere")) is None
    assert glance(str(busy.root / ".git" / "refs")) is None
    busy.git("clone", "-q", "--bare", str(busy.root), str(tmp_path / "bare.git"))
    assert glance(str(tmp_path / "bare.git")) is None
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert glance(str(busy.root)) is None


def test_nothing_is_said_while_an_interrupted_command_is_to_be_looked_after(busy: World) -> None:
    """The note that a stopped command left is for the next one that asks git."""
    journal = busy.root / ".git" / "nearmiss" / "checkout" / "journal.json"
    journal.parent.mkdir(parents=True)
    journal.write_text("{}", encoding="ascii")
    assert glance(str(busy.root)) is None


@pytest.mark.parametrize("damage", ["head", "reftable", "loose", "pipe", "packed", "linked"])
def test_nothing_is_said_where_a_file_is_not_plain(busy: World, damage: str) -> None:
    """References of another format, damaged ones, and what would never end when it is read: ask git."""
    folder = busy.root / ".git"
    if damage == "head":
        (folder / "HEAD").write_bytes(b"\xff\n")
    elif damage == "reftable":
        (folder / "HEAD").write_text("ref: refs/heads/.invalid\n", encoding="ascii")
    elif damage == "loose":
        (folder / "refs" / "heads" / "odd").write_text("nonsense\n", encoding="ascii")
    elif damage == "pipe":
        os.mkfifo(folder / "refs" / "heads" / "pipe")
    elif damage == "packed":
        (folder / "packed-refs").write_bytes(b"\xff")
    else:
        folder.rename(busy.root / "elsewhere")
        folder.write_text("gitdir: nowhere\n", encoding="ascii")
    assert glance(str(busy.root)) is None


def test_a_lock_beside_a_reference_is_passed_over(busy: World) -> None:
    """What another git is about to write is not a reference yet."""
    (busy.root / ".git" / "refs" / "heads" / "main.lock").write_text("half", encoding="ascii")
    seen = glance(str(busy.root))
    assert seen is not None
    assert seen.references == busy.repository.references()


def test_too_many_loose_references_are_left_to_git(busy: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading very many small files takes longer than asking git."""
    monkeypatch.setattr("nearmiss.vcs.glance.MOST_FILES", 1)
    assert glance(str(busy.root)) is None


def test_what_lies_in_the_working_tree_is_known_by_a_word_only_where_git_is_sure(busy: World) -> None:
    """Changed, untracked, unmerged or looked-away-from files: nothing is said; else names and contents tell apart."""
    (busy.root / "records").mkdir()
    (busy.root / "records" / "a.yaml").write_text("a\n", encoding="utf-8")
    assert busy.repository.settled("records/") == ""
    busy.git("add", "records")
    settled = busy.repository.settled("records/")
    assert settled
    assert busy.repository.settled("records/", "none/") == settled
    (busy.root / "note.txt").write_text("elsewhere\n", encoding="utf-8")
    assert busy.repository.settled("records/") == settled
    (busy.root / "records" / "a.yaml").write_text("b\n", encoding="utf-8")
    assert busy.repository.settled("records/") == ""
    busy.git("add", "records")
    assert busy.repository.settled("records/") not in {"", settled}
    for flag in ("--assume-unchanged", "--skip-worktree"):
        busy.git("update-index", flag, "records/a.yaml")
        assert busy.repository.settled("records/") == ""
        busy.git("update-index", flag.replace("--", "--no-"), "records/a.yaml")
    assert busy.repository.settled("records/")


def test_a_bare_repository_has_no_working_tree_to_know(busy: World, tmp_path: Path) -> None:
    """Where nothing is checked out, nothing is settled."""
    busy.git("clone", "-q", "--bare", str(busy.root), str(tmp_path / "bare.git"))
    with open_repository(tmp_path / "bare.git") as bare:
        assert bare.settled("records/") == ""
