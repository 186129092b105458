"""Making commits: what is written, what is refused, and that a refusal leaves all as it was."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from nearmiss.engine.ports import Identity, Stamp, TreeEntry
from nearmiss.engine.refusals import LockedError, LostRaceError
from nearmiss.errors import NearMissError
from nearmiss.vcs import writing
from nearmiss.vcs.errors import (
    BadIdentityError,
    BadMessageError,
    BadPathError,
    BranchInUseError,
    BranchNameError,
    DiskFailedError,
    DiskFullError,
    GitFailedError,
    MissingObjectError,
    ReadOnlyRepositoryError,
    UnsupportedModeError,
)
from nearmiss.vcs.repository import GitRepository
from nearmiss.vcs.storage import storing
from tests.vcs.worlds import WHEN, World, git, stamp_of

Open = Callable[[Path], GitRepository]
ANONYMOUS = stamp_of("Somebody", "anonymous@invalid", datetime(2026, 11, 1, tzinfo=UTC))


def test_the_first_commit_is_what_git_would_have_made(world: World) -> None:
    """The first commit of an unborn branch holds its files, has no parent, and is sound in git's own eyes."""
    first = world.commit({"records/2026/11/a.yaml": b"a\n", "README.md": b"r\n", "records.txt": b"t\n"})
    assert world.git("rev-list", "--parents", "main") == first
    assert world.git("ls-tree", "-r", "--name-only", "main").split("\n") == [
        "README.md",
        "records.txt",
        "records/2026/11/a.yaml",
    ]
    assert world.git("fsck", "--strict") == ""
    assert world.git("status", "--porcelain") == ""
    assert (world.root / "records/2026/11/a.yaml").read_bytes() == b"a\n"


def test_a_commit_object_holds_only_what_was_given(world: World) -> None:
    """Author, committer, offsets and message stand in the object as given, unsigned even where git is to sign."""
    world.git("config", "commit.gpgSign", "true")
    first = world.commit({"a": b"1"})
    second = world.repository.commit(
        branch="main",
        expected=first,
        parents=[first],
        files={"a": b"2"},
        message="  # Subject\n\n\n\nbody äöü  \n\n",
        author=stamp_of(
            "Ünal Ö.", "u@example.org", datetime(2026, 1, 2, tzinfo=timezone(-timedelta(hours=3, minutes=30)))
        ),
        committer=ANONYMOUS,
    )
    tree = world.git("rev-parse", "main^{tree}")
    assert world.git("cat-file", "commit", second) + "\n" == (
        f"tree {tree}\nparent {first}\nauthor Ünal Ö. <u@example.org> 1767324600 -0330\n"
        "committer Somebody <anonymous@invalid> 1793491200 +0000\n\n  # Subject\n\n\n\nbody äöü  \n\n"
    )


