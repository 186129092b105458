"""Lessons by topic: an index for each way to look them up, and a page for each term, in parts where there are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_, Words
from nearmiss.render.words import text_in
from nearmiss.site.keys import key_of
from nearmiss.site.lessons import Card, Term
from nearmiss.site.making.dimensions import Dimension
from nearmiss.site.making.relevant import patterns_of
from nearmiss.site.making.year_by_year import Year, year_by_year, years_of
from nearmiss.site.pages import Page, in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.site.library import Library
    from nearmiss.site.making.relevant import Group

MANY = 100
"""Lessons of a topic above which its page shows the newest, and each year has a page of its own."""

NEWEST = 30
ALL_LESSONS = "lessons/index.md"

STRENGTHS = {
    "elimination": N_("The danger is gone, so nobody has to think of it any more. Nothing is stronger."),
    "substitution": N_("Something less dangerous does the work now."),
    "engineering": N_("Something is built in that works without anybody remembering it."),
    "administrative": N_("People agreed on how to do it, and taught it. It works as long as everybody keeps to it."),
    "ppe": N_("Something to wear makes it less bad. It is the last line, when nothing stronger can be done."),
}
"""What each kind of control means, in words for everybody (ISO 45001 8.1.2)."""


def _one(term: Term | None) -> tuple[Term, ...]:
    return (term,) if term and not term.is_withheld else ()


def _year(card: Card) -> tuple[Term, ...]:
    return (Term(term=card.year, label=card.year),) if card.month else ()


def linked_things(card: Card) -> Iterator[tuple[Term, str]]:
    """Yield the machines, batches and documents that a lesson is linked to, as kind and reference; no other records."""
    return ((kind, ref) for kind, ref in card.links if kind.term not in {"record", "repeat-of"})


def _things(card: Card) -> Iterator[Term]:
    """Yield what a lesson is linked to, as one term each: its kind in words, and the reference."""
    for kind, ref in linked_things(card):
        yield Term(term=f"{kind.term} {ref}", label=f"{kind.label}: {ref}")


DIMENSIONS = (
    Dimension(
        name="classification",
        title=N_("By kind"),
        heading=N_("Lessons by kind"),
        vocabulary="classification",
        terms_of=lambda card: _one(card.classification),
    ),
    Dimension(
        name="area",
        title=N_("By area"),
        heading=N_("Lessons by area"),
        vocabulary="area",
        terms_of=lambda card: _one(card.area),
    ),
    Dimension(
        name="site",
        title=N_("By site"),
        heading=N_("Lessons by site"),
        vocabulary="site",
        terms_of=lambda card: _one(card.site),
    ),
    Dimension(
        name="hazard",
        title=N_("By hazard"),
        heading=N_("Lessons by hazard"),
        vocabulary="hazard",
        terms_of=lambda card: _one(card.hazard),
    ),
    Dimension(
        name="cause",
        title=N_("By cause"),
        heading=N_("Lessons by cause"),
        vocabulary="cause-category",
        terms_of=lambda card: card.causes,
    ),
    Dimension(
        name="control",
        title=N_("By kind of change"),
        heading=N_("Lessons by kind of change"),
        terms_of=lambda card: card.controls,
    ),
    Dimension(
        name="thing",
        title=N_("By machine, batch or document"),
        heading=N_("Lessons by machine, batch or document"),
        terms_of=_things,
    ),
    Dimension(name="year", title=N_("By year"), heading=N_("Lessons by year"), terms_of=_year, newest_first=True),
)
BY_NAME = {dimension.name: dimension for dimension in DIMENSIONS}


def path_of_term(term: Term, card: Card) -> str:
    """Return the path of the page of one of a card's terms, or nothing where it has none."""
    for name, own in (("classification", card.classification), ("area", card.area), ("hazard", card.hazard)):
        if own == term:
            return BY_NAME[name].path_of(term)
    return BY_NAME["site"].path_of(term) if card.site == term else ""


