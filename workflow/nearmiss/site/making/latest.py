"""What was learned lately: lessons by the month in which they were verified, which may be long after the report."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from nearmiss.engine.publishing.gists import VERIFIED

if TYPE_CHECKING:
    from nearmiss.site.lessons import Card
    from nearmiss.site.library import Library


def latest_cards(library: Library, number: int) -> list[Card]:
    """Return some lessons, those first that were verified last."""
    return heapq.nlargest(number, library.cards, key=lambda card: (month_learned(card), card.gist.month, card.id))


def month_learned(card: Card) -> str:
    """Return the month in which a lesson was verified, such as `2026-08`; where no month is shown, its year's first."""
    if not card.month:
        return f"{card.year}-01"
    months = [month for state, month in card.gist.proof.steps if state == VERIFIED]
    return months[-1] if months else card.gist.month[:7]
