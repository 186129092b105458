"""The working tree as a set of files, whatever the index was told about it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.engine.trees import under
from nearmiss.vcs.errors import UnreadableFileError
from nearmiss.vcs.files import WorkingFiles
from nearmiss.vcs.worktree import WorkingTree
from tests.vcs.worlds import World


def listed(world: World, *prefixes: str) -> dict[str, tuple[str, bool]]:
    """Return mode, and whether the object id is known, by path."""
    tree = world.repository.working_tree()
    return {entry.path: (entry.mode, entry.oid is not None) for entry in tree.entries(*prefixes)}


def test_unchanged_files_carry_their_object_id(world: World) -> None:
    """What is as the index has it carries its id; what changed, or is new, does not; what is gone is not listed."""
    first = world.commit({"same": b"1", "changed": b"1", "gone": b"1", "d/x": b"1"})
    (world.root / "changed").write_bytes(b"22")
    (world.root / "gone").unlink()
    (world.root / "new").write_bytes(b"3")
    tree = world.repository.working_tree()
    ids = {entry.path: entry.oid for entry in world.repository.tree(first).entries()}
    assert [(entry.path, entry.oid) for entry in tree.entries()] == [
        ("changed", None),
        ("d/x", ids["d/x"]),
        ("new", None),
        ("same", ids["same"]),
    ]
    assert dict(tree.read_many(["new", "gone", "same", "nowhere/x", "changed", "d"])) == {
        "new": b"3", "same": b"1", "changed": b"22",
    }  # fmt: skip
    assert listed(world, "d/", "new") == {"d/x": ("100644", True), "new": ("100644", False)}


@pytest.mark.parametrize(
    "prefixes",
    [("d/",), ("d",), ("d/x",), ("d/x/", "d/x"), ("d/x/", "d/"), ("d/u/",), ("d.y", "d0"), ("e/",), ("d/y/z",)],
)
def test_a_tree_that_was_listed_once_lists_the_same(world: World, prefixes: tuple[str, ...]) -> None:
    """What lies under a prefix is found in the list that is there, whatever sorts beside a folder."""
    names = ["d/x/1", "d/x/2", "d/x-1", "d/x.1", "d/x0", "d/u/1", "d/y", "d-", "d.y", "d0", "c", "e"]
    world.commit({name: name.encode() for name in names})
    for name in ("d/x/new", "d/x/é", "d/é"):
        (world.root / name).write_bytes(b"1")
    (world.root / "d/y").unlink()

    tree = world.repository.settled_tree("d", "d/", "d.y", "d0", "e/")

    everything = world.repository.working_tree().entries()
    assert list(tree.entries(*prefixes)) == [entry for entry in everything if under(entry.path, prefixes)]


@pytest.mark.parametrize(
    "does, is_same",
    [
        (lambda _root: None, True),
        (lambda root: os.utime(root / "d/a", (5, 5)), True),
        (lambda root: (root / "d/a").write_bytes(b"2"), False),
        (lambda root: (root / "d/a").unlink(), False),
        (lambda root: (root / "d/c").write_bytes(b"new"), False),
        (lambda root: (root / "d/b").write_bytes(b"yet other"), True),
    ],
    ids=["nothing", "touched", "saved", "removed", "new", "was-no-object-before"],
)
def test_a_listed_tree_knows_what_was_saved_meanwhile(
    world: World, does: Callable[[Path], object], *, is_same: bool
) -> None:
    """A file that is another one when it is read than when it was listed is noticed, whatever its time stamp says."""
    world.commit({"d/a": b"1", "d/b": b"1"})
    (world.root / "d/b").write_bytes(b"other")
    tree = world.repository.settled_tree("d/")
    does(world.root)
    assert tree.is_as_listed
    assert len(list(tree.read_many(["d/a", "d/b", "d/c"]))) >= 1
    assert tree.is_as_listed is is_same
    assert tree.is_as_listed is is_same


def test_a_listed_tree_does_not_forget_what_it_once_read(world: World) -> None:
    """A file that was another one when it was read, and is put back before it is read again, was noticed."""
    world.commit({"d/a": b"1"})
    tree = world.repository.settled_tree("d/")
    for said in (b"2", b"1"):
        (world.root / "d/a").write_bytes(said)
        assert tree.read("d/a") == said
    assert not tree.is_as_listed


def test_a_listed_tree_reads_what_the_checkout_leaves_out(world: World) -> None:
    """A file of a sparse checkout is the object that the index has."""
    world.commit({"d/a": b"1", "d/b": b"2"})
    world.git("sparse-checkout", "set", "--no-cone", "/*", "!/d/b")
    tree = world.repository.settled_tree("d/")
    assert dict(tree.read_many(["d/a", "d/b"])) == {"d/a": b"1", "d/b": b"2"}
    assert tree.is_as_listed


def test_a_touched_file_is_still_unchanged(world: World) -> None:
    """A file with another time stamp and the same content carries its id."""
    world.commit({"a": b"1"})
    os.utime(world.root / "a", (5, 5))
    assert listed(world) == {"a": ("100644", True)}


def test_ignored_files_are_left_out(world: World) -> None:
    """What the repository ignores is not listed; what only the person's own settings ignore is."""
    world.commit({".gitignore": b"*.tmp\n"})
    (world.root.parent / "home" / ".config" / "git").mkdir(parents=True)
    (world.root.parent / "home" / ".config" / "git" / "ignore").write_text("*.swp\n", encoding="utf-8")
    (world.root / "x.tmp").touch()
    (world.root / "x.swp").touch()
    assert set(listed(world)) == {".gitignore", "x.swp"}


