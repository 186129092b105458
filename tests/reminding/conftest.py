"""What the tests of reminding share: registers with a cast, as the use cases have them."""

from __future__ import annotations

from tests.engine.conftest import scene, walked

__all__ = ["scene", "walked"]
