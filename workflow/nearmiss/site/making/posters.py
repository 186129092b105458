"""Posters to print: for each area one page that says how to report here, and the newest thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_
from nearmiss.render.pictures.qr_code import draw_qr_code
from nearmiss.render.text import WITHHELD
from nearmiss.render.words import label_of
from nearmiss.site.making.dimensions import name_of_term
from nearmiss.site.making.latest import latest_cards
from nearmiss.site.pages import Page, in_one_line, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.site.lessons import Card
    from nearmiss.site.library import Library

POSTERS = "posters.md"
HOW_TO_REPORT = "how-to-report.md"
TITLE_OF_CODE = N_("The address of the page that says how to report")


@dataclass(frozen=True, kw_only=True)
class Poster:
    """The poster of one area, or of every area: its newest lesson, where it has one."""

    label: str
    path: str
    card: Card | None


def poster_pages(library: Library) -> Iterator[Page]:
    """Yield the list of posters, and each of them."""
    posters = posters_of(library)
    title = library.words.gettext(N_("Posters"))
    yield Page(
        path=POSTERS,
        title=title,
        name=title,
        template="site/posters.html.j2",
        data=lambda: {"posters": posters},
        key=key_of([(poster.label, poster.path) for poster in posters]),
    )
    for poster in posters:
        yield _page(poster, library)


def posters_of(library: Library) -> tuple[Poster, ...]:
    """Return the poster for all areas, then that of each area that is in use, by its label."""
    newest: dict[str, Card] = {}
    cards = latest_cards(library, len(library.cards))
    for card in cards:
        if card.do_this and card.do_this != WITHHELD:
            newest.setdefault("", card)
            newest.setdefault(card.gist.area, card)
    areas = library.home.vocabulary.get("area", {})
    labels = {
        term: label_of(library.home.vocabulary, "area", term, library.words)
        for term, entry in areas.items()
        if not entry.get("retired")
    }
    everywhere = library.words.gettext(N_("All areas"))
    return (
        Poster(label=everywhere, path="posters/all-areas.md", card=newest.get("")),
        *(
            Poster(label=label, path=f"posters/area-{name_of_term(term)}.md", card=newest.get(term))
            for term, label in sorted(labels.items(), key=lambda one: one[1].casefold())
        ),
    )


def _page(poster: Poster, library: Library) -> Page:
    call = str(library.home.settings.get("not_safe_call") or "")
    address = library.place.full_address(HOW_TO_REPORT)

    def data() -> Mapping[str, Any]:
        return {
            "poster": poster,
            "call": call,
            "has_number": any(letter.isdigit() for letter in call),
            "organisation": library.home.settings.get("organisation", ""),
            "address": address,
            "code": draw_qr_code(address, title=library.words.gettext(TITLE_OF_CODE), prefix="nm-qr")
            if address
            else "",
        }

    card = poster.card
    title = library.words.gettext(N_("Poster: %(area)s"), area=in_one_line(poster.label, library.words))
    return Page(
        path=poster.path,
        title=title,
        name=library.words.gettext(N_("Poster")),
        template="site/poster.html.j2",
        data=data,
        hide=("toc", "navigation"),
        listed=False,
        key=key_of(poster.label, poster.path, card and (card.path, card.gist.told, card.month)),
    )
