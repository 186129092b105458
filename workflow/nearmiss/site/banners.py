"""Banners: what a reader has to know of a lesson before reading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.site.lessons import Card, Lesson


@dataclass(frozen=True, kw_only=True)
class Banner:
    """One thing to know first, of a kind that decides its look: the point of it, and a sentence more.

    `instead` is the id of a lesson to read instead.
    """

    kind: str
    title: str
    text: str
    instead: str = ""


_SAID = {
    "provisional": (
        N_("This is provisional."),
        N_("The cause is not known yet. What is said here can still change."),
    ),
    "withdrawn": (
        N_("This lesson was withdrawn."),
        N_("Do not follow it any more. This page stays so that nobody who has its address is misled."),
    ),
    "reclassified": (
        N_("This turned out to be an incident."),
        N_("It is handled as one now. The lesson stays here for those who have its address; it is in no list."),
    ),
    "superseded": (
        N_("A newer lesson replaces this one."),
        N_("What follows is how it was seen before."),
    ),
    "amended": (
        N_("This lesson was amended after it was first published."),
        N_("What you read is what holds now."),
    ),
    "unmeasured": (
        N_("Whether the change works could not be measured."),
        N_("Something else was looked at instead, and more people had to agree. Tell us if you see it fail."),
    ),
    "unchecked": (
        N_("Whether the change works has not been checked."),
        N_("Where the risk is small, no check is asked for. Tell us if you see it fail."),
    ),
}


def banners_of(card: Card, lesson: Lesson) -> Iterator[Banner]:
    """Yield what a reader has to know of a lesson first, the gravest first."""
    kind = card.kind if card.kind != "lesson" else lesson.status
    if kind in {"withdrawn", "reclassified", "superseded", "amended"}:
        yield _banner(kind, card, instead=lesson.superseded_by)
    if card.kind == "lesson" and lesson.changes and card.shows("effect") and lesson.effect.doubt:
        yield _banner(lesson.effect.doubt, card)


def _banner(kind: str, card: Card, *, instead: str = "") -> Banner:
    title, text = _SAID[kind]
    return Banner(kind=kind, title=card.words.gettext(title), text=card.words.gettext(text), instead=instead)
