"""Dimensions: the ways to look lessons up, and the names of their pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nearmiss.site.lessons import Card, Term

_PLAIN_TERM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One way to look lessons up: by a vocabulary's terms, or by what stands in the lesson itself.

    `title` and `heading` are sentences of the catalogues.
    """

    name: str
    title: str
    heading: str
    terms_of: Callable[[Card], Iterable[Term]]
    vocabulary: str = ""
    newest_first: bool = False

    @property
    def path(self) -> str:
        """The source path of its index."""
        return f"lessons/by-{self.name}.md"

    def path_of(self, term: Term) -> str:
        """Return the source path of one term's page."""
        return f"lessons/by-{self.name}/{name_of_term(term.term)}.md"

    def term_of(self, value: object, card: Card) -> Term | None:
        """Return the term of a lesson that stands for one of its `VALUES`, where it has a page."""
        name = " ".join(value) if isinstance(value, tuple) else value
        return next((term for term in self.terms_of(card) if term.term == name), None)

    def label_of(self, value: str, card: Card) -> str:
        """Return how one of a lesson's `VALUES` is shown."""
        term = self.term_of(value, card)
        return term.label if term else value


VALUES: Mapping[str, Callable[[Card], Iterable[Any]]] = {
    "classification": lambda card: (card.classification.term if card.classification else "",),
    "area": lambda card: (card.gist.area,),
    "site": lambda card: (card.gist.site,),
    "hazard": lambda card: (card.gist.hazard,),
    "cause": lambda card: card.gist.causes,
    "control": lambda card: card.gist.controls,
    "thing": lambda card: set(card.gist.links),
}
"""What stands in a lesson for the terms of a dimension: quicker to count than these, of which there are many."""


def name_of_term(term: str) -> str:
    """Return the name of a term's page: terms of unusual spelling get one made from their digest."""
    return term if _PLAIN_TERM.fullmatch(term) else hashlib.sha256(term.encode()).hexdigest()[:12]
