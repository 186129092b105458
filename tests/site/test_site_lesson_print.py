"""A lesson on paper and its buttons, in a real browser: one sheet whatever is in it, and a link that can be copied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from tests.site.browser import chromium, needs_browser

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

pytestmark = needs_browser

LONG = "The trailer stood at the dock with its doors open, and nobody had chocked it, as on many days before. " * 60


@pytest.fixture
def tab(make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path]) -> Iterator[Callable[[str], Any]]:
    """Return a function that opens the page of a lesson, from disk, of a site with a short, a bare and a long one."""
    long = make_record(
        id="NM-2026-00002",
        report__what_happened=LONG,
        lesson__change=LONG,
        lesson__vulnerability=LONG,
        lesson__do_this=LONG,
    )
    for cause in long["root_cause"]["causes"]:
        cause["statement"] = LONG
    bare = make_record(id="NM-2026-00001", root_cause=None, action_plan=None, verification=None, progress=None)
    site = build(make_data(make_record(), bare, long))
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 844})

        def visit(record_id: str) -> Any:
            page.goto((site / f"lessons/2026/{record_id}.html").as_uri())
            return page

        yield visit


def test_a_lesson_is_one_sheet_and_can_be_passed_on(tab: Callable[[str], Any]) -> None:
    """On A4 and on Letter, short, bare or far too long: one page, with room for notes; and the button copies."""
    for record_id in ("NM-2026-7QTST", "NM-2026-00001", "NM-2026-00002"):
        page = tab(record_id)
        assert page.locator(".nm-briefing").is_hidden()
        for paper in ("A4", "Letter"):
            pdf = page.pdf(format=paper)
            assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, (record_id, paper)
        page.emulate_media(media="print")
        shown = [part for part in (".nm-briefing", ".nm-minute", "#what-happened") if page.locator(part).is_visible()]
        assert shown == [".nm-briefing", ".nm-minute", "#what-happened"]
        assert page.locator(".nm-share").is_hidden()
        page.emulate_media(media="null")
    page = tab("NM-2026-7QTST")
    assert page.locator(".nm-share__link").is_hidden()
    page.evaluate("navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }")
    page.evaluate("navigator.share = undefined")
    page.get_by_role("button", name="Share or copy the link").click()
    page.get_by_text("The link is copied.").wait_for()
    assert page.evaluate("globalThis.copied").endswith("/lessons/2026/NM-2026-7QTST.html")
