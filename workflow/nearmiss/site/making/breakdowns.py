"""What the reports of the period were about, as charts: their areas, kinds and hazards, and how strong the measures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.privacy import suppress
from nearmiss.engine.publishing.publication import may_be_counted, restricted_classes
from nearmiss.models.values import REDACTED
from nearmiss.render.languages import N_
from nearmiss.render.words import label_of
from nearmiss.site.effects import CONTROLS
from nearmiss.site.making.charts import Chart, Count, bar_chart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.indicators.ground import Period
    from nearmiss.engine.publishing.gists import Gist
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.render.languages import Words

BY_TERM = (
    ("area", N_("Reports by area"), N_("Reports of the period by their area.")),
    (
        "classification",
        N_("Reports by kind"),
        N_("Reports of the period by their classification."),
    ),
    ("hazard", N_("Reports by hazard"), N_("Reports of the period by their hazard.")),
)
"""The vocabularies by which reports are told apart."""

MOST_BARS = 14
"""Bars of one chart; of longer lists the smallest are put together."""


def breakdowns(data: SiteData, period: Period, words: Words) -> Iterator[Chart]:
    """Yield the charts; a vocabulary that no report has a word of has none."""
    months = set(period.months())
    today = period.last.isoformat()[: len("2026-11")]
    reports = [
        gist
        for gist in data.gists.values()
        if gist.month in months and gist.month <= today and may_be_counted(gist, data.settings)
    ]
    for name, heading, definition in BY_TERM:
        numbers = Counter(dict.fromkeys(_terms(data, name), 0))
        numbers.update(_term_of(gist, name) for gist in reports)
        if any(_term_of(gist, name) for gist in reports):
            counts = _counts(numbers, name, data, words)
            axis = words.gettext("Reports")
            yield bar_chart(f"by-{name}", words.gettext(heading), words.gettext(definition), counts, axis, words)
    if reports:
        yield _by_strength(reports, words)


def _terms(data: SiteData, name: str) -> list[str]:
    """Return the terms in use: an empty one stays in a table, since a missing one would tell."""
    hidden = restricted_classes(data.settings) if name == "classification" else frozenset()
    entries = data.vocabulary.get(name, {})
    return [term for term, entry in entries.items() if term not in hidden and not entry.get("retired")]


def _term_of(gist: Gist, name: str) -> str:
    term = str(getattr(gist, name))
    return "" if term == REDACTED else term


def _counts(numbers: Counter[str], name: str, data: SiteData, words: Words) -> list[Count]:
    """Return the largest first, then the hidden ones by their names, so that their order tells nothing."""
    numbers = _fewer(numbers)
    hidden = suppress(numbers)
    labels = {term: _label(term, name, data, words) for term in numbers}
    order = sorted(numbers, key=lambda term: (term in hidden, 0 if term in hidden else -numbers[term], labels[term]))
    return [
        Count(label=labels[term], number=None if term in hidden else numbers[term], shown=hidden.get(term, ""))
        for term in order
    ]


OTHERS = "\0others"
"""Stands for the terms that were put together; no vocabulary can have it."""


def _fewer(numbers: Counter[str]) -> Counter[str]:
    """Return the numbers with the smallest put together, where there are too many for one chart."""
    order = sorted(numbers, key=lambda term: (term == "", -numbers[term], term))
    if len(order) <= MOST_BARS:
        return numbers
    kept = {term for term in order if term == ""} | set(order[: MOST_BARS - 2])
    fewer = Counter({term: numbers[term] for term in numbers if term in kept})
    fewer[OTHERS] = sum(numbers[term] for term in numbers if term not in kept)
    return fewer


def _label(term: str, name: str, data: SiteData, words: Words) -> str:
    if term == OTHERS:
        return words.gettext("All others")
    return label_of(data.vocabulary, name, term, words) if term else words.gettext("Not given, or not yet known")


def _by_strength(reports: Sequence[Gist], words: Words) -> Chart:
    """Return by which kind of measure, the strongest that was carried out, each report was answered."""
    numbers = Counter(dict.fromkeys((*CONTROLS, ""), 0))
    numbers.update(gist.controls[0] if gist.controls else "" for gist in reports)
    hidden = suppress(numbers)
    counts = [
        Count(
            label=words.gettext(CONTROLS[term]) if term else words.gettext("No measure carried out, or none yet"),
            number=None if term in hidden else numbers[term],
            shown=hidden.get(term, ""),
        )
        for term in (*CONTROLS, "")
    ]
    return bar_chart(
        "by-strength",
        words.gettext("Reports by the strongest measure"),
        words.gettext(
            "Reports of the period by the strongest kind of measure that was carried out, from taking the danger away "
            "down to protective equipment."
        ),
        counts,
        words.gettext("Reports"),
        words,
    )