def test_links_submodules_and_modes_are_told(world: World) -> None:
    """Links, executables, embedded repositories and pipes in place of files are listed with their modes, unread."""
    world.commit({"plain": b"1", "run": b"1", "pipe": b"1", "folder": b"1", "link": b"1"})
    (world.root / "run").chmod(0o755)
    for name in ("pipe", "folder", "link"):
        (world.root / name).unlink()
    os.mkfifo(world.root / "pipe")
    (world.root / "folder").mkdir()
    (world.root / "link").symlink_to("plain")
    (world.root / "new-link").symlink_to("/etc/passwd")
    world.git("init", "-q", "inner")
    world.git("-C", "inner", "commit", "-q", "--allow-empty", "-m", "x")
    world.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    (world.root / "sub").mkdir()
    tree = world.repository.working_tree()
    assert listed(world) == {
        "inner": ("160000", False),
        "link": ("120000", False),
        "new-link": ("120000", False),
        "pipe": ("000000", False),
        "plain": ("100644", True),
        "run": ("100755", True),
        "sub": ("160000", True),
    }
    assert [tree.read(name) for name in ("link", "new-link", "pipe", "folder", "inner", "sub")] == [None] * 6
    assert tree.read("run") == b"1"


def test_links_on_the_way_lead_nowhere(world: World) -> None:
    """A file below a linked folder is not read, and the link itself is listed."""
    world.commit({"records/a": b"1"})
    (world.root / "records").rename(world.root.parent / "elsewhere")
    (world.root / "records").symlink_to(world.root.parent / "elsewhere")
    assert world.repository.working_tree().read("records/a") is None
    assert listed(world, "records/") == {"records": ("120000", False)}


@pytest.mark.parametrize(
    "path", ["../register/a", "/etc/passwd", ".git/config", "d/../a", "", "a/", ".", "a\0", "d/.GIT/x"]
)
def test_paths_that_lead_out_are_not_read(world: World, path: str) -> None:
    """Only what is below the root and outside of git's folder is read."""
    world.commit({"a": b"1", "d/b": b"1"})
    tree = world.repository.working_tree()
    assert tree.read(path) is None
    assert WorkingFiles(world.root).mode(path) in {None, "040000"}
    assert tree.read("a") == b"1"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_no_flag_hides_what_a_file_holds(world: World, flag: str) -> None:
    """A file that git was told not to look at is judged by its content."""
    world.commit({"a": b"1", "b": b"1"})
    world.git("update-index", flag, "a", "b")
    assert listed(world) == {"a": ("100644", True), "b": ("100644", True)}
    (world.root / "a").write_bytes(b"2")
    assert listed(world) == {"a": ("100644", False), "b": ("100644", True)}
    assert world.repository.working_tree().read("a") == b"2"


