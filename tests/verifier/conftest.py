"""Registers to be verified: each a copy of its own, made by the use cases."""

from __future__ import annotations

from tests.engine.conftest import scene, walked

__all__ = ["scene", "walked"]