def test_an_anonymous_commit_leaves_nobody_in_the_logs_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the command, neither the objects nor the logs of references know them."""
    monkeypatch.setenv("GIT_COMMITTER_NAME", "Secret Person")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "secret@example.org")
    first = world.commit({"a": b"1"}, stamp=ANONYMOUS)
    logs = [path.read_text(encoding="utf-8") for path in (world.root / ".git" / "logs").rglob("*") if path.is_file()]
    assert logs == [f"{'0' * 40} {first} Somebody <anonymous@invalid> 1793491200 +0000\tnearmiss\n"] * 2
    found = b"".join(data for name, data in world.state().items() if name.startswith(".git"))
    assert b"ecret" not in found
    assert b"Own Name" not in found


def test_files_are_added_changed_and_removed_in_one_commit(world: World) -> None:
    """One commit does all; emptied folders vanish from tree and disk, and all else stays untouched."""
    world.commit({"a/b/c": b"1", "a/d": b"2", "e": b"3", "f/g": b"4"})
    (world.root / "untracked").write_bytes(b"mine")
    (world.root / "e").write_bytes(b"my unsaved change")
    world.commit({"a/b/c": None, "a/d": b"changed", "n/e/w": b"5", "f/g": None, "never/was": None})
    assert world.git("ls-tree", "-r", "--name-only", "main").split("\n") == ["a/d", "e", "n/e/w"]
    assert world.git("status", "--porcelain").split("\n") == [" M e", "?? untracked"]
    assert not (world.root / "f").exists()
    assert not (world.root / "a" / "b").exists()
    assert (world.root / "n/e/w").read_bytes() == b"5"


def test_a_commit_that_removes_everything_has_the_empty_tree(world: World) -> None:
    """The last file may go."""
    world.commit({"a": b"1"})
    world.commit({"a": None})
    assert world.git("ls-tree", "-r", "main") == ""
    assert world.git("fsck", "--strict") == ""
    assert world.git("status", "--porcelain") == ""


def test_two_files_of_equal_content_are_one_object(world: World) -> None:
    """Equal files, and equal folders, do not confuse git."""
    world.commit({"a/x": b"1", "b/x": b"1"})
    assert world.git("fsck", "--strict") == ""


def test_many_files_are_kept_as_one_pack(world: World) -> None:
    """Beyond a hundred objects a pack is written instead of loose files, and the checkout holds them all."""
    world.commit({f"records/{number}": b"%d" % number for number in range(300)})
    assert len(list((world.root / ".git" / "objects" / "pack").glob("*.pack"))) == 1
    assert world.git("fsck", "--strict") == ""
    assert world.git("status", "--porcelain") == ""


def test_a_large_file_is_committed_whole(world: World) -> None:
    """An attachment of megabytes goes in and comes out the same."""
    data = bytes(range(256)) * 40_000
    world.commit({"a": data})
    assert world.repository.tree("main").read("a") == data


def test_a_new_branch_leaves_checkout_index_and_head_alone(world: World) -> None:
    """Proposing on another branch touches nothing of the person's."""
    first = world.commit({"a": b"1"})
    (world.root / "a").write_bytes(b"unsaved")
    before = {name: data for name, data in world.state().items() if "refs/" not in name}
    second = world.commit({"a": b"2"}, branch="near-miss/NM-2026-7Q4K2/1-investigate", parents=(first,))
    after = world.state()
    assert {name: after[name] for name in before} == before
    assert world.repository.branches("near-miss/") == {"near-miss/NM-2026-7Q4K2/1-investigate": second}


def test_on_a_detached_head_no_checkout_follows(world: World) -> None:
    """With HEAD detached, a commit to main moves main alone."""
    world.commit({"a": b"1"})
    world.git("checkout", "-q", "--detach")
    world.commit({"a": b"2"})
    assert (world.root / "a").read_bytes() == b"1"
    assert world.git("status", "--porcelain") == ""


def test_a_bare_repository_is_committed_to(world: World, opened: Open, tmp_path: Path) -> None:
    """Where there is no checkout, the branch alone moves, also the one that HEAD names."""
    world.commit({"a": b"1"})
    git(tmp_path, "clone", "-q", "--bare", "register", "bare.git")
    bare = World(repository=opened(tmp_path / "bare.git"), root=tmp_path / "bare.git")
    second = bare.commit({"a": b"2"})
    assert bare.repository.branches() == {"main": second}


def test_a_linked_working_tree_follows_its_own_branch(world: World, opened: Open) -> None:
    """In a linked working tree its own files and index follow."""
    world.commit({"a": b"1"})
    world.git("worktree", "add", "-q", "-b", "other", "../linked")
    linked = World(repository=opened(world.root.parent / "linked"), root=world.root.parent / "linked")
    linked.commit({"a": b"2", "b": b"3"}, branch="other")
    assert (linked.root / "b").read_bytes() == b"3"
    assert linked.git("status", "--porcelain") == ""
    assert world.git("status", "--porcelain") == ""


def test_a_branch_that_another_working_tree_has_checked_out_stays(world: World, opened: Open) -> None:
    """Moving a branch under somebody else's working tree would make their next commit undo ours."""
    first = world.commit({"a": b"1"})
    world.git("worktree", "add", "-q", "-b", "other", "../linked")
    linked = World(repository=opened(world.root.parent / "linked"), root=world.root.parent / "linked")
    for where, branch in ((linked, "main"), (world, "other")):
        with pytest.raises(BranchInUseError):
            where.commit({"a": b"2"}, branch=branch)
        with pytest.raises(BranchInUseError):
            where.repository.delete_branch(branch, expected=first)
    assert world.commit({"a": b"2"}, branch="free", parents=(first,))


