"""The parts that the home page asks for: the latest lessons, how many near misses there are, and as of when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.render.words import spell_date
from nearmiss.site.making.counts import count
from nearmiss.site.making.latest import latest_cards
from nearmiss.site.making.relevant import relevant_groups
from nearmiss.site.making.topics import ALL_LESSONS, DIMENSIONS
from nearmiss.site.pages import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.site.library import Library

LATEST = 6


def home_parts(library: Library) -> Iterator[Part]:
    """Yield what a hand-written home page can show of the register."""
    home, number = library.home, len(library.cards)
    yield Part(
        name="latest-lessons",
        template="site/latest-lessons.html.j2",
        data=lambda: {"lessons": latest_cards(library, LATEST), "number": number, "all_lessons": ALL_LESSONS},
    )
    yield Part(
        name="counts",
        template="site/counts.html.j2",
        data=lambda: {"counts": count(home, library.words), "number": number},
    )
    yield Part(
        name="relevant",
        template="site/relevant.html.j2",
        data=lambda: {"groups": relevant_groups(library.cards, DIMENSIONS)},
    )
    yield Part(
        name="as-of",
        template="site/as-of.html.j2",
        data=lambda: {"today": spell_date(home.today.isoformat(), library.words), "commit": home.commit[:12]},
    )
