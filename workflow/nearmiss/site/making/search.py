"""The search page: its choices are the terms that published lessons have, and its words those of the field."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.site.lessons import Card, Term
from nearmiss.site.making.dimensions import VALUES
from nearmiss.site.making.topics import ALL_LESSONS, DIMENSIONS, linked_things
from nearmiss.site.pages import Asset, Page
from nearmiss.site.synonyms import WORDS_FOR_LESSONS, WORDS_OF_THE_FIELD, words_as_json, words_of_terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.site.library import Library

SEARCH = "search.md"
SEARCH_WORDS = "search-words.json"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One way to narrow a search down, by the name that lessons are marked with; its title is in the template."""

    name: str
    terms_of: Callable[[Card], Iterable[Term | None]]
    vocabulary: str = ""
    by_term: bool = False


@dataclass(frozen=True, kw_only=True)
class ShownFilter:
    """A filter with the choices that it offers: those that some lesson has."""

    name: str
    choices: tuple[Term, ...]


def _severity(card: Card) -> tuple[Term, ...]:
    risk = card.risk
    return (Term(term=str(risk.severity), label=risk.severity_in_words),) if risk else ()


def _year(card: Card) -> tuple[Term, ...]:
    return (Term(term=card.year, label=card.year),) if card.month else ()


def _register(card: Card) -> tuple[Term, ...]:
    return (Term(term=card.origin, label=card.origin_label),) if card.origin else ()


FILTERS = (
    Filter(name="classification", vocabulary="classification", terms_of=lambda card: (card.classification,)),
    Filter(name="area", vocabulary="area", terms_of=lambda card: (card.area,)),
    Filter(name="site", vocabulary="site", terms_of=lambda card: (card.site,)),
    Filter(name="hazard", vocabulary="hazard", terms_of=lambda card: (card.hazard,)),
    Filter(name="cause", vocabulary="cause-category", terms_of=lambda card: card.causes),
    Filter(name="control", terms_of=lambda card: card.controls),
    Filter(name="severity", terms_of=_severity, by_term=True),
    Filter(name="year", terms_of=_year, by_term=True),
    Filter(name="register", terms_of=_register),
)


def search_page(library: Library) -> Page:
    """Return the page that people search on."""
    return Page(
        path=SEARCH,
        title=library.words.gettext("Search"),
        name=library.words.gettext("Search"),
        template="site/search.html.j2",
        data=lambda: {
            "filters": shown_filters(library),
            "all_lessons": ALL_LESSONS,
            "dimensions": DIMENSIONS,
            "has_lessons": bool(library.cards),
        },
        hide=("navigation", "toc"),
    )


def search_words(library: Library) -> Asset:
    """Return the words that mean the same, as the search page reads them."""
    return Asset(
        path=SEARCH_WORDS,
        pieces=lambda: [words_as_json(WORDS_FOR_LESSONS, WORDS_OF_THE_FIELD, _words_of_terms(library))],
    )


def marks_of(card: Card) -> tuple[tuple[str, Term], ...]:
    """Return what search sorts a lesson by, as names of filters and terms."""
    return tuple((one.name, term) for one in FILTERS for term in one.terms_of(card) if term and not term.is_withheld)


def codes_of(card: Card) -> str:
    """Return what people type who know what they look for: the names of a lesson's machines, batches and documents."""
    return ", ".join(dict.fromkeys(ref for _, ref in linked_things(card)))


def shown_filters(library: Library) -> tuple[ShownFilter, ...]:
    """Return the filters that leave something to choose: two terms or more."""
    shown = (ShownFilter(name=name, choices=terms) for name, terms in _used(library).items())
    return tuple(one for one in shown if len(one.choices) > 1)


def _used(library: Library) -> dict[str, tuple[Term, ...]]:
    """Return the terms that published lessons have, by filter, in the order in which they are shown."""
    known = library.made
    if USED not in known:
        known[USED] = _found_in(library)
    used: dict[str, tuple[Term, ...]] = known[USED]
    return used


USED = ("search", "terms in use")


def _found_in(library: Library) -> dict[str, tuple[Term, ...]]:
    return {one.name: tuple(_terms_in(library, one)) for one in FILTERS}


def _terms_in(library: Library, one: Filter) -> list[Term]:
    """Return the terms of a filter in order; of lessons that stand for the same, the first is asked for them."""
    values_of = VALUES.get(one.name, one.terms_of)
    examples: dict[tuple[Any, ...], Card] = {}
    for card in library.cards:
        examples.setdefault((card.origin, *values_of(card)), card)
    found: dict[str, Term] = {}
    for card in examples.values():
        for term in one.terms_of(card):
            if term and not term.is_withheld:
                found.setdefault(term.term, term)
    return sorted(found.values(), key=lambda term: term.term if one.by_term else term.label.casefold())


def _words_of_terms(library: Library) -> Mapping[str, tuple[str, ...]]:
    used = _used(library)
    terms = ((one.vocabulary, term.term, term.label) for one in FILTERS if one.vocabulary for term in used[one.name])
    return words_of_terms(library.home.vocabulary, terms)
