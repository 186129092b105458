"""What tests of the policy share: the world under this repository's own rules."""

from __future__ import annotations

import pytest

from tests.policy.builder import World, standard_world


@pytest.fixture(scope="session")
def world() -> World:
    """Return the standard world. It is frozen, so every test may have the same."""
    return standard_world()
