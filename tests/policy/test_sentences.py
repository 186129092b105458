"""What people read of every fault, compared in full with the page that was read and found good."""

from __future__ import annotations

from tests.policy.sentences import PAGE, page


def test_every_sentence() -> None:
    """Of every fault the verdict, the step, the sentence, its place and the way on are what the page says."""
    assert "\n".join(page()) + "\n" == PAGE.read_text(encoding="utf-8")
