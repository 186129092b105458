"""Figures in the words of the site's language, the same as on the command line where that is English."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.definition import Indicator
from nearmiss.engine.indicators.figures import Figure
from nearmiss.engine.indicators.spelling import spell_parts, spell_value
from nearmiss.render.languages import ENGLISH, words_in
from nearmiss.site.figures_in_words import parts_in_words, reason_in_words, value_in_words

FIGURES = (
    Figure(value=None, why_not="no hours were worked"),
    Figure(value=12.5, numerator=1, denominator=8),
    Figure(value=1.0, numerator=1, denominator=1),
    Figure(value=0.25, numerator=3, denominator=12),
    Figure(value=2.5, denominator=1204),
    Figure(value=41.0, numerator=41),
    Figure(value=None, is_suppressed=True),
    Figure(value=0.0, numerator=0, denominator=7),
)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.name)
def test_english_figures_are_those_of_the_command_line(indicator: Indicator, figure: Figure) -> None:
    """Nobody reads one value on a screen and another on a page."""
    assert value_in_words(indicator, figure, ENGLISH, factor=200_000) == spell_value(indicator, figure, factor=200_000)
    assert parts_in_words(indicator, figure, ENGLISH) == spell_parts(indicator, figure)


def test_german_figures_are_german(repo_root: Path) -> None:
    """Units, numbers and what is counted are said as people there say them."""
    german = words_in("de", [repo_root / "templates"])
    by_name = {one.name: one for one in INDICATORS}
    said = [
        value_in_words(by_name[name], Figure(value=value, numerator=1, denominator=1200), german, factor=200_000)
        for name, value in (
            ("overdue", 12.5),
            ("time_to_first_feedback", 1.0),
            ("time_to_first_feedback", 1.5),
            ("near_miss_frequency", 1.3),
            ("action_strength", 2.25),
            ("reports", 1200.0),
        )
    ]
    assert said == ["12,5\u00a0%", "1 Tag", "1,5 Tage", "1,3 je 200.000 Arbeitsstunden", "2,2 von 3", "1.200"]
    figure = Figure(value=12.5, numerator=3, denominator=1200)
    parts = [parts_in_words(by_name[name], figure, german) for name in ("overdue", "time_to_first_feedback")]
    assert parts == [
        "3 überfällige offene Maßnahmen / 1.200 offene Maßnahmen",
        "Grundlage: 1.200 beantwortete Meldungen",
    ]


@pytest.mark.parametrize(
    "why_not, said",
    [
        ("no hours were worked", "es wurde nicht gearbeitet"),
        (
            "hours worked: not given for any month of the period",
            "Arbeitsstunden: für keinen Monat des Zeitraums angegeben",
        ),
        ("headcount: missing for 2026-01, 2026-02", "Beschäftigte: fehlt für 2026-01, 2026-02"),
        (
            "headcount: missing for 2026-01, 2026-02, 2026-03 and 4 more",
            "Beschäftigte: fehlt für 2026-01, 2026-02, 2026-03 und 4 weitere",
        ),
        ("what no catalogue has", "what no catalogue has"),
    ],
)
def test_reasons_are_said_in_the_language(repo_root: Path, why_not: str, said: str) -> None:
    """Why there is no value is translated, too, with the months that are missing."""
    assert reason_in_words(why_not, words_in("de", [repo_root / "templates"])) == said
    assert reason_in_words(why_not, ENGLISH) == why_not
