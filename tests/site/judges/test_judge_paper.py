"""The site on paper: a lesson for the toolbox talk is one sheet, of either size."""

from __future__ import annotations

import re

import pytest

from tests.site.judges.conftest import Open
from tests.site.judges.judged import Judged
from tests.site.judges.visits import Visit

pytestmark = pytest.mark.browser

POSTER = re.compile(r"posters/.+\.html")
LESSON = re.compile(r"lessons/20[0-9]{2}/NM-[0-9]{4}-\w{5}\.html")


def _print(here: Visit, page: str, paper: str) -> bytes:
    """Return a page as PDF."""
    return bytes(here.open(page).pdf(format=paper))


def _sheets(pdf: bytes) -> int:
    """Count the pages of a PDF as Chromium writes it, with its page objects in the plain."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_lesson_prints_on_one_sheet(judged: Judged, visit: Open, paper: str) -> None:
    """Each lesson is one page of paper, those too that are too long to be read in a minute."""
    here = visit(width=1280)
    lessons = [page for page in judged.pages if LESSON.fullmatch(page)]
    assert len(lessons) > 15
    assert {page: _sheets(_print(here, page, paper)) for page in lessons} == dict.fromkeys(lessons, 1)


def test_a_page_that_says_little_is_one_sheet(visit: Open) -> None:
    """No blank sheet follows: the page is as high as what it says."""
    here = visit(width=1280)
    pages = ("404.html", "lessons/by-year.html")
    assert [_sheets(_print(here, page, "A4")) for page in pages] == [1, 1]


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_poster_prints_on_one_sheet(judged: Judged, visit: Open, paper: str) -> None:
    """Each poster is one page of paper."""
    here = visit(width=1280)
    posters = [page for page in judged.pages if POSTER.fullmatch(page)]
    assert posters
    assert {page: _sheets(_print(here, page, paper)) for page in posters} == dict.fromkeys(posters, 1)
