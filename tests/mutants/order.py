"""Have the test that notices most run first, so that most mutants die in a second."""

from __future__ import annotations

import pytest

FIRST = ("test_sentences.py", "test_what_is_signed.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that compare whole pages before all others."""
    items.sort(key=lambda item: item.path.name not in FIRST)
