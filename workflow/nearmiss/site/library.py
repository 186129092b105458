"""All lessons of all registers that feed one site: as cards for lists, and whole for their pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import ENGLISH, Words
from nearmiss.site.addresses import NOWHERE, Place
from nearmiss.site.desk import NO_DESK, ReportDesk
from nearmiss.site.lessons import Card, Lesson, Wording, read_lesson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.publishing.gists import Gist
    from nearmiss.engine.publishing.site_data import SiteData

MOST_RELATED = 4

Key = tuple[str, str]
"""What tells a lesson apart from all others: the register that it comes from, and its id there."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """The lessons of the register that the site belongs to, and of others that feed it; and where they will be read.

    `desk` is where staff report.
    """

    home: SiteData
    others: tuple[SiteData, ...] = ()
    place: Place = NOWHERE
    desk: ReportDesk = NO_DESK
    words: Words = ENGLISH
    made: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """What several pages need and somebody made of all lessons for one of them, by a name of their own."""
    _told: dict[Key, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def sources(self) -> tuple[SiteData, ...]:
        """Every register, the own one first."""
        return (self.home, *self.others)

    @property
    def language(self) -> str:
        """The language of the site's words."""
        return self.words.language

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """The lessons that lists, search and feeds have, the newest first."""
        cards = [Card(gist=gist, wording=wording) for wording in self._wordings for gist in wording.source.lessons]
        return tuple(sorted(cards, key=lambda card: (card.gist.month, card.id), reverse=True))

    @cached_property
    def gone(self) -> tuple[Card, ...]:
        """The lessons that were withdrawn or reclassified: they have a page that says so, and are in no list."""
        return tuple(Card(gist=gist, wording=wording) for wording in self._wordings for gist in wording.source.gone)

    @cached_property
    def by_key(self) -> Mapping[Key, Card]:
        """Every card that has a page."""
        return {card.key: card for card in (*self.gone, *self.cards)}

    @cached_property
    def _wordings(self) -> tuple[Wording, ...]:
        return tuple(Wording(source, self.words) for source in self.sources)

    def find(self, origin: str, record_id: str) -> Card | None:
        """Return the card of a record in a register, where it has a page."""
        return self.by_key.get((origin, record_id))

    def accounts_of(self, card: Card) -> tuple[Gist, ...]:
        """Return the reports that were joined with a lesson."""
        return card.source.accounts.get(card.id, ())

    def related(self, card: Card) -> tuple[Card, ...]:
        """Return a few lessons that are alike: named by the team, of the same thing, the same hazard in the area.

        Of many that are alike, those next to it in time, so that a new lesson changes the pages of few others.
        """
        found: dict[Key, Card] = {}
        named = (self.find(card.origin, record_id) for record_id in card.gist.similar)
        for other in (*filter(None, named), *self._neighbours(card)):
            if other.key != card.key and other.kind == "lesson":
                found.setdefault(other.key, other)
            if len(found) == MOST_RELATED:
                break
        return tuple(found.values())

    def lesson(self, card: Card) -> Lesson:
        """Return the whole lesson of a card."""
        accounts = self.accounts_of(card)
        self.get_ready([card])
        return read_lesson(
            card,
            self._told.get(card.key, {}),
            accounts=[self._told.get((card.origin, account.id), {}) for account in accounts],
        )

    def get_ready(self, cards: Iterable[Card]) -> None:
        """Read what the pages of some lessons show, at once; what was read before is let go, for there are many."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for card in cards:
            ids = [card.id, *(account.id for account in self.accounts_of(card))]
            if any((card.origin, record_id) not in self._told for record_id in ids):
                wanted[card.origin] += ids
        if wanted:
            self._told.clear()
        for source in self.sources:
            if source.origin in wanted:
                told = source.told(wanted[source.origin])
                self._told.update({(source.origin, record_id): value for record_id, value in told.items()})

    @cached_property
    def _alike(self) -> Mapping[tuple[str, ...], tuple[list[Card], dict[Key, int]]]:
        """The cards that share something, in the order of all cards, with the place of each among them."""
        groups: dict[tuple[str, ...], tuple[list[Card], dict[Key, int]]] = defaultdict(lambda: ([], {}))
        for card in self.cards:
            for shared in _shared(card.gist):
                cards, places = groups[shared]
                places[card.key] = len(cards)
                cards.append(card)
        return groups

    def _neighbours(self, card: Card) -> Sequence[Card]:
        found: list[Card] = []
        for shared in _shared(card.gist):
            if shared not in self._alike:
                continue
            cards, places = self._alike[shared]
            place = places.get(card.key, 0)
            found += [*cards[place + 1 : place + 3], *reversed(cards[max(0, place - 2) : place])]
        return found


def _shared(gist: Gist) -> tuple[tuple[str, ...], ...]:
    """Return what lessons can have in common, the strongest first."""
    links = tuple(("link", *link) for link in gist.links)
    if not gist.hazard:
        return links
    return (*links, ("hazard", gist.hazard, gist.area), ("hazard", gist.hazard))
