"""Figures in the words of the site: values with their units, what they are made of, and why there is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.privacy import NOT_SHOWN, TO
from nearmiss.engine.indicators.spelling import NO_VALUE
from nearmiss.render.languages import N_
from nearmiss.render.words import label_of
from nearmiss.site.rules_in_words import label_of_state

if TYPE_CHECKING:
    from nearmiss.engine.indicators.definition import Indicator
    from nearmiss.engine.indicators.figures import Figure, Row
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.render.languages import Words

POINTS = 3
_GAPS = (
    (re.compile(r"(.+): not given for any month of the period"), N_("%(what)s: not given for any month of the period")),
    (re.compile(r"(.+): missing for (.+) and ([0-9]+) more"), N_("%(what)s: missing for %(months)s and %(num)s more")),
    (re.compile(r"(.+): missing for (.+)"), N_("%(what)s: missing for %(months)s")),
)
"""Reasons that name what is missing."""


def value_in_words(indicator: Indicator, figure: Figure, words: Words, *, factor: int) -> str:
    """Return a value with its unit: `12.5 %`, `4 days`, `1.3 per 200,000 hours worked`; or that there is none."""
    if figure.is_suppressed:
        return words.plain(NOT_SHOWN)
    if figure.value is None:
        return words.plain(NO_VALUE)
    return _with_unit(indicator.unit, figure.value, words, factor=factor)


def _with_unit(unit: str, value: float, words: Words, *, factor: int) -> str:
    number = words.number(value)
    match unit:
        case "percent":
            return words.percent(value)
        case "days":
            return days_in_words(value, words)
        case "rate":
            return words.gettext("%(number)s per %(hours)s hours worked", number=number, hours=words.number(factor))
        case "points":
            return words.gettext("%(number)s of %(most)s", number=number, most=POINTS)
        case _:
            return number


def days_in_words(days: float, words: Words) -> str:
    """Return a number of days, which may be a half."""
    # A form is chosen by a whole number: half a day is not one.
    whole = int(days) if days == int(days) else 0
    return words.ngettext("%(num)s day", "%(num)s days", whole, num=words.number(days))


def parts_in_words(indicator: Indicator, figure: Figure, words: Words) -> str:
    """Return what a figure is made of: `3 open actions past their due date / 12 open actions`; empty where unknown."""
    below = figure.denominator
    if figure.is_suppressed or figure.value is None or below is None or indicator.unit == "number":
        return ""
    if indicator.unit == "days":
        return words.gettext("of %(number)s %(what)s", number=words.number(below), what=words.plain(indicator.below))
    if figure.numerator is None:
        return ""
    return words.gettext(
        "%(above)s %(what_above)s / %(below)s %(what_below)s",
        above=words.number(figure.numerator),
        what_above=words.plain(indicator.above),
        below=words.number(below),
        what_below=words.plain(indicator.below),
    )


def reason_in_words(why_not: str, words: Words) -> str:
    """Return why there is no value."""
    for pattern, sentence in _GAPS:
        match = pattern.fullmatch(why_not)
        if match:
            return words.gettext(sentence, **_filled(match, words))
    return words.plain(why_not)


def label_of_row(row: Row, table: str, data: SiteData, words: Words) -> str:
    """Return what a line of a table counts: its state, month or kind in the language of the site."""
    if table == "records_by_state":
        return label_of_state(row.key, data.rules, words)
    if table == "reports_by_month":
        return _span(row.key, words)
    if table == "causes":
        return label_of(data.vocabulary, "cause-category", row.key, words)
    return words.plain(row.label)


def _span(key: str, words: Words) -> str:
    """Return a month, or the first and the last of several that were put together."""
    first, _, last = key.partition(TO)
    if not last:
        return words.month(first)
    return words.gettext("%(first)s to %(last)s", first=words.month(first), last=words.month(last))


def _filled(match: re.Match[str], words: Words) -> dict[str, str]:
    what, *others = match.groups()
    return {"what": words.plain(what)} | dict(zip(("months", "num"), others, strict=False))
