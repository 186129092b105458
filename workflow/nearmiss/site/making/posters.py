"""Posters to print: for each area one page that says how to report here, and the newest thing to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_
from nearmiss.render.pictures.qr_code import draw_qr_code
from nearmiss.render.text import WITHHELD
from nearmiss.render.words import label_of
from nearmiss.site.keys import key_of
from nearmiss.site.making.dimensions import name_of_term
from nearmiss.site.making.latest import latest_cards
from nearmiss.site.making.reporting import HOW_TO_REPORT, said_of_call
from nearmiss.site.pages import Page, in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.site.desk import ReportDesk
    from nearmiss.site.lessons import Card
    from nearmiss.site.library import Library

POSTERS = "posters.md"
TITLE_OF_CODE = N_("The address of the page that says how to report")
TITLE_OF_FORM = N_("The address of the form for reports")


@dataclass(frozen=True, kw_only=True)
class Poster:
    """The poster of one area, or of every area: its newest lesson, where it has one."""

    label: str
    path: str
    card: Card | None
    area: str = ""
    """The term of its area; empty where it is for all."""


def poster_pages(library: Library) -> Iterator[Page]:
    """Yield the list of posters, and each of them."""
    posters = posters_of(library)
    title = library.words.gettext(N_("Posters"))
    yield Page(
        path=POSTERS,
        title=title,
        name=title,
        template="site/posters.html.j2",
        data=lambda: {"posters": posters, "to_set": _to_set(library)},
        key=key_of([(poster.label, poster.path) for poster in posters], *_to_set(library)),
    )
    for poster in posters:
        yield _page(poster, library)


def posters_of(library: Library) -> tuple[Poster, ...]:
    """Return the poster for all areas, then that of each area of the vocabulary that is not retired, by its label.

    An area from which nothing was reported yet needs one more than any other.
    """
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
            Poster(label=label, path=f"posters/area-{name_of_term(term)}.md", card=newest.get(term), area=term)
            for term, label in sorted(labels.items(), key=lambda one: one[1].casefold())
        ),
    )


def _page(poster: Poster, library: Library) -> Page:
    call = said_of_call(library)
    desk = library.desk.within(poster.area)
    address = _address_of_code(library, desk)
    leads_to_form = bool(desk.form)
    title_of_code = library.words.gettext(TITLE_OF_FORM if leads_to_form else TITLE_OF_CODE)

    def data() -> Mapping[str, Any]:
        return {
            "poster": poster,
            "call": call,
            "has_number": _has_number(call),
            "desk": desk,
            "organisation": library.home.settings.get("organisation", ""),
            "address": library.desk.form_in_words if leads_to_form else address,
            "leads_to_form": leads_to_form,
            "code": draw_qr_code(address, title=title_of_code, prefix="nm-qr") if address else "",
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
        within=POSTERS,
        listed=False,
        key=key_of(poster.label, poster.path, card and (card.path, card.gist.told, card.month)),
    )


def _address_of_code(library: Library, desk: ReportDesk) -> str:
    """Return where the code leads: to the form, or else to the page that says how; nothing where neither is known."""
    return desk.form or library.place.full_address(HOW_TO_REPORT)


def _has_number(call: str) -> bool:
    return any(letter.isdigit() for letter in call)


def _to_set(library: Library) -> tuple[str, ...]:
    """Return what a poster lacks until somebody sets it, for whoever builds the site."""
    lacking = {
        "code": not _address_of_code(library, library.desk),
        "desk": not (library.desk.form or library.desk.phone),
        "call": not _has_number(said_of_call(library)),
    }
    return tuple(name for name, lacks in lacking.items() if lacks)