def test_of_two_commits_on_the_same_state_one_loses(world: World) -> None:
    """Whoever expects what is no longer so learns what is there now, and nothing moved."""
    first = world.commit({"a": b"1"})
    second = world.commit({"a": b"2"})
    before = world.state()
    for expected in (first, None):
        with pytest.raises(LostRaceError) as lost:
            _commit(world, branch="main", expected=expected, parents=[first], files={"a": b"3"})
        assert (lost.value.expected, lost.value.found) == (expected, second)
    with pytest.raises(LostRaceError) as lost:
        _commit(world, branch="gone", expected=first, parents=[first], files={"a": b"3"})
    assert lost.value.found is None
    assert world.state() == before


def test_a_branch_that_moves_at_the_last_moment_is_not_overwritten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between preparing and moving, git itself compares once more; checkout and index stay as they were."""
    first = world.commit({"a": b"1"})
    second = world.git("commit-tree", "-m", "x", "-p", first, "main^{tree}")
    original = writing.Writer._store

    def store_and_let_somebody_in(self: writing.Writer, objects: object) -> None:
        original(self, objects)  # type: ignore[arg-type]
        world.git("update-ref", "refs/heads/main", second)

    monkeypatch.setattr(writing.Writer, "_store", store_and_let_somebody_in)
    with pytest.raises(LostRaceError):
        world.commit({"a": b"2"})
    assert world.repository.branches() == {"main": second}
    assert world.git("status", "--porcelain") == ""
    assert not (world.root / ".git" / "nearmiss").exists()
    assert not (world.root / ".git" / "index.lock").exists()


@pytest.mark.parametrize(
    "path",
    [
        "", "/a", "a/", "a//b", "../a", "a/../b", ".", "./a", ".git/config", "a/.GIT/x", ".git./x", "git~1/x",
        "ä", "a\nb", "a\x1b", "a\\b", "a\0b", "\udcff", "a\u2028b",
    ],
)  # fmt: skip
def test_paths_that_lead_astray_are_refused(world: World, path: str) -> None:
    """Only plain relative paths outside of `.git` are written; a refusal changes nothing."""
    before = world.state()
    with pytest.raises(BadPathError):
        world.commit({path: b"x"})
    assert world.state() == before


@pytest.mark.parametrize("files", [{"a": b"1", "a/b": b"2"}, {"x/y": b"1"}, {"d": b"1"}, {"d": None}, {"x/y/z": None}])
def test_a_file_and_a_folder_cannot_share_a_name(world: World, files: dict[str, bytes | None]) -> None:
    """A file where a folder is, or a folder where a file is, is refused."""
    world.commit({"x": b"1", "d/e": b"2"})
    before = world.state()
    with pytest.raises(BadPathError):
        world.commit(files)
    assert world.state() == before


@pytest.mark.parametrize(
    "branch",
    ["", "-x", "a b", "a..b", "a.lock", "a.lock/b", "/a", "a/", "a//b", ".a", "a/.b", "a.", "@", "a@{b", "HEAD", "a\nb",
     "a~", "a^", "a:b", "a?", "a*", "a[", "a\\", "a\0", "\udcff"],
)  # fmt: skip
def test_names_that_no_branch_can_have_are_refused(world: World, branch: str) -> None:
    """What git would not take for a branch is refused before anything is written."""
    first = world.commit({"a": b"1"})
    before = world.state()
    with pytest.raises(BranchNameError):
        _commit(world, branch=branch, expected=None, parents=[first], files={"a": b"2"})
    with pytest.raises(BranchNameError):
        world.repository.delete_branch(branch, expected=first)
    assert world.state() == before


def test_a_branch_below_another_is_refused_in_gits_words(world: World) -> None:
    """Where `x` is a branch, `x/y` cannot be one; git's reason is passed on."""
    first = world.commit({"a": b"1"})
    with pytest.raises(GitFailedError, match="exists"):
        world.commit({"a": b"2"}, branch="main/sub", parents=(first,))
    assert world.repository.branches() == {"main": first}


