"""Dates, terms and scales in words."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.render.languages import Words
from nearmiss.render.words import (
    SEVERITY,
    label_of,
    spell_date,
    spell_level,
    spell_month,
    spell_scale,
    spell_term,
    text_in,
)


@pytest.mark.parametrize(
    "date, day, month",
    [
        ("2026-11-21", "21 November 2026", "November 2026"),
        ("2026-03-05", "5 March 2026", "March 2026"),
        ("2026-03", "March 2026", "March 2026"),
        ("2026", "2026", "2026"),
        ("redacted", "withheld", "withheld"),
        ("last week", "last week", "last week"),
        ("2026-13-01", "2026-13-01", "2026-13-01"),
    ],
)
def test_dates_are_spelt_as_precisely_as_they_are_known(date: str, day: str, month: str) -> None:
    """A date keeps its precision; for the public it keeps its month; what is no date is left alone."""
    assert (spell_date(date), spell_month(date)) == (day, month)


def test_a_label_falls_back_on_english_and_then_on_the_term() -> None:
    """The label is that of the language, else English, else the term itself, spelt out."""
    vocabulary: dict[str, dict[str, dict[str, Any]]] = {
        "hazard": {"fall": {"label": {"en": "Fall", "de": "Sturz"}}, "hot-surface": {"label": "odd"}}
    }
    assert label_of(vocabulary, "hazard", "fall", Words(language="de")) == "Sturz"
    assert label_of(vocabulary, "hazard", "fall", Words(language="fr")) == "Fall"
    assert label_of(vocabulary, "hazard", "hot-surface") == "Hot surface"
    assert label_of(vocabulary, "area", "in-a-hurry") == "In a hurry"
    assert label_of(vocabulary, "hazard", "redacted") == "withheld"
    assert text_in({"de": "nur Deutsch"}) == ""


def test_terms_levels_and_scales_are_words() -> None:
    """Levels and steps of a scale have words; a step outside the scale is its number."""
    assert (spell_level("high"), spell_level("very-odd")) == ("High", "Very odd")
    assert (spell_term("very-high"), spell_term("redacted")) == ("Very high", "withheld")
    assert (spell_scale(1, SEVERITY), spell_scale(5, SEVERITY)) == ("negligible", "catastrophic")
    assert (spell_scale(0, SEVERITY), spell_scale(6, SEVERITY)) == ("0", "6")
