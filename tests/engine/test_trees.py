"""Trees that are not in git: the result of a merge, and a tree with files about to be written."""

from __future__ import annotations

from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.trees import EmptyTree, Overlay, WithFiles
from tests.engine.scene import Scene


def entry(scene: Scene, path: str, revision: str) -> TreeEntry:
    """Return a file's entry in a commit."""
    return scene.repository.tree(scene.rev(revision)).entries(path)[0]


def test_a_result_takes_each_path_from_the_side_that_changed_it(scene: Scene) -> None:
    """What was removed is gone, what was changed is the other side's, all else is the base's."""
    scene.commit_files({"a.txt": "a", "b.txt": "b"}, branch="main")
    scene.commit_files({"a.txt": "other", "new.txt": "n", "b.txt": None}, branch="side")
    base = scene.repository.tree(scene.rev("main"))
    taken = {"a.txt": entry(scene, "a.txt", "side"), "new.txt": entry(scene, "new.txt", "side"), "b.txt": None}
    result = Overlay(base, taken, scene.desk("o.haddad").read_blob)
    assert [one.path for one in result.entries("a.txt", "b.txt", "new.txt")] == ["a.txt", "new.txt"]
    assert dict(result.read_many(["a.txt", "b.txt", "new.txt"])) == {"a.txt": b"other", "new.txt": b"n"}
    assert result.read(".gitignore") == b"site/_build/\n"
    assert [one.path for one in result.entries("workflow/policy/instance.yaml")] == ["workflow/policy/instance.yaml"]


def test_a_result_is_read_by_object_and_never_by_walking(scene: Scene) -> None:
    """What is judged at a path is the object that a merge would put there, whatever else has that name."""
    scene.commit_files({"a.txt": "base", "b.txt": "other"}, branch="main")
    read: list[str] = []

    def read_blob(oid: str) -> bytes:
        read.append(oid)
        return scene.desk("o.haddad").read_blob(oid)

    other = entry(scene, "b.txt", "main")
    assert other.oid
    laid = {path: TreeEntry(mode=other.mode, oid=other.oid, path=path) for path in ("a.txt", "c/d.txt")}
    result = Overlay(scene.repository.tree(scene.rev()), {**laid, "b.txt": None}, read_blob)
    assert [result.read(path) for path in ("a.txt", "c/d.txt", "b.txt", "c")] == [b"other", b"other", None, None]
    assert read == [other.oid, other.oid]
    assert [one.path for one in result.entries("c/")] == ["c/d.txt"]


def test_files_about_to_be_written_are_seen_before_they_are() -> None:
    """Written, removed or untouched; those to be written have no object yet."""
    base = WithFiles(EmptyTree(), {"a/one": b"1", "a/two": b"2"})
    laid = WithFiles(base, {"a/two": None, "a/three": b"3", "b": b"4"})
    assert [(one.path, one.oid) for one in laid.entries("a/")] == [("a/one", None), ("a/three", None)]
    assert [one.path for one in laid.entries()] == ["a/one", "a/three", "b"]
    assert dict(laid.read_many(["a/one", "a/two", "b", "none"])) == {"a/one": b"1", "b": b"4"}


def test_an_empty_tree_has_nothing() -> None:
    """What a repository is before its first commit."""
    tree = EmptyTree()
    assert (tree.entries("a/"), tree.read("a"), list(tree.read_many(["a"]))) == ((), None, [])
