"""The page of all lessons: the newest, and the ways to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.site.making.explore import explore_form
from nearmiss.site.making.topics import ALL_LESSONS, DIMENSIONS
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.site.library import Library

NEWEST = 30


def all_lessons_page(library: Library) -> Page:
    """Return the page of all lessons."""

    def data() -> Mapping[str, Any]:
        return {
            "cards": library.cards[:NEWEST],
            "dimensions": DIMENSIONS,
            "number": len(library.cards),
            "form": explore_form(library),
        }

    return Page(
        path=ALL_LESSONS,
        title=library.words.gettext("All lessons"),
        name=library.words.gettext("Lessons"),
        template="site/lessons.html.j2",
        data=data,
        in_nav=True,
    )
