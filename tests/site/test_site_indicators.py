"""The page of the indicators: each number with what it means, the day and the commit, and nothing small."""

from __future__ import annotations

import re
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
from nearmiss.render.languages import ENGLISH, words_in
from nearmiss.site.library import Library
from nearmiss.site.making.definitions import in_words
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
    assert "Everything that was reported in the period, whatever became of it." in body
    assert "the day of “done” in the reports on progress" in body
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


def test_no_definition_shows_readers_the_name_of_a_field(make_data: Callable[..., SiteData], repo_root: Path) -> None:
    """Of every figure and table, in each language: what is named in brackets goes, the rest is in words."""
    data = make_data(rules={"workflow": {"states": [{"state": "root-caused", "label": {"en": "Cause found"}}]}})
    tables = [table.definition for table in figures(12).tables]
    definitions = [*(one.definition for one in INDICATORS), *tables]
    for language in ("en", "de"):
        words = words_in(language, [repo_root / "templates"])
        for definition in definitions:
            said = in_words(words.plain(definition), data, words)
            assert re.search(r"`|_|\w\.\w|\(\)|  ", said) is None, said
    assert in_words("In `root-caused` and `on-hold` (`a.b`), by `report.links`.", data, ENGLISH) == (
        "In “Cause found” and “On hold”, by the report."
    )


def test_what_has_no_value_is_told_apart_with_why(make_data: Callable[..., SiteData], renderer: Renderer) -> None:
    """Figures without a value are folded away behind their number, each with its meaning and the reason."""
    body = page(make_data(figures=figures(12)), renderer)
    shown, without = body.split('<details class="nm-behind nm-without">')[:2]
    assert "figures without a value, and why" in without
    assert "Near-miss frequency" not in shown
    assert "Near-miss frequency" in without
    assert "no value" not in shown
