"""Tree objects taken apart: whatever names a forged one holds, none of them leads elsewhere."""

from __future__ import annotations

import pytest

from nearmiss.vcs.errors import BrokenObjectError
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
