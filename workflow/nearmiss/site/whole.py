"""The whole site: every page, file and part that is made from the library of lessons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.site.making.about import about_page
from nearmiss.site.making.all_lessons import all_lessons_page
from nearmiss.site.making.answers import answer_pages
from nearmiss.site.making.early_warnings import early_warning_parts, early_warnings_page
from nearmiss.site.making.explore import explore_assets
from nearmiss.site.making.feeds import feed_assets
from nearmiss.site.making.handling import handling_page
from nearmiss.site.making.home import home_parts
from nearmiss.site.making.indicators import indicators_page
from nearmiss.site.making.lesson_pages import lesson_pages
from nearmiss.site.making.lessons_json import lessons_json
from nearmiss.site.making.open_work_page import open_work_page
from nearmiss.site.making.posters import poster_pages
from nearmiss.site.making.protection import protection_pages
from nearmiss.site.making.reporting import reporting_parts
from nearmiss.site.making.search import search_page, search_words
from nearmiss.site.making.topics import topic_pages
from nearmiss.site.pages import Asset, Page, Part, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.site.library import Library


def make_site(library: Library) -> Site:
    """Make every page, file and part; pure, and nothing is rendered yet."""
    return Site(
        library=library,
        pages=tuple(_pages(library)),
        assets=tuple(_assets(library)),
        parts={part.name: part for part in _parts(library)},
    )


def _pages(library: Library) -> Iterator[Page]:
    yield from lesson_pages(library)
    yield all_lessons_page(library)
    yield from topic_pages(library)
    yield from answer_pages(library)
    yield early_warnings_page(library)
    yield indicators_page(library)
    yield open_work_page(library)
    yield handling_page(library)
    yield from protection_pages(library)
    yield about_page(library)
    yield search_page(library)
    yield from poster_pages(library)


def _assets(library: Library) -> Iterator[Asset]:
    yield search_words(library)
    yield from explore_assets(library)
    yield from feed_assets(library)
    yield lessons_json(library)


def _parts(library: Library) -> Iterator[Part]:
    yield from home_parts(library)
    yield from early_warning_parts(library)
    yield from reporting_parts(library)