def test_settings_that_weaken_gits_look_do_not_count(world: World) -> None:
    """A change of the same size and time is seen, whatever the configuration says of time stamps."""
    world.git("config", "core.checkStat", "minimal")
    world.git("config", "core.trustctime", "false")
    world.git("config", "core.ignoreStat", "true")
    world.commit({"a": b"1"})
    before = (world.root / "a").stat()
    # The system counts changes in steps of some milliseconds: within one, nobody can tell two of them apart.
    while (world.root / "a").stat().st_ctime_ns == before.st_ctime_ns:
        (world.root / "a").write_bytes(b"2")
        os.utime(world.root / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert listed(world) == {"a": ("100644", False)}


def test_files_left_out_of_a_sparse_checkout_are_not_gone(world: World) -> None:
    """What a sparse checkout leaves out is listed and read from the index; what is deleted is not."""
    world.commit({"in/a": b"1", "out/a": b"2", "in/b": b"3"})
    world.git("sparse-checkout", "set", "in")
    (world.root / "in" / "b").unlink()
    tree = world.repository.working_tree()
    assert listed(world) == {"in/a": ("100644", True), "out/a": ("100644", True)}
    assert list(tree.read_many(["out/a", "in/b", "in/a", "out/a", "x"])) == [
        ("out/a", b"2"),
        ("in/a", b"1"),
        ("out/a", b"2"),
    ]


def test_a_conflict_is_one_entry_without_an_id(world: World) -> None:
    """In the midst of a merge conflict the file counts as it lies there."""
    root = world.commit({"a": b"1\n"})
    world.commit({"a": b"2\n"}, branch="x", parents=(root,))
    world.commit({"a": b"3\n"})
    world.git("merge", "x", check=False)
    assert listed(world) == {"a": ("100644", False)}
    assert b"<<<<<<<" in (world.repository.working_tree().read("a") or b"")


def test_where_the_disk_knows_no_executables_git_does(world: World) -> None:
    """With core.fileMode off, the mode is the one that the index has."""
    world.commit({"a": b"1"})
    world.git("config", "core.fileMode", "false")
    (world.root / "a").chmod(0o755)
    (world.root / "a").write_bytes(b"22")
    assert listed(world) == {"a": ("100644", False)}


def test_an_added_but_uncommitted_file_is_known(world: World) -> None:
    """What is staged carries its id; what is only announced does not."""
    (world.root / "a").write_bytes(b"1")
    (world.root / "b").write_bytes(b"1")
    world.git("add", "a")
    world.git("add", "-N", "b")
    assert listed(world) == {"a": ("100644", True), "b": ("100644", False)}


def test_a_file_that_cannot_be_read_is_an_error_and_not_absent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing disk, or missing rights, must not look as if there were no file."""
    world.commit({"d/a": b"1"})
    original = os.open
    broken = [b""]

    def failing(path: object, flags: int, *rest: int, **places: int) -> int:
        if path == broken[0]:
            raise PermissionError(13, "Permission denied")
        return original(path, flags, *rest, **places)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", failing)
    for name in (b"a", b"d"):
        broken[0] = name
        with pytest.raises(UnreadableFileError, match="Permission denied"):
            world.repository.working_tree().read("d/a")


def test_a_file_that_grows_while_it_is_read_comes_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file longer than it was a moment ago is read to its end."""
    world.commit({"a": b"123456"})
    original = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: original(descriptor, min(size, 2)))
    assert world.repository.working_tree().read("a") == b"123456"


def test_a_file_that_vanishes_while_it_is_listed_is_left_out(world: World) -> None:
    """What git has just seen and is gone a moment later is not listed."""
    tree = WorkingTree(world.repository._git, world.repository._objects, world.root)
    assert list(tree._untracked(b"gone\0")) == []


def test_many_prefixes_choose_in_the_working_tree_too(world: World) -> None:
    """However many prefixes are asked for, the same files are found."""
    world.commit({f"records/{number}": b"x" for number in range(100)} | {"other/1": b"x"})
    wanted = [f"records/{number}" for number in range(100) if number % 4]
    assert sorted(listed(world, *wanted)) == sorted(wanted)
