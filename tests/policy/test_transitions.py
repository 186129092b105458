"""The way of a record: each transition of the workflow, what it needs at each level, and where it may start."""

from __future__ import annotations

import pytest

from tests.policy.builder import RISKS, World

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")


@pytest.mark.parametrize("level", RISKS)
def test_whole_way(world: World, level: str) -> None:
    """A complete record of every level travels from report to verified, one signed step at a time."""
    case = world.case(level).travel(*FORWARD)

    assert case.state == "verified"
    assert case.steps == 4