def paths_of_things(card: Card) -> tuple[tuple[Term, str], ...]:
    """Return what a lesson is linked to, each with the path of its page."""
    return tuple((term, BY_NAME["thing"].path_of(term)) for term in _things(card))


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One term of a dimension with its lessons, the newest first, and the vocabulary's sentence about it.

    `patterns` are what its lessons have in common most often.
    """

    label: str
    help: str
    path: str
    term: str
    cards: tuple[Card, ...]
    patterns: tuple[Group, ...]

    @property
    def number(self) -> int:
        """How many lessons it has."""
        return len(self.cards)


def topic_pages(library: Library) -> Iterator[Page]:
    """Yield the index of each way to look lessons up, and the pages of its terms."""
    for dimension in DIMENSIONS:
        topics = _topics(dimension, library)
        yield _index(dimension, topics, library.words)
        for topic in topics:
            yield from _pages_of(topic, dimension, library.words)


def _index(dimension: Dimension, topics: Sequence[Topic], words: Words) -> Page:
    return Page(
        path=dimension.path,
        title=words.gettext(dimension.heading),
        name=words.gettext(dimension.heading),
        template="site/dimension.html.j2",
        data=lambda: {"dimension": dimension, "topics": topics},
        in_nav=True,
    )


def _topics(dimension: Dimension, library: Library) -> tuple[Topic, ...]:
    found: dict[str, tuple[Term, list[Card]]] = {}
    for card in library.cards:
        for term in dimension.terms_of(card):
            found.setdefault(term.term, (term, []))[1].append(card)
    topics = (
        Topic(
            label=term.label,
            help=_help(term, dimension, library),
            path=dimension.path_of(term),
            term=term.term,
            cards=tuple(cards),
            patterns=patterns_of(cards, dimension, DIMENSIONS),
        )
        for term, cards in found.values()
    )
    return tuple(sorted(topics, key=lambda topic: topic.label.casefold(), reverse=dimension.newest_first))


def _help(term: Term, dimension: Dimension, library: Library) -> str:
    """Return the sentence that introduces a term: the vocabulary's, or for a kind of control how strong it is.

    What the vocabulary says of machines, batches and documents tells reporters which to name, and readers nothing.
    """
    if term.term in STRENGTHS and dimension.name == "control":
        return library.words.gettext(STRENGTHS[term.term])
    entry = library.home.vocabulary.get(dimension.vocabulary, {}).get(term.term, {})
    return text_in(entry.get("help"), library.language)


def _pages_of(topic: Topic, dimension: Dimension, words: Words) -> Iterator[Page]:
    """Yield a topic's page; where there are many, it has the newest, and those of a year have pages of their own."""
    if topic.number <= MANY:
        yield _page(topic, dimension, words, path=topic.path, cards=topic.cards)
        return
    parts = year_by_year(topic.cards, lambda card: card.year, topic.path.removesuffix(".md"))
    for part in parts:
        yield _page(topic, dimension, words, path=part.path, cards=part.items, year=part.year, parts=part.paths)
    yield _page(topic, dimension, words, path=topic.path, cards=topic.cards[:NEWEST], years=years_of(parts))


def _page(
    topic: Topic,
    dimension: Dimension,
    words: Words,
    *,
    path: str,
    cards: tuple[Card, ...],
    year: str = "",
    parts: tuple[str, ...] = (),
    years: tuple[Year, ...] = (),
) -> Page:
    def data() -> Mapping[str, Any]:
        return {
            "dimension": dimension,
            "topic": topic,
            "cards": cards,
            "year": year,
            "parts": parts,
            "years": years,
            "path": path,
            "all_lessons": ALL_LESSONS,
        }

    return Page(
        path=path,
        title=in_one_line(topic.label if not year else f"{topic.label}, {year}", words),
        name=words.gettext(dimension.heading),
        template="site/topic.html.j2",
        data=data,
        within=ALL_LESSONS,
        key=_key_of_year(topic, dimension, path, year, parts, cards) if year else _key_of(topic, path, years, cards),
    )


def _key_of(topic: Topic, path: str, years: tuple[Year, ...], cards: Iterable[Card]) -> str:
    """Return what a topic's first page depends on: of each lesson, what its card shows."""
    return key_of(topic.label, topic.help, topic.number, path, years, topic.patterns, [card.shown for card in cards])


def _key_of_year(
    topic: Topic, dimension: Dimension, path: str, year: str, parts: tuple[str, ...], cards: Iterable[Card]
) -> str:
    """Return what a page of one year depends on: it lists headlines, and does not change with other years.

    But of a machine, a batch or a document it says how many lessons there are in all.
    """
    number = topic.number if dimension.name == "thing" else 0
    return key_of(topic.label, topic.help, number, path, year, parts, [card.shown_in_a_row for card in cards])
