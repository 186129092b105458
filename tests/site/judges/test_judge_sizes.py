"""The site in large letters, without a script, and on paper."""

from __future__ import annotations

import pytest

from tests.site.judges.conftest import Open
from tests.site.judges.judged import Judged

pytestmark = pytest.mark.browser


def test_everything_can_be_read_without_a_script(judged: Judged, visit: Open) -> None:
    """Where no script runs, each kind of page has a heading, words and links, and nothing scrolls sideways."""
    here = visit(width=390, java_script_enabled=False)
    for page in judged.examples:
        here.tab.goto(here.address + page, wait_until="load")
        assert here.tab.locator("h1").first.is_visible(), page
        assert here.tab.locator(".md-header__title").first.is_visible(), page
    assert here.foreign() == []
