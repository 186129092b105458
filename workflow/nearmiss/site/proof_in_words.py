"""How a lesson came to be one, in words: its states with their months, and what stands behind it, as numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.publishing.publication import FIRST_STATE
from nearmiss.render.words import spell_month
from nearmiss.site.rules_in_words import label_of_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.render.languages import Words
    from nearmiss.site.lessons import Card


@dataclass(frozen=True, kw_only=True)
class Step:
    """A state that a lesson reached, in words, and the month, where that is shown."""

    state: str
    label: str
    month: str


@dataclass(frozen=True, kw_only=True)
class ProofInWords:
    """How many people signed a lesson off, and what shows that it was them; both are empty where nobody has."""

    people: str
    assurances: tuple[str, ...]


def course_of(card: Card) -> tuple[Step, ...]:
    """Return the states that a lesson went through, from the report on."""
    months = card.month != ""
    steps = ((FIRST_STATE, card.gist.month), *card.gist.proof.steps)
    return tuple(
        Step(
            state=state,
            label=label_of_state(state, card.source.rules, card.words),
            month=spell_month(month, card.words) if months else "",
        )
        for state, month in steps
    )


def proof_in_words(card: Card) -> ProofInWords:
    """Return what stands behind a lesson. Nobody is named."""
    proof, words = card.gist.proof, card.words
    if not proof.people:
        return ProofInWords(people="", assurances=())
    return ProofInWords(
        people=words.ngettext(
            "%(num)s person has signed this off.", "%(num)s people have signed this off.", proof.people
        ),
        assurances=tuple(_assurances(dict(proof.assurances), words)),
    )


def _assurances(numbers: Mapping[str, int], words: Words) -> Iterator[str]:
    """Yield how many sign-offs are of which assurance, the strongest first."""
    if number := numbers.get("signed"):
        yield words.ngettext("%(num)s sign-off with a registered key", "%(num)s sign-offs with registered keys", number)
    if number := numbers.get("forge"):
        yield words.ngettext(
            "%(num)s sign-off that the forge vouches for", "%(num)s sign-offs that the forge vouches for", number
        )
    if number := numbers.get("asserted"):
        yield words.ngettext(
            "%(num)s sign-off by somebody whose identity is not proven",
            "%(num)s sign-offs by people whose identity is not proven",
            number,
        )
