"""A page for each lesson, and for each that was one: it keeps its address and says what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.site.making.search import marks_of
from nearmiss.site.making.topics import path_of_term
from nearmiss.site.pages import Page, in_one_line, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.site.lessons import Card, Term
    from nearmiss.site.library import Library


def lesson_pages(library: Library) -> Iterator[Page]:
    """Yield the page of every lesson, the newest first, then of those that are none any more."""
    for card in (*library.cards, *library.gone):
        yield _page(card, library)


def _page(card: Card, library: Library) -> Page:
    is_lesson = card.kind == "lesson"
    related = library.related(card) if is_lesson else ()

    def data() -> Mapping[str, Any]:
        return {
            "lesson": library.lesson(card),
            "card": card,
            "kind": card.kind,
            "places": _places(card) if is_lesson else (),
            "related": related,
            "marks": marks_of(card) if is_lesson else (),
        }

    return Page(
        path=card.path,
        title=in_one_line(card.headline, library.words),
        name=card.id,
        template="site/lesson.html.j2",
        data=data,
        description=in_one_line(card.do_this, library.words) if is_lesson else "",
        hide=("toc", "navigation"),
        searched=is_lesson,
        listed=is_lesson,
        key=key_of(
            card.gist,
            card.kind,
            card.origin_label,
            [account.told for account in library.accounts_of(card)],
            [(other.path, other.headline) for other in related],
            [other.path for mention in card.gist.mentions if (other := library.find(card.origin, mention))],
        ),
        lessons=(card,),
        origin=card.origin,
    )


def _places(card: Card) -> tuple[tuple[Term, str], ...]:
    """Return the lesson's terms with the path of each one's page, and none where a term has no page."""
    return tuple((term, path_of_term(term, card)) for term in card.tags)
