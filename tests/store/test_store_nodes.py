"""The nodes of a document: what an edit may take for untouched, and what it would lose."""

from __future__ import annotations

import pytest

from nearmiss.store.nodes import find, has_comments, parse


@pytest.mark.parametrize(
    "text, commented",
    [
        ("a:\n  b: 1\n  c: [2, '#']\n", False),
        ('a: "#"\n', False),
        ("a: b#c\n", False),
        ("a:\n  b: |-\n    # text\n", False),
        ("a:\n  b: 1\n# of the next\nc: 2\n", False),
        ("a:\n  b: 1 # x\n", True),
        ("a:\n  # x\n  b: 1\n", False),
        ("a:\n  b: 1\n  # x\n  c: 1\n", True),
        ("a:\n  b: |- # x\n    c\n", True),
        ("a: [1, # x\n  2]\n", True),
        ("a: [] # x\n", True),
    ],
)
def test_comments_inside_a_value_are_seen(text: str, commented: bool) -> None:  # noqa: FBT001 - a column of the table
    """A comment from a value's first character to the end of its last line is seen; a hash in text is none."""
    assert has_comments(text, find(parse(text), ("a",))) is commented
