"""The page of all lessons: the newest, and the ways to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.site.making.topics import ALL_LESSONS, DIMENSIONS
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from nearmiss.site.library import Library

NEWEST = 30


def all_lessons_page(library: Library) -> Page:
    """Return the page of all lessons."""
    return Page(
        path=ALL_LESSONS,
        title=library.words.gettext("All lessons"),
        name=library.words.gettext("Lessons"),
        template="site/lessons.html.j2",
        data=lambda: {"cards": library.cards[:NEWEST], "dimensions": DIMENSIONS, "number": len(library.cards)},
        in_nav=True,
    )
