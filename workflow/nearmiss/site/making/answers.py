"""You said, we did: what became of every report that may be shown, with the reply that was given to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.privacy import is_few, suppress
from nearmiss.engine.publishing.publication import DECLINED, FIRST_STATE, may_be_answered, may_be_counted
from nearmiss.models.values import REDACTED
from nearmiss.render.languages import N_
from nearmiss.render.words import label_of, spell_month, spell_term
from nearmiss.site.keys import key_of
from nearmiss.site.lessons import foreign
from nearmiss.site.making.counts import STATES
from nearmiss.site.making.year_by_year import Year, year_by_year, years_of
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.publishing.gists import Gist
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

ANSWERS = "you-said-we-did.md"

NEWEST = 50
"""Reports on the first page; all of a year are on pages of their own."""

DECISIONS = {
    "incident": N_("Harm was done: handled as an incident"),
    "hazard": N_("A danger without an event: passed on, to be removed"),
    "routine-variation": N_("Within what is usual here"),
    "hypothetical": N_("Something that could happen: taken up where risks are assessed"),
    "duplicate": N_("Joined with another report of the same event"),
    "insufficient": N_("Too little is known to go on"),
    "other-process": N_("Passed on to those who look after such things"),
}
"""Why a report is no near miss of its own (and never `rejected`), in words for who reported it."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one report: `path` is the page of its lesson, if any.

    `reply` is text of the record, in `lang` where that is not the site's language.
    """

    month: str
    area: str
    state: str
    became: str
    reply: str
    lang: str
    path: str


def answer_pages(library: Library) -> Iterator[Page]:
    """Yield the page of the newest answers, and where there are more, pages of each year."""
    gists = _answered(library.home)
    areas = _areas(gists, library)
    parts = year_by_year(gists, lambda gist: gist.year, ANSWERS.removesuffix(".md")) if len(gists) > NEWEST else ()
    for part in parts:
        yield _page(library, part.path, part.items, areas, year=part.year, parts=part.paths)
    yield _page(library, ANSWERS, gists[:NEWEST], areas, years=years_of(parts), number=len(gists))


def _answered(data: SiteData) -> tuple[Gist, ...]:
    """Return the reports that may be shown, the newest first."""
    found = (gist for gist in data.sound.values() if may_be_answered(gist, data.settings) and gist.month)
    return tuple(sorted(found, key=lambda gist: (gist.month, gist.id), reverse=True))


def _areas(gists: Sequence[Gist], library: Library) -> Mapping[str, str]:
    """Return the areas that may be named beside each of their reports: naming them tells no small number.

    Whoever counts the answers knows how many came from each area that is named, and how many from all others together.
    So it is as in every table: what is not named is together no few. Nor may there be a few of a named area that are
    counted in the figures but have no answer here, such as those that are not classified yet.
    """
    data = library.home
    numbers = Counter(_area_of(gist) for gist in gists)
    counted = Counter(_area_of(gist) for gist in data.gists.values() if may_be_counted(gist, data.settings))
    hidden = {"", *suppress(numbers)}
    return {
        area: label_of(data.vocabulary, "area", area, library.words)
        for area in numbers
        if area not in hidden and not is_few(counted[area] - numbers[area])
    }


def _area_of(gist: Gist) -> str:
    return "" if gist.area == REDACTED else gist.area


def _page(
    library: Library,
    path: str,
    gists: Sequence[Gist],
    areas: Mapping[str, str],
    *,
    year: str = "",
    parts: tuple[str, ...] = (),
    years: tuple[Year, ...] = (),
    number: int = 0,
) -> Page:
    answers = [_answer(gist, library, areas) for gist in gists]

    def data() -> Mapping[str, Any]:
        months = groupby(answers, key=lambda answer: answer.month)
        return {
            "months": tuple((month, tuple(group)) for month, group in months),
            "year": year,
            "parts": parts,
            "years": years,
            "number": number,
            "path": path,
            "answers_page": ANSWERS,
        }

    title = library.words.gettext("You said, we did")
    return Page(
        path=path,
        title=f"{title}, {year}" if year else title,
        name=title,
        template="site/answers.html.j2",
        data=data,
        description=library.words.gettext("What became of every report, and what we answered."),
        in_nav=path == ANSWERS,
        within=ANSWERS,
        key=key_of(answers, year, parts),
    )


def _answer(gist: Gist, library: Library, areas: Mapping[str, str]) -> Answer:
    words, card = library.words, library.find("", gist.id)
    is_told = gist.state != FIRST_STATE
    return Answer(
        month=spell_month(gist.month, words),
        area=areas.get(gist.area, ""),
        state=gist.state,
        became=_became(gist, library),
        reply=gist.reply if is_told else "",
        lang=foreign(gist.lang, words),
        path=card.path if card is not None and card.kind == "lesson" else "",
    )


def _became(gist: Gist, library: Library) -> str:
    words = library.words
    if gist.state == DECLINED and gist.decision in DECISIONS:
        return words.gettext(DECISIONS[gist.decision])
    return words.gettext(STATES[gist.state]) if gist.state in STATES else spell_term(gist.state, words)
