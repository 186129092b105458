"""Words for what records write in short: dates, terms and scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import ENGLISH, FALLBACK_LANGUAGE, N_, with_broader
from nearmiss.render.text import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.render.languages import Words

WITHHELD_WORD = N_("withheld")

SEVERITY = (N_("negligible"), N_("minor"), N_("moderate"), N_("major"), N_("catastrophic"))
LIKELIHOOD = (N_("rare"), N_("unlikely"), N_("possible"), N_("likely"), N_("almost certain"))
LEVELS = {
    "minimal": N_("Minimal"),
    "low": N_("Low"),
    "medium": N_("Medium"),
    "high": N_("High"),
}


def spell_date(text: str, words: Words = ENGLISH) -> str:
    """Spell a date as precisely as it is known: `21 November 2026`, `November 2026`, `2026`."""
    return words.gettext(WITHHELD_WORD) if text == WITHHELD else words.date(text)


def spell_month(text: str, words: Words = ENGLISH) -> str:
    """Spell a date with month precision at most, so that a day does not point at a person."""
    return words.gettext(WITHHELD_WORD) if text == WITHHELD else words.month(text)


def spell_term(term: str, words: Words = ENGLISH) -> str:
    """Spell a kebab-case term that has no label: `very-high` becomes `Very high`."""
    if term == WITHHELD:
        return words.gettext(WITHHELD_WORD)
    spelt = term.replace("-", " ").strip()
    return spelt[:1].upper() + spelt[1:]


def spell_level(level: str, words: Words = ENGLISH) -> str:
    """Spell the level of an investigation."""
    return words.gettext(LEVELS[level]) if level in LEVELS else spell_term(level, words)


def spell_scale(number: int, steps: tuple[str, ...], words: Words = ENGLISH) -> str:
    """Spell a step of a scale that counts from 1; outside it, the number is all there is."""
    return words.gettext(steps[number - 1]) if 1 <= number <= len(steps) else str(number)


def label_of(
    vocabulary: Mapping[str, Mapping[str, Mapping[str, Any]]],
    name: str,
    term: str,
    words: Words = ENGLISH,
) -> str:
    """Return a term's label in the language of the words, else in English, else the term spelt out."""
    if term == WITHHELD:
        return words.gettext(WITHHELD_WORD)
    return text_in(vocabulary.get(name, {}).get(term, {}).get("label"), words.language) or spell_term(term)


def text_in(labels: object, language: str = FALLBACK_LANGUAGE) -> str:
    """Return the text of one language from `{en: …, de: …}`, else the English one, else nothing."""
    if not isinstance(labels, dict):
        return ""
    return next((str(labels[name]) for name in (*with_broader(language), FALLBACK_LANGUAGE) if labels.get(name)), "")