@pytest.mark.parametrize(
    "name, email",
    [("", "a@b"), (" ", "a@b"), ("A", ""), ("A\nB", "a@b"), ("A", "a@b>"), ("A<", "a@b"), ("A\0", "a@b"),
     ("\x1b[1m", "a@b"),      ("A\u2028", "a@b"), ("\udcff", "a@b")],
)  # fmt: skip
def test_people_who_cannot_stand_in_a_commit_are_refused(world: World, name: str, email: str) -> None:
    """Names and addresses that would break a commit, or a terminal, are refused and nothing is written."""
    before = world.state()
    with pytest.raises(BadIdentityError):
        world.commit({"a": b"1"}, stamp=Stamp(identity=Identity(name=name, email=email), when=WHEN))
    assert world.state() == before


@pytest.mark.parametrize("message", ["a\0b", "\udcff"])
def test_messages_that_are_no_text_are_refused(world: World, message: str) -> None:
    """A message that git would cut short is refused."""
    with pytest.raises(BadMessageError):
        world.commit({"a": b"1"}, message=message)


@pytest.mark.parametrize("when", [datetime(2026, 1, 1), datetime(1969, 1, 1, tzinfo=UTC)])  # noqa: DTZ001 - the fault itself
def test_instants_that_git_cannot_hold_are_a_fault_of_the_caller(world: World, when: datetime) -> None:
    """A time without an offset, or before 1970, is never written."""
    with pytest.raises(ValueError, match="instants"):
        world.commit({"a": b"1"}, stamp=stamp_of("A", "a@b", when))


@pytest.mark.parametrize("parents", [("1" * 40,), ("main",), ("--all",)])
def test_parents_that_are_not_there_are_refused(world: World, parents: tuple[str, ...]) -> None:
    """A parent is a whole id of a commit that exists."""
    first = world.commit({"a": b"1"})
    with pytest.raises(MissingObjectError):
        _commit(world, branch="new", expected=None, parents=list(parents), files={"a": b"2"})
    with pytest.raises(NearMissError):
        _commit(world, branch="new", expected=None, parents=[first, "1" * 40], files={"a": b"2"})
    assert world.repository.branches() == {"main": first}


def test_a_checked_out_branch_only_goes_on_from_where_it_is(world: World) -> None:
    """Under a checkout, a branch never jumps: the first parent is what it was."""
    first = world.commit({"a": b"1"})
    second = world.commit({"a": b"2"})
    with pytest.raises(BranchInUseError):
        _commit(world, branch="main", expected=second, parents=[first], files={"a": b"3"})
    world.git("checkout", "-q", "--orphan", "new")
    with pytest.raises(BranchInUseError):
        _commit(world, branch="new", expected=None, parents=[first], files={"a": b"3"})
    assert world.repository.branches() == {"main": second}


def test_a_merge_takes_entries_of_both_sides(world: World) -> None:
    """A merge commit holds what its entries say, with all its parents, and the checkout follows."""
    root = world.commit({"a": b"1", "gone": b"x"})
    side = world.commit({"b/c": b"2", "gone": None}, branch="side", parents=(root,))
    (world.root / "ünï").write_bytes(b"u")
    world.git("add", "ünï")
    world.git("update-index", "--chmod=+x", "ünï")
    tip = world.git("commit-tree", "-p", root, "-m", "x", world.git("write-tree"))
    world.git("reset", "-q", "--hard")
    entries: dict[str, TreeEntry | None] = {entry.path: entry for entry in world.repository.tree(side).entries("b/")}
    entries |= {entry.path: entry for entry in world.repository.tree(tip).entries("ünï")}
    merge = world.repository.merge_commit(
        branch="main",
        expected=root,
        parents=[root, side, tip],
        entries=entries | {"gone": None},
        message="Merge",
        author=stamp_of("A", "a@b"),
        committer=stamp_of("A", "a@b"),
    )
    assert world.git("rev-list", "--parents", "-1", "main").split() == [merge, root, side, tip]
    assert [(entry.mode, entry.path) for entry in world.repository.tree(merge).entries()] == [
        ("100644", "a"), ("100644", "b/c"), ("100755", "ünï"),
    ]  # fmt: skip
    assert world.git("status", "--porcelain") == ""
    assert (world.root / "ünï").stat().st_mode & 0o111
    assert not (world.root / "gone").exists()


