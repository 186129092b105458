"""All lessons as one file of JSON, for other programs: documented, and of a form that has a number."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.render.characters import seen
from nearmiss.render.languages import ENGLISH
from nearmiss.render.text import WITHHELD
from nearmiss.site.keys import key_of
from nearmiss.site.making.feeds import address_in
from nearmiss.site.making.latest import month_learned
from nearmiss.site.pages import Asset, in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nearmiss.site.lessons import Card, Term
    from nearmiss.site.library import Library

FORMAT = 1
"""Raised where a key goes or changes its meaning; new keys may come at any time."""

LESSONS = "lessons.json"


def lessons_json(library: Library) -> Asset:
    """Return the file of all lessons that lists have."""
    return Asset(
        path=LESSONS,
        pieces=lambda: pieces_of(library),
        key=key_of(FORMAT, [(card.path, card.gist.told, month_learned(card)) for card in library.cards]),
    )


def pieces_of(library: Library) -> Iterator[bytes]:
    """Yield the file in pieces, a lesson at a time, so that it never lies in memory as a whole value."""
    # Late, since it is the one thing on the site that it is wanted for.
    import orjson

    head = {"format": FORMAT, "language": library.language, "site": library.place.full_address("index.md")}
    yield orjson.dumps(head)[:-1] + b',"lessons":['
    separator = b"\n"
    for card in library.cards:
        yield separator + orjson.dumps(_lesson(card, library))
        separator = b",\n"
    yield b"\n]}\n"


def _lesson(card: Card, library: Library) -> dict[str, Any]:
    gist, risk = card.gist, card.risk
    return {
        "id": card.id,
        "origin": card.origin,
        "url": address_in(library, card.path),
        "lang": card.lang or library.language,
        "headline": _line(card.headline),
        "do_this": _text(card.do_this),
        "month": gist.month[:7] if card.month else "",
        "learned": month_learned(card),
        "classification": _term(card.classification),
        "hazard": _term(card.hazard),
        "site": _term(card.site),
        "area": _term(card.area),
        "causes": _terms(card.causes),
        "controls": _terms(card.controls),
        "severity": risk.severity if risk else None,
        "likelihood": risk.likelihood if risk else None,
        "band": risk.band if risk else None,
        "applies_to": [_line(group) for group in gist.applies_to],
        "links": [{"kind": _term(kind), "ref": _line(ref)} for kind, ref in card.links],
    }


@lru_cache(maxsize=4096)
def _term(term: Term | None) -> dict[str, str] | None:
    return {"term": _line(term.term), "label": _line(term.label)} if term and not term.is_withheld else None


def _terms(terms: Iterable[Term]) -> list[dict[str, str]]:
    return [shown for shown in map(_term, terms) if shown]


def _line(text: str) -> str:
    # What is withheld is called so in English, whatever the language of the site: programs read this.
    return in_one_line(text, ENGLISH)


def _text(text: str) -> str:
    return _line(text) if text == WITHHELD else seen(text)
