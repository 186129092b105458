"""What the tests of the sections' forms share: the policy that comes with the program, and registers of their own."""

from __future__ import annotations

import pytest

from nearmiss.policy.version import PolicyVersion
from tests.engine.conftest import scene, scene_of, walked
from tests.policy.builder import standard_world

__all__ = ["scene", "scene_of", "walked"]


@pytest.fixture(scope="session")
def shipped_policy() -> PolicyVersion:
    """The policy that comes with the program, with a cast of people."""
    return standard_world().versions[0]