@pytest.mark.parametrize(
    "entry, error",
    [
        (TreeEntry(mode="120000", oid="1" * 40, path="x"), UnsupportedModeError),
        (TreeEntry(mode="160000", oid="1" * 40, path="x"), UnsupportedModeError),
        (TreeEntry(mode="100644", oid=None, path="x"), MissingObjectError),
        (TreeEntry(mode="100644", oid="main", path="x"), MissingObjectError),
        (TreeEntry(mode="100644", oid="1" * 40, path="x"), NearMissError),
    ],
)
def test_a_merge_refuses_what_is_no_file(world: World, entry: TreeEntry, error: type[NearMissError]) -> None:
    """Links, submodules and objects that are not there do not come in through a merge."""
    first = world.commit({"a": b"1"})
    before = world.state()
    with pytest.raises(error):
        world.repository.merge_commit(
            branch="main",
            expected=first,
            parents=[first],
            entries={"x": entry},
            message="m",
            author=stamp_of("A", "a@b"),
            committer=stamp_of("A", "a@b"),
        )
    assert world.state() == before


def test_a_merge_refuses_an_entry_that_is_a_commit(world: World) -> None:
    """What a tree names must be of the kind that its mode says."""
    first = world.commit({"a": b"1"})
    with pytest.raises(NearMissError):
        world.repository.merge_commit(
            branch="main",
            expected=first,
            parents=[first],
            entries={"x": TreeEntry(mode="100644", oid=first, path="x")},
            message="m",
            author=stamp_of("A", "a@b"),
            committer=stamp_of("A", "a@b"),
        )
    assert world.repository.branches() == {"main": first}


def test_a_branch_is_deleted_where_it_is_expected(world: World) -> None:
    """A branch goes only from where it was seen, and never while it is checked out."""
    first = world.commit({"a": b"1"})
    second = world.commit({"a": b"2"}, branch="x", parents=(first,))
    with pytest.raises(LostRaceError):
        world.repository.delete_branch("x", expected=first)
    with pytest.raises(BranchInUseError):
        world.repository.delete_branch("main", expected=first)
    with pytest.raises(LostRaceError):
        world.repository.delete_branch("gone", expected=first)
    world.repository.delete_branch("x", expected=second)
    assert world.repository.branches() == {"main": first}


def test_a_branch_locked_by_another_git_is_told(world: World) -> None:
    """A lock on the branch is named, and neither checkout nor index moved."""
    first = world.commit({"a": b"1"})
    lock = world.root / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    before = world.state()
    with pytest.raises(LockedError) as refused:
        world.commit({"a": b"2"})
    assert refused.value.lock == str(lock)
    assert world.state() == before
    lock.unlink()
    assert world.commit({"a": b"2"}) != first


def test_a_reference_store_that_cannot_be_written_changes_nothing(world: World) -> None:
    """Where git cannot write the reference, all stays as it was."""
    world.commit({"a": b"1"})
    world.git("pack-refs", "--all")
    heads = world.root / ".git" / "refs" / "heads"
    heads.rmdir()
    heads.write_bytes(b"in the way")
    before = world.state()
    with pytest.raises(NearMissError):
        world.commit({"a": b"2"})
    assert world.state() == before


def test_a_disk_that_takes_no_more_changes_nothing(world: World) -> None:
    """When the system stops git from writing its objects, branch, index and files stay, and the error is ours."""
    world.commit({"a": b"1"})
    before = world.state()
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            world.repository.close()
            world.commit({"a": os.urandom(100_000)})
        except NearMissError:
            os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert world.state() == before


@pytest.mark.parametrize(
    "number, error",
    [
        (28, DiskFullError), (122, DiskFullError), (30, ReadOnlyRepositoryError), (13, ReadOnlyRepositoryError),
        (5, DiskFailedError),
    ],
)  # fmt: skip
def test_what_the_disk_refuses_is_said_in_a_sentence(number: int, error: type[NearMissError]) -> None:
    """A full or read-only disk is told as such, anything else in the system's words."""
    with pytest.raises(error), storing():
        raise OSError(number, "reason", "/place")


def _commit(
    world: World, *, branch: str, expected: str | None, parents: list[str], files: dict[str, bytes | None]
) -> str:
    by = stamp_of("A", "a@b")
    return world.repository.commit(
        branch=branch, expected=expected, parents=parents, files=files, message="m", author=by, committer=by
    )
