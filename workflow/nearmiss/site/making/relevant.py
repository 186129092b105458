"""What is relevant to a reader: the areas, sites, hazards and machines that most lessons are about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from nearmiss.render.text import WITHHELD
from nearmiss.site.making.dimensions import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nearmiss.site.lessons import Card, Term
    from nearmiss.site.making.dimensions import Dimension

ON_FIRST_PAGE = ("area", "site", "hazard", "thing")
MOST_SHOWN = 8
PATTERNS = ("hazard", "cause", "control")
WITH_PATTERNS = ("classification", "area", "site", "hazard", "thing")
MOST_OFTEN = 3
ENOUGH = 5
"""Lessons of a topic below which nothing is said of what they have in common: it would be chance."""


@dataclass(frozen=True, kw_only=True)
class Frequent:
    """One term with how many lessons have it."""

    label: str
    path: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Group:
    """The terms of a dimension that most lessons have, in this order; `title` is a sentence of the catalogues."""

    name: str
    title: str
    path: str
    topics: tuple[Frequent, ...]


def relevant_groups(cards: Sequence[Card], dimensions: Iterable[Dimension]) -> tuple[Group, ...]:
    """Return what the first page leads to."""
    chosen = [dimension for dimension in dimensions if dimension.name in ON_FIRST_PAGE]
    return _groups(cards, chosen, most=MOST_SHOWN)


def patterns_of(cards: Sequence[Card], dimension: Dimension, dimensions: Iterable[Dimension]) -> tuple[Group, ...]:
    """Return what the lessons of a topic have in common most often: nothing where there are too few to tell."""
    if len(cards) < ENOUGH or dimension.name not in WITH_PATTERNS:
        return ()
    others = [other for other in dimensions if other.name in PATTERNS and other.name != dimension.name]
    return _groups(cards, others, most=MOST_OFTEN)


def _groups(cards: Sequence[Card], dimensions: Iterable[Dimension], *, most: int) -> tuple[Group, ...]:
    """Return the most frequent terms of some dimensions, without those that have none."""
    found = ((dimension, _frequent(cards, dimension, most)) for dimension in dimensions)
    return tuple(
        Group(name=dimension.name, title=dimension.title, path=dimension.path, topics=topics)
        for dimension, topics in found
        if topics
    )


def _frequent(cards: Sequence[Card], dimension: Dimension, most: int) -> tuple[Frequent, ...]:
    values_of = VALUES[dimension.name]
    numbers = Counter(chain.from_iterable(map(values_of, cards)))
    in_order = sorted(numbers.items(), key=lambda one: (-one[1], str(one[0])))
    terms = ((_term(value, cards, dimension), number) for value, number in in_order if value and value != WITHHELD)
    shown = (Frequent(label=term.label, path=dimension.path_of(term), number=number) for term, number in terms if term)
    return tuple(islice(shown, most))


def _term(value: object, cards: Sequence[Card], dimension: Dimension) -> Term | None:
    """Return the term that a value stands for, where it has a page: any lesson that has it knows it."""
    example = next(card for card in cards if value in VALUES[dimension.name](card))
    return dimension.term_of(value, example)
