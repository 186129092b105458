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


def proof_in_words(card: Card) -> str:
    """Return in one sentence what stands behind a lesson; it is empty where nobody has signed. Nobody is named."""
    proof, words = card.gist.proof, card.words
    numbers = {assurance: number for assurance, number in proof.assurances if number}
    if not proof.people or not numbers:
        return ""
    return words.gettext(
        "%(sign_offs)s by %(people)s: %(assurances)s.",
        sign_offs=words.ngettext("%(num)s sign-off", "%(num)s sign-offs", sum(numbers.values())),
        people=words.ngettext("%(num)s person", "%(num)s people", proof.people),
        assurances=words.listed(list(_assurances(numbers, words))),
    )


def _assurances(numbers: Mapping[str, int], words: Words) -> Iterator[str]:
    """Yield how many sign-offs are of which assurance, the strongest first; of one kind alone no number is told."""
    is_one_kind = len(numbers) == 1
    if number := numbers.get("signed"):
        yield (
            words.ngettext("with a registered key", "all with registered keys", number)
            if is_one_kind
            else words.ngettext("%(num)s with a registered key", "%(num)s with registered keys", number)
        )
    if number := numbers.get("forge"):
        yield (
            words.ngettext("vouched for by the forge", "all vouched for by the forge", number)
            if is_one_kind
            else words.ngettext("%(num)s vouched for by the forge", "%(num)s vouched for by the forge", number)
        )
    if number := numbers.get("asserted"):
        yield (
            words.ngettext("without proof of who it was", "all without proof of who it was", number)
            if is_one_kind
            else words.ngettext("%(num)s without proof of who it was", "%(num)s without proof of who it was", number)
        )
