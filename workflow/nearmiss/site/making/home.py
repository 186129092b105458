"""The parts that the home page asks for: the latest lessons, how many near misses there are, and as of when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_
from nearmiss.render.words import spell_date
from nearmiss.site.making.charts import listed_names
from nearmiss.site.making.counts import count, is_told
from nearmiss.site.making.latest import latest_cards
from nearmiss.site.making.relevant import relevant_groups
from nearmiss.site.making.topics import ALL_LESSONS, DIMENSIONS
from nearmiss.site.pages import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.site.library import Library

LATEST = 6
BY_STATE = N_("Where they are now")
BY_KIND = N_("What they were about")


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
        data=lambda: _counted(library),
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


def _counted(library: Library) -> Mapping[str, Any]:
    """Return the counts with their tables, and the names of those in which no number may be shown yet."""
    counts = count(library.home, library.words)
    named = ((BY_STATE, counts.by_state), (BY_KIND, counts.by_classification))
    tables = [(library.words.gettext(caption), cells) for caption, cells in named if cells]
    return {
        "counts": counts,
        "number": len(library.cards),
        "tables": [(caption, cells) for caption, cells in tables if is_told(cells)],
        "to_come": listed_names((caption for caption, cells in tables if not is_told(cells)), library.words),
    }
