"""The tree of a commit: what is listed, found and alike without git's help is what git itself lists."""

from __future__ import annotations

import random

import pytest

from nearmiss.engine.ports import TreeEntry
from nearmiss.vcs.commit_tree import FEW_FOLDERS, CommitTree
from nearmiss.vcs.objects import Objects, in_order
from tests.vcs.worlds import World

ZERO = "1" * 40
RECORD = "records/2026/11/NM-2026-7Q4K2.yaml"
FOLDER = "records/2026/11/NM-2026-7Q4K2"


def tree_with(world: World, lines: list[str]) -> str:
    """Commit a tree of modes, contents and paths as a person's index can hold it, and return the commit."""
    for line in lines:
        mode, said, path = line.split(" ", 2)
        oid = said if mode == "160000" else world.git("hash-object", "-w", "--stdin", stdin=said.encode())
        world.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    return world.git("commit-tree", "-m", "x", world.git("write-tree"))


@pytest.fixture
def register(world: World) -> str:
    """A commit with everything that a tree can hold, and with a few months of records."""
    lines = [f"100644 x records/2026/{month:02}/NM-2026-0000{month}.yaml" for month in range(1, 9)]
    lines += [f"100644 x records/2026/01/NM-2026-0001{n}/sign-offs/{n}.yaml" for n in range(9)]
    lines += [
        f"100644 x {RECORD}",
        f"100644 y {FOLDER}/sign-offs/01-a--b.yaml",
        f"100755 z {FOLDER}/attachments/Dock.jpg",
    ]
    lines += [
        "120000 to records/2026/10",
        f"160000 {ZERO} records/2025",
        "100644 ü notes/Größe.txt",
        "100644 a notes.txt",
    ]
    return tree_with(world, lines)


def listed_by_git(world: World, commit: str, *prefixes: str) -> list[TreeEntry]:
    """Return what git lists under prefixes."""
    said = world.git("ls-tree", "-r", "-z", commit, "--", *(prefix.rstrip("/") for prefix in prefixes))
    found = []
    for line in said.split("\0")[:-1]:
        facts, path = line.split("\t")
        mode, _, oid = facts.split(" ")
        found.append(TreeEntry(mode=mode, oid=oid, path=path))
    return in_order(found, prefixes)


def test_a_listing_is_gits_own(world: World, register: str) -> None:
    """Whatever is asked for, folders, files, links in the place of folders, or nothing, git lists the very same."""
    tree = world.repository.tree(register)
    paths = [entry.path for entry in tree.entries()]
    prefixes = {"/".join(path.split("/")[:depth]) for path in paths for depth in range(1, 6)}
    asked = sorted({*prefixes, *(f"{prefix}/" for prefix in prefixes), "nowhere", "records/2026/10/x", f"{RECORD}/x"})
    for prefix in asked:
        assert tree.entries(prefix) == listed_by_git(world, register, prefix), prefix
    chance = random.Random(7)  # noqa: S311 - the same choices each time, no secret
    for _ in range(20):
        some = chance.sample(asked, 3)
        assert tree.entries(*some) == listed_by_git(world, register, *some), some


def test_git_lists_what_lies_in_many_folders(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few folders are read by asking for each; of more, or of ways that lead elsewhere, git makes the list."""
    files = {f"a/{number:03}/x": b"x" for number in range(FEW_FOLDERS + 2)}
    tree = world.repository.tree(world.commit(files))
    lists, whole = [], Objects.listing

    def listing(self: Objects, tree: str, prefixes: list[str]) -> list[TreeEntry]:
        lists.append(list(prefixes))
        return whole(self, tree, prefixes)

    monkeypatch.setattr(Objects, "listing", listing)
    assert len(tree.entries("a/")) == len(files)
    assert [entry.path for entry in tree.entries("a/001", "a/002/")] == ["a/001/x", "a/002/x"]
    assert [entry.path for entry in tree.entries("a//001")] == ["a/001/x"]
    assert lists == [["a/"], ["a//001"]]


def test_a_name_is_found_so_many_folders_below(world: World, register: str) -> None:
    """Files and folders of a name are found in every month, in whatever case, and nowhere else."""
    tree = world.repository.tree(register)
    names = ("nm-2026-7q4k2", "NM-2026-7Q4K2.YAML", "NM-2026-00003.yaml", "x")
    expected = ["records/2026/03/NM-2026-00003.yaml", FOLDER, RECORD]
    assert tree.found("records/", names, depth=2) == expected
    assert tree.found("records/", ["01-a--b.yaml"], depth=2) == []
    assert tree.found("records/2026", ["01-a--b.yaml"], depth=3) == [f"{FOLDER}/sign-offs/01-a--b.yaml"]
    assert tree.found("notes.txt", ["x"], depth=0) == []
    assert tree.found("nowhere", ["x"], depth=2) == []


def test_files_that_differ_in_case_are_found(world: World) -> None:
    """A path is compared name by name, signs beyond ASCII too; folders are no files, and the top one is as it is."""
    lines = [f"100644 x records/a/{name}" for name in ("Dock.jpg", "dock.JPG", "DOCK.jpg/x", "GRÖSSE", "größe")]
    tree = world.repository.tree(
        tree_with(world, [*lines, "100644 x Records/a/dock.jpg", "100644 x records/A/dock.jpg"])
    )
    assert tree.alike("records/a/dock.jpg") == ["records/A/dock.jpg", "records/a/Dock.jpg", "records/a/dock.JPG"]
    assert tree.alike("records/a/GRÖßE") == ["records/a/GRÖSSE", "records/a/größe"]
    assert tree.alike("records/a/x/dock.jpg") == []
    assert tree.alike("nowhere/x") == []


def forged(world: World, *entries: tuple[str, str, str]) -> str:
    """Write a tree object that no git would write, of modes, names and object ids."""
    raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(oid) for mode, name, oid in entries)
    return world.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=raw)


def test_of_a_tree_that_no_git_wrote_git_tells(world: World) -> None:
    """Where a tree holds a name twice, what is listed, found and alike is what git itself makes of it."""
    blob = world.git("hash-object", "-w", "--stdin", stdin=b"x")
    month = forged(world, ("100644", "A.yaml", blob), ("100644", "b.yaml", blob), ("100644", "b.yaml", blob))
    top = month
    for name in ("11", "2026", "records"):
        top = forged(world, ("40000", name, top))
    commit = world.git("commit-tree", "-m", "x", top)
    tree = world.repository.tree(commit)
    expected = ["records/2026/11/A.yaml", "records/2026/11/b.yaml", "records/2026/11/b.yaml"]
    assert [entry.path for entry in tree.entries("records/2026/11/")] == expected
    assert tree.found("records", ["a.yaml", "B.yaml"], depth=2) == expected[:2]
    assert tree.alike("records/2026/11/a.YAML") == expected[:1]


def test_a_mode_that_no_git_writes_is_left_to_git(world: World) -> None:
    """A file of an odd mode is listed as git shows it."""
    blob = world.git("hash-object", "-w", "--stdin", stdin=b"x")
    commit = world.git("commit-tree", "-m", "x", forged(world, ("100600", "a", blob), ("100644", "b", blob)))
    tree = world.repository.tree(commit)
    assert isinstance(tree, CommitTree)
    assert tree.entries("a") == listed_by_git(world, commit, "a")
