"""What people read of every fault, compared in full with the page that was read and found good."""

from __future__ import annotations

from itertools import zip_longest

import pytest

from tests.policy.sentences import PAGE, chapters


def written(chapter: str) -> list[str]:
    """Return the lines of a chapter of the page."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"## {chapter}\n")
    return rest.partition("\n## ")[0].splitlines()


@pytest.mark.parametrize("chapter", chapters())
def test_every_sentence(chapter: str) -> None:
    """Of every fault the verdict, the step, the sentence, its place and the way on are what the page says."""
    for now, then in zip_longest(chapters()[chapter](), written(chapter)):
        assert now == then
