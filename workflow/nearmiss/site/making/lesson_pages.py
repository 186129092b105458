"""A page for each lesson, and for each that was one: it keeps its address and says what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.site.banners import banners_of
from nearmiss.site.causes import all_causes
from nearmiss.site.keys import key_of
from nearmiss.site.lesson_pictures import Artist
from nearmiss.site.making.search import codes_of, marks_of
from nearmiss.site.making.topics import ALL_LESSONS, path_of_term, paths_of_things
from nearmiss.site.pages import Page, in_one_line
from nearmiss.site.proof_in_words import course_of, proof_in_words
from nearmiss.site.sharing import Sharer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.site.lessons import Card, Lesson, Term
    from nearmiss.site.library import Library

MUCH = 1100
"""Letters of a lesson above which it is printed smaller, to fit on one sheet."""

TOO_MUCH = 2800
"""Letters above which even that is not enough, and long parts are cut on paper."""


def lesson_pages(library: Library) -> Iterator[Page]:
    """Yield the page of every lesson, the newest first, then of those that are none any more."""
    artist = Artist(words=library.words)
    sharer = Sharer(place=library.place)
    for card in (*library.cards, *library.gone):
        yield _page(card, library, artist, sharer)


def _page(card: Card, library: Library, artist: Artist, sharer: Sharer) -> Page:
    is_lesson = card.kind == "lesson"
    is_told = card.kind != "withdrawn"
    related = library.related(card) if is_lesson else ()

    def data() -> Mapping[str, Any]:
        lesson = library.lesson(card)
        return {
            "lesson": lesson,
            "card": card,
            "kind": card.kind,
            "banners": tuple(banners_of(card, lesson)),
            "places": _places(card) if is_lesson else (),
            "things": paths_of_things(card) if is_lesson else (),
            "related": related,
            "marks": marks_of(card) if is_lesson else (),
            "codes": codes_of(card) if is_lesson else "",
            "drawn_causes": artist.causes(lesson),
            "drawn_risk": artist.risk(lesson),
            "course": course_of(card) if is_told else (),
            "proof": proof_in_words(card) if is_told else None,
            "share": sharer.share(card.path),
            "amount": _amount(lesson),
        }

    return Page(
        path=card.path,
        title=in_one_line(card.headline, library.words),
        name=card.id,
        template="site/lesson.html.j2",
        data=data,
        description=in_one_line(card.do_this, library.words) if is_lesson else "",
        hide=("toc", "navigation"),
        within=ALL_LESSONS,
        searched=is_lesson,
        listed=is_lesson,
        key=key_of(
            card.gist,
            card.kind,
            [account.told for account in library.accounts_of(card)],
            [other.shown_in_a_row for other in related],
            [other.path for mention in card.gist.mentions if (other := library.find(card.origin, mention))],
        ),
        lessons=(card,),
        origin=card.origin,
    )


def _places(card: Card) -> tuple[tuple[Term, str], ...]:
    """Return the lesson's terms with the path of each one's page, and none where a term has no page."""
    return tuple((term, path_of_term(term, card)) for term in card.tags)


def _amount(lesson: Lesson) -> str:
    """Say how much there is to print: `little`, `much`, or `too-much` for one sheet."""
    texts = (
        lesson.headline,
        lesson.do_this,
        lesson.what_happened,
        lesson.what_could_have_happened,
        lesson.how_it_was_stopped,
        lesson.vulnerability,
        lesson.change,
        *(action for change in lesson.changes for action in change.actions),
        *(cause.statement for cause in all_causes(lesson.causes)),
    )
    letters = sum(map(len, texts))
    if letters <= MUCH:
        return "little"
    return "much" if letters <= TOO_MUCH else "too-much"
