"""Tree objects taken apart: whatever names a forged one holds, none of them leads elsewhere."""

from __future__ import annotations

import pytest

from nearmiss.vcs.errors import BrokenObjectError
from nearmiss.vcs.forged import is_in_order
from nearmiss.vcs.trees import Leaf, compose_tree, parse_tree

BLOB = "12" * 20


def tree(*names: bytes) -> bytes:
    """Return a tree object with plain files of these names, in the order given."""
    return b"".join(b"100644 %s\0%s" % (name, bytes.fromhex(BLOB)) for name in names)


ODD = [
    [b"records/2026/11/NM-2026-00001.yaml"],
    [b"/"],
    [b"a/"],
    [b""],
    [b"."],
    [b".."],
    [b".git"],
    [b"a", b"a"],
    [b"a", b"b", b"a"],
    [b"a", b".."],
]


@pytest.mark.parametrize("names", ODD)
def test_a_tree_with_a_name_that_leads_elsewhere_is_broken(names: list[bytes]) -> None:
    """A slash, nothing, the folder itself, the one above, git's own, or a name for the second time."""
    with pytest.raises(BrokenObjectError):
        parse_tree(tree(*names), object_format="sha1")


@pytest.mark.parametrize("names", [[], [b"a"], [b"a", b"b"], [b"...", b".gitignore", b"a b", b"a.git", b"\xff"]])
def test_a_tree_with_plain_names_is_what_it_says(names: list[bytes]) -> None:
    """Names that merely look like those are names, also such as are no text; put together it is the same again."""
    raw = tree(*names)
    entries = parse_tree(raw, object_format="sha1")
    assert entries == dict.fromkeys(names, Leaf("100644", BLOB))
    assert compose_tree(entries) == raw


def listing(*paths: str) -> bytes:
    """Return what `git ls-tree -r -t -z` says of files and folders (with a closing slash), in the order given."""
    kinds = [("040000 tree", path[:-1]) if path.endswith("/") else ("100644 blob", path) for path in paths]
    return b"".join(f"{kind} {BLOB}\t{path}\0".encode() for kind, path in kinds)


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["a"],
        ["a.b", "a/", "a/b", "a0"],
        ["a-", "a/", "a/a/", "a/a/a", "a/b", "b"],
        ["a\tb", "a\nb"],
    ],
)
def test_a_listing_in_the_order_of_git_is_in_order(paths: list[str]) -> None:
    """A folder sorts as if its name ended in a slash: `a.b` comes before what is in `a`, and `a0` after."""
    assert is_in_order(listing(*paths))


@pytest.mark.parametrize(
    "paths",
    [
        ["b", "a"],
        ["a", "a"],
        ["a/", "a/b", "a/b"],
        ["a/", "a/b", "a/", "a/c"],
        ["a/b"],
        ["a/", "a/b", "c/d"],
        ["a/", "a/"],
        ["a0", "a/", "a/b"],
        ["a/", "a/b/c"],
    ],
)
def test_a_listing_that_no_git_would_write_is_not(paths: list[str]) -> None:
    """Out of order, a name or a folder twice, a whole path as a name, and a name that is empty."""
    assert not is_in_order(listing(*paths))
