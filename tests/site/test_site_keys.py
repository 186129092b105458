"""Keys of pages: what looks otherwise has another key, and what a page does not show leaves its key alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.site.library import Library
from nearmiss.site.pages import Page, render_page
from nearmiss.site.whole import make_site
from tests.site.conftest import MakeData, MakeRecord

IDS = [f"NM-20{year}-A{number:04}" for year in (24, 25, 26) for number in range(45)]
"""So many that a topic has its newest on its first page, and each year on one of its own."""

CHANGED = IDS[50]
CHANGES: Mapping[str, dict[str, Any]] = {
    "headline": {"lesson__headline": "Another thing to remember"},
    "what to do": {"lesson__do_this": "Do something else."},
    "site": {"report__site": "plant-9"},
    "site without an area": {"report__process_area": None, "report__site": "plant-9"},
    "area": {"report__process_area": "kitchen"},
    "hazard": {"assessment__hazard": "gravity"},
    "classification": {"assessment__classification": "quality"},
    "language": {"report__lang": "de"},
    "what happened": {"report__what_happened": "Something else."},
    "reply": {"assessment__reply": "Thank you."},
}


def reported(make_record: MakeRecord, record_id: str, **changes: Any) -> dict[str, Any]:
    """Return a lesson of the year of its id."""
    return make_record(id=record_id, **{"report__reported_on": f"{record_id[3:7]}-03-21", **changes})


def keyed(data: SiteData, renderer: Renderer, *others: SiteData) -> dict[str, tuple[str, str]]:
    """Return of every page with a key that and what it looks like, by its path."""
    site = make_site(Library(home=data, others=others, words=renderer.words))

    def looks(page: Page) -> str:
        return render_page(page, site, renderer, lambda path: path)

    return {page.path: (page.key, looks(page)) for page in site.pages if page.key}


@pytest.fixture(scope="module")
def renderer(repo_root: Path) -> Renderer:
    """Return what renders pages in English."""
    return Renderer([repo_root / "templates"], language="en")


@pytest.fixture(scope="module")
def before(make_data: MakeData, make_record: MakeRecord, renderer: Renderer) -> dict[str, tuple[str, str]]:
    """Return the pages of many lessons."""
    return keyed(make_data(*[reported(make_record, name) for name in IDS]), renderer)


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_what_looks_otherwise_has_another_key(
    before: dict[str, tuple[str, str]],
    make_data: MakeData,
    make_record: MakeRecord,
    renderer: Renderer,
    change: dict[str, Any],
) -> None:
    """Whatever changes in one of many lessons, no page with the key that it had looks otherwise than it did."""
    # Without an area, its site is among the words that a card shows.
    base = {name: None for name in change if name == "report__process_area" and change[name] is None}
    if base:
        before = keyed(
            make_data(*[reported(make_record, name, **(base if name == CHANGED else {})) for name in IDS]), renderer
        )
    after = keyed(
        make_data(*[reported(make_record, name, **(change if name == CHANGED else {})) for name in IDS]), renderer
    )
    common = before.keys() & after.keys()
    assert common
    stale = [path for path in common if before[path][0] == after[path][0] and before[path][1] != after[path][1]]
    assert stale == []
    assert before[f"lessons/2025/{CHANGED}.md"][0] != after[f"lessons/2025/{CHANGED}.md"][0]


def untouched(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the pages below a topic that have the key that they had."""
    for path, (key, _) in before.items():
        if path.startswith("lessons/by-") and path in after and after[path][0] == key:
            yield path


def test_a_page_of_one_year_stays_where_another_year_changes(
    before: dict[str, tuple[str, str]], make_data: MakeData, make_record: MakeRecord, renderer: Renderer
) -> None:
    """What lessons of a topic have in common stands on its first page alone; the years list headlines."""
    change = {"assessment__hazard": "gravity", "lesson__do_this": "Do something else."}
    after = keyed(
        make_data(*[reported(make_record, name, **(change if name == CHANGED else {})) for name in IDS]), renderer
    )
    kept = set(untouched(before, after))
    assert {"lessons/by-area/shipping/2024.md", "lessons/by-area/shipping/2025.md"} <= kept
    assert "lessons/by-area/shipping.md" not in kept
    assert "lessons/by-hazard/moving-vehicle/2025.md" not in kept
    assert "lessons/by-hazard/moving-vehicle/2026.md" in kept
