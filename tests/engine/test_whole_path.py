"""A record's whole way, from the report to the lesson, by branches, sign-offs and merges."""

from __future__ import annotations

import pytest

from tests.engine.scene import Scene


@pytest.mark.parametrize("level", ["minimal", "low", "medium", "high", "very-high"])
def test_a_record_of_every_level_reaches_verified_and_the_register_stays_sound(scene: Scene, level: str) -> None:
    """At each level the four steps, each proposed, signed by as many as it asks for and merged, lead to verified."""
    record = scene.walk(level=level)
    assert scene.state(record) == "verified"
    checked = scene.check()
    assert (checked.verdict, checked.findings) == ("pass", ())
    assert scene.git("status", "--porcelain") == ""
