"""Words for what records write in short: dates, terms and scales."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss.render.text import WITHHELD

if TYPE_CHECKING:
    from collections.abc import Mapping

WITHHELD_WORD = "withheld"
FALLBACK_LANGUAGE = "en"

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SEVERITY = ("negligible", "minor", "moderate", "major", "catastrophic")
LIKELIHOOD = ("rare", "unlikely", "possible", "likely", "almost certain")
LEVELS = {
    "minimal": "Minimal",
    "low": "Low",
    "medium": "Medium",
    "high": "High",
}
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-([0-3][0-9]))?)?")


def spell_date(text: str) -> str:
    """Spell a date as precisely as it is known: `21 November 2026`, `November 2026`, `2026`."""
    if text == WITHHELD:
        return WITHHELD_WORD
    match = _PARTIAL_DATE.fullmatch(text)
    if not match:
        return text
    year, month, day = match.groups()
    return " ".join(part for part in (day and str(int(day)), month and MONTHS[int(month) - 1], year) if part)


def spell_month(text: str) -> str:
    """Spell a date with month precision at most, so that a day does not point at a person."""
    return spell_date(text[:7] if _PARTIAL_DATE.fullmatch(text) else text)


def spell_term(term: str) -> str:
    """Spell a kebab-case term that has no label: `very-high` becomes `Very high`."""
    if term == WITHHELD:
        return WITHHELD_WORD
    words = term.replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def spell_level(level: str) -> str:
    """Spell the level of an investigation."""
    return LEVELS.get(level, spell_term(level))


def spell_scale(number: int, words: tuple[str, ...]) -> str:
    """Spell a step of a scale that counts from 1; outside it, the number is all there is."""
    return words[number - 1] if 1 <= number <= len(words) else str(number)


def label_of(
    vocabulary: Mapping[str, Mapping[str, Mapping[str, Any]]], name: str, term: str, language: str = FALLBACK_LANGUAGE
) -> str:
    """Return a term's label in a language, else in English, else the term spelt out."""
    if term == WITHHELD:
        return WITHHELD_WORD
    return text_in(vocabulary.get(name, {}).get(term, {}).get("label"), language) or spell_term(term)


def text_in(labels: object, language: str = FALLBACK_LANGUAGE) -> str:
    """Return the text of one language from `{en: …, de: …}`, else the English one, else nothing."""
    if not isinstance(labels, dict):
        return ""
    return str(labels.get(language) or labels.get(FALLBACK_LANGUAGE) or "")
