"""The page model: which pages there are, and how they are rendered without any MkDocs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.site.library import Library
from nearmiss.site.pages import Page, Part, Site, render_page
from nearmiss.site.whole import make_site as make_whole

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]


@pytest.fixture
def renderer(repo_root: Path) -> Renderer:
    """The shipped templates."""
    return Renderer([repo_root / "templates"])


def make_site(data: SiteData) -> Site:
    """Make the site of one register."""
    return make_whole(Library(home=data))


def address_of(path: str) -> str:
    """Stand in for an address: the source path, marked."""
    return f"to:{path}"


def test_every_lesson_and_every_term_has_a_page(make_record: MakeRecord, make_data: MakeData) -> None:
    """Lessons, the index of all, indexes by kind, area, hazard and cause with a page for each term, and indicators."""
    changes = {"assessment__classification": "quality", "assessment__hazard": None}
    other = make_record(id="NM-2025-AAAAA", report__reported_on="2025-03-14", **changes)
    site = make_site(make_data(make_record(), other))
    assert sorted(page.path for page in site.pages if page.path.startswith("lessons/")) == [
        "lessons/2025/NM-2025-AAAAA.md",
        "lessons/2026/NM-2026-7QTST.md",
        "lessons/by-area.md",
        "lessons/by-area/shipping.md",
        "lessons/by-cause.md",
        "lessons/by-cause/measurement.md",
        "lessons/by-cause/method.md",
        "lessons/by-classification.md",
        "lessons/by-classification/quality.md",
        "lessons/by-classification/safety.md",
        "lessons/by-control.md",
        "lessons/by-control/administrative.md",
        "lessons/by-control/engineering.md",
        "lessons/by-hazard.md",
        "lessons/by-hazard/moving-vehicle.md",
        "lessons/by-site.md",
        "lessons/by-site/plant-2.md",
        "lessons/by-thing.md",
        "lessons/by-thing/2f16c3cbcc79.md",
        "lessons/by-year.md",
        "lessons/by-year/2025.md",
        "lessons/by-year/2026.md",
        "lessons/index.md",
    ]
    assert {"as-of", "counts", "early-warnings", "latest-lessons", "relevant"} <= set(site.parts)
    assert [page.path for page in site.pages if page.searched] == [page.path for page in site.pages[:2]]


def test_a_site_without_lessons_has_its_indexes(make_data: MakeData, renderer: Renderer) -> None:
    """Before the first lesson all pages are there and say so; nothing is counted."""
    site = make_site(make_data())
    everything: list[Page | Part] = [*site.pages, *site.parts.values()]
    bodies = [render_page(page, site, renderer, address_of) for page in everything]
    assert len(site.pages) > 10
    assert sum("No lesson has been published yet" in body for body in bodies) == 12
    [search] = [render_page(page, site, renderer, address_of) for page in site.pages if page.path == "search.md"]
    assert "No lesson has been published yet" in search
    assert "by-hazard" not in search
    assert "none" in render_page(site.parts["counts"], site, renderer, address_of)


def test_a_term_of_unusual_spelling_gets_a_harmless_path(make_record: MakeRecord, make_data: MakeData) -> None:
    """A term that is no kebab-case name cannot leave the folder."""
    site = make_site(make_data(make_record(assessment__hazard="../../x y")))
    (path,) = (page.path for page in site.pages if page.path.startswith("lessons/by-hazard/"))
    assert re.fullmatch(r"lessons/by-hazard/[0-9a-f]{12}\.md", path)


def test_the_lesson_page_tells_in_the_agreed_order(
    make_record: MakeRecord, make_data: MakeData, renderer: Renderer
) -> None:
    """Headline, do this at once; happened, could have, stopped; why; changed; works; risk; proof; onwards."""
    site = make_site(make_data(make_record()))
    body = render_page(site.pages[0], site, renderer, address_of)
    assert re.findall(r'<h[12] id="([a-z-]+)">', body) == [
        "top",
        "do-this",
        "what-happened",
        "what-could-have-happened",
        "what-stopped-it",
        "why",
        "what-was-changed",
        "how-we-know",
        "risk",
        "course",
        "read-next",
        "pass-it-on",
    ]
    assert 'href="to:lessons/by-hazard/moving-vehicle.md"' in body
    assert "severity 5 of 5, catastrophic" in body


def test_a_bare_lesson_page_has_no_empty_sections(
    make_record: MakeRecord, make_data: MakeData, renderer: Renderer
) -> None:
    """A heading with nothing below it does not appear."""
    settings = {"published_fields": ["headline", "do_this"]}
    site = make_site(make_data(make_record(), settings=settings))
    body = render_page(site.pages[0], site, renderer, address_of)
    assert re.findall(r'<h[12] id="([a-z-]+)">', body) == ["top", "do-this", "course", "pass-it-on"]


def test_ids_of_other_lessons_are_linked_and_of_others_not(
    make_record: MakeRecord, make_data: MakeData, renderer: Renderer
) -> None:
    """Text links to published lessons, never to itself, never to what is not published."""
    text = "Like NM-2026-AAAAA and NM-2026-7QTST, unlike NM-2026-BBBBB."
    open_record = make_record(id="NM-2026-BBBBB", state="action")
    replaced = make_record(
        report__what_happened=text, lesson__status="superseded", lesson__superseded_by="NM-2026-AAAAA"
    )
    site = make_site(make_data(replaced, make_record(id="NM-2026-AAAAA"), open_record))
    (page,) = (page for page in site.pages if page.name == "NM-2026-7QTST")
    body = render_page(page, site, renderer, address_of)
    link = '<a href="to:lessons/2026/NM-2026-AAAAA.md">'
    assert f"Like {link}NM-2026-AAAAA</a> and NM-2026-7QTST, unlike NM-2026-BBBBB." in body
    assert f"{link}Read NM-2026-AAAAA</a>" in body


def test_withheld_values_say_so_on_the_page(make_record: MakeRecord, make_data: MakeData, renderer: Renderer) -> None:
    """A withheld text is marked; a withheld headline gives the page a plain title."""
    record = make_record(lesson__headline="redacted", report__what_happened="redacted")
    site = make_site(make_data(record))
    body = render_page(site.pages[0], site, renderer, address_of)
    assert site.pages[0].title == "Withheld"
    assert body.count('<span class="nm-withheld">withheld</span>') == 2


def test_home_shows_the_latest_six_and_leads_to_all(
    make_record: MakeRecord, make_data: MakeData, renderer: Renderer
) -> None:
    """With more than six lessons the rest is one link away."""
    site = make_site(make_data(*(make_record(id=f"NM-2026-0000{n}") for n in range(8))))
    latest = render_page(site.parts["latest-lessons"], site, renderer, address_of)
    assert latest.count('class="nm-card"') == 6
    assert '<a href="to:lessons/index.md">All 8 lessons</a>' in latest
    as_of = render_page(site.parts["as-of"], site, renderer, address_of)
    assert "As of 21 November 2026, from commit <code>0123456789ab</code>." in as_of


def test_only_our_own_words_are_in_the_names_that_themes_use(make_record: MakeRecord, make_data: MakeData) -> None:
    """`name` has no text of a record or vocabulary, whatever these say."""
    bad = "</title><script>alert(1)</script>"
    vocabulary = {"hazard": {"moving-vehicle": {"label": {"en": bad}}}}
    site = make_site(make_data(make_record(lesson__headline=bad), vocabulary=vocabulary))
    pages: tuple[Page, ...] = site.pages
    assert all(re.fullmatch(r"[\w ,-]+", page.name) for page in pages)
    assert sum(bad in page.title for page in pages) == 2
