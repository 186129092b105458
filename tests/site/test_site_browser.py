"""The built site in a real browser: nothing runs from record text, nothing leaves, nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from tests.site.browser import Watched, needs_browser
from tests.site.browser import served as at_address

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

pytestmark = needs_browser

ATTACK = (
    "Findme <script>window.pwned=1</script><img src=https://evil.example/x onerror=window.pwned=1>"
    "<svg onload=window.pwned=1> [a](javascript:window.pwned=1) </title><script>window.pwned=1</script> "
    "&lt;img src=x onerror=window.pwned=1&gt; {{ 7*7 }} " + "W" * 180
)
PAGES = (
    "index.html",
    "how-to-report.html",
    "lessons/index.html",
    "lessons/by-classification.html",
    "lessons/by-cause/method.html",
    "lessons/2026/NM-2026-7QTST.html",
)


@pytest.fixture
def site(make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path]) -> Path:
    """A site whose records and vocabulary hold the worst texts."""
    record = make_record(
        **dict.fromkeys(
            (
                "report__what_happened",
                "report__what_could_have_happened",
                "report__what_stopped_it__how",
                "action_plan__effectiveness__metric",
                "action_plan__effectiveness__baseline",
                "lesson__headline",
                "lesson__vulnerability",
                "lesson__change",
                "lesson__do_this",
            ),
            ATTACK,
        )
    )
    record["lesson"]["applies_to"] = [ATTACK]
    for cause in record["root_cause"]["causes"]:
        cause["statement"] = ATTACK
    chain = [{"id": f"C{n}", "explains": f"C{n - 1}", "level": "root", "statement": ATTACK} for n in range(3, 12)]
    record["root_cause"]["causes"] += chain
    entry = {"label": {"en": ATTACK}, "help": {"en": ATTACK}}
    vocabulary = {"classification": {"safety": entry}, "cause-category": {"method": entry}, "area": {"shipping": entry}}
    return build(make_data(record, vocabulary=vocabulary))


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The site at an address."""
    with at_address(site, policy="") as address:
        yield address


@pytest.mark.parametrize("width, scheme", [(390, "light"), (390, "dark"), (1280, "light")])
def test_pages_are_inert_quiet_and_fit(served: str, browser: Any, width: int, scheme: str) -> None:
    """On a phone and on a screen: no script from text runs, no other host is asked, no error, no sideways scrolling."""
    visit = Watched(browser, width=width, color_scheme=scheme)
    for page in PAGES:
        visit.tab.goto(served + page, wait_until="networkidle")
        assert visit.tab.evaluate("window.pwned") is None, page
        assert visit.tab.evaluate("document.documentElement.scrollWidth") <= width, page
    assert visit.said == []
    assert [url for url in visit.asked if not url.startswith((served, "data:"))] == []
    assert len(visit.asked) > len(PAGES)
    visit.context.close()


def test_the_site_opens_from_a_folder(site: Path, browser: Any) -> None:
    """A double click on index.html is enough: pages and links work without a server."""
    visit = Watched(browser, width=390)
    visit.tab.goto(f"file://{site}/index.html", wait_until="load")
    visit.tab.locator(".nm-card a").first.click()
    visit.tab.wait_for_url("**/lessons/2026/NM-2026-7QTST.html")
    assert visit.tab.evaluate("window.pwned") is None
    assert visit.said == []
    assert [url for url in visit.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    visit.context.close()


WHERE = """
(words) => {
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.data.indexOf(words);
    if (at < 0) continue;
    return [at, at + words.length - 1].map((place) => {
      const range = document.createRange();
      range.setStart(walk.currentNode, place);
      range.setEnd(walk.currentNode, place + 1);
      return range.getBoundingClientRect().left;
    });
  }
}
"""
"""Where the first and the last character of words stand."""


def test_a_paragraph_runs_the_way_its_language_does(
    make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path], browser: Any
) -> None:
    """Hebrew begins at the right, with its full stop at the left, also beside English; English stays as it was."""
    hebrew, english = "\u05d4\u05e0\u05d2\u05e8\u05e8 Dock 3 \u05d6\u05d6.", "The trailer moved."
    record = make_record(report__what_happened=hebrew, report__what_could_have_happened=english)
    with at_address(build(make_data(record)), policy="") as address:
        visit = Watched(browser, width=390)
        visit.tab.goto(f"{address}lessons/2026/NM-2026-7QTST.html")
        first, last = visit.tab.evaluate(WHERE, hebrew)
        assert first > last
        first, last = visit.tab.evaluate(WHERE, english)
        assert first < last
        visit.context.close()
