"""The page of the indicators: each number with what it means, the day and the commit, and nothing small."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.ground import year_until
from nearmiss.engine.indicators.privacy import publish
from nearmiss.engine.indicators.reckoning import Reckoned, reckon
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.site.library import Library
from nearmiss.site.making.charts import in_pieces
from nearmiss.site.making.indicators import INDICATORS_PAGE as PAGE
from nearmiss.site.pages import render_page
from nearmiss.site.whole import make_site
from tests.indicators.made import facts, ids, known


@pytest.fixture
def renderer(repo_root: Path) -> Renderer:
    """Return the shipped templates."""
    return Renderer([repo_root / "templates"])


def figures(number: int, *, letter: str = "A") -> Reckoned:
    """Return the public figures of so many reports."""
    given = [facts(name, occurred_on="2026-02-27") for name in ids(number, letter=letter)]
    return publish(reckon(known(*given, exposure_fault="the file <b>is</b> broken"), year_until(date(2026, 6, 30))))


def page(data: SiteData, renderer: Renderer) -> str:
    """Return the body of the page."""
    site = make_site(Library(home=data))
    [found] = [each for each in site.pages if each.path == PAGE]
    return render_page(found, site, renderer, lambda path: path)


def test_each_number_has_its_meaning_beside_it(make_data: Callable[..., SiteData], renderer: Renderer) -> None:
    """Every indicator is a row with its name, its value and its definition; the day and the commit stand above."""
    body = page(make_data(figures=figures(12)), renderer)
    for indicator in INDICATORS:
        assert f">{indicator.label}<" in body
    assert "As of 30 June 2026, from commit <code>cccccccccccc</code>." in body
    assert "1 July 2025 to 30 June 2026" in body
    assert '<span class="nm-indicators__value">12</span>' in body
    assert "<code>report.reported_on</code>" in body
    assert body.count('scope="row"') > len(INDICATORS)
    assert "`" not in body


def test_what_is_missing_is_said_and_escaped(make_data: Callable[..., SiteData], renderer: Renderer) -> None:
    """A figure without a value says why, and a note about the data is text."""
    body = page(make_data(figures=figures(12)), renderer)
    assert "hours worked: not given for any month of the period" in body
    assert "the file &lt;b&gt;is&lt;/b&gt; broken" in body


def test_small_numbers_are_not_on_the_page(make_data: Callable[..., SiteData], renderer: Renderer) -> None:
    """Four reports look like any other few: the same page, whoever they are, and no id on it."""
    four, three = (page(make_data(figures=figures(number)), renderer) for number in (4, 3))
    assert four == three
    assert "too few reports to be shown" in four
    assert "NM-" not in page(make_data(figures=figures(12)), renderer)


def test_without_figures_the_page_says_so(make_data: Callable[..., SiteData], renderer: Renderer) -> None:
    """Before anything could be worked out, the page is there all the same."""
    assert "There are no figures yet." in page(make_data(), renderer)


def test_names_of_fields_are_told_from_words() -> None:
    """Every second piece between backticks is a name."""
    assert in_pieces("By `a.b`, and `c`.") == (
        ("By ", False),
        ("a.b", True),
        (", and ", False),
        ("c", True),
        (".", False),
    )
    assert in_pieces("`a` first") == (("a", True), (" first", False))
