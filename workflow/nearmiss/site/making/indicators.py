"""The page of the indicators: the team's figures as all staff may see them, each with its definition beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.definition import FAMILIES
from nearmiss.engine.indicators.privacy import MONTHLY, TO
from nearmiss.render.languages import ENGLISH, N_, Words
from nearmiss.render.words import spell_date
from nearmiss.site.figures_in_words import label_of_row, parts_in_words, reason_in_words, value_in_words
from nearmiss.site.making.breakdowns import breakdowns
from nearmiss.site.making.charts import (
    Chart,
    Count,
    Share,
    line_chart,
    listed_names,
    pareto_chart,
    stack_chart,
    told_and_to_come,
)
from nearmiss.site.making.definitions import in_words
from nearmiss.site.making.restatements import ShownComparison, comparison_in_words
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.indicators.definition import Indicator
    from nearmiss.engine.indicators.figures import Row, Table
    from nearmiss.engine.indicators.reckoning import Reckoned
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

INDICATORS_PAGE = "indicators.md"
PUT_TOGETHER = N_(
    "Some months had so few reports that they are not told by themselves, so several months are put together."
)
UNFINISHED = N_("The last month is not over yet.")


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """One line of the page: what it is called, its value, what that is made of, and what it means."""

    label: str
    value: str
    made_of: str
    why_not: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class ShownFamily:
    """The figures of one part of the page: those with a value, and the others with why there is none."""

    name: str
    label: str
    figures: tuple[ShownFigure, ...]
    without: tuple[ShownFigure, ...]


def indicators_page(library: Library) -> Page:
    """Return the page of the indicators of the register that the site belongs to."""
    return Page(
        path=INDICATORS_PAGE,
        title=library.words.gettext("Indicators"),
        name=library.words.gettext("Indicators"),
        template="site/indicators.html.j2",
        data=lambda: indicators_page_data(library.home, library.words),
        hide=("navigation",),
        in_nav=True,
    )


def indicators_page_data(data: SiteData, words: Words = ENGLISH) -> Mapping[str, object]:
    """Return what the page shows; nothing but that there are no figures, where there are none."""
    view = data.view()
    if view is None:
        return {"families": (), "charts": (), "to_come": (), "compared": None, "moment": {}, "notes": ()}
    figures = view.figures
    compared: ShownComparison | None = comparison_in_words(view.compared, figures.factor, words)
    tables = (_chart(table, data, words) for table in figures.tables)
    charts, to_come = told_and_to_come([*tables, *breakdowns(data, figures.period, words)])
    return {
        "families": tuple(_family(name, words.plain(label), figures, data, words) for name, label in FAMILIES.items()),
        "charts": charts,
        "to_come": listed_names(to_come, words),
        "compared": compared,
        "moment": {
            "today": spell_date(figures.day.isoformat(), words),
            "commit": figures.commit[:12],
            "first": spell_date(figures.period.first.isoformat(), words),
            "last": spell_date(figures.period.last.isoformat(), words),
        },
        "notes": figures.notes,
    }


def _family(name: str, label: str, figures: Reckoned, data: SiteData, words: Words) -> ShownFamily:
    every = tuple(_figure(one, figures, data, words) for one in INDICATORS if one.family == name)
    return ShownFamily(
        name=name,
        label=label,
        figures=tuple(one for one in every if not one.why_not),
        without=tuple(one for one in every if one.why_not),
    )


def _figure(indicator: Indicator, figures: Reckoned, data: SiteData, words: Words) -> ShownFigure:
    figure = figures.figures[indicator.name]
    return ShownFigure(
        label=words.plain(indicator.label),
        value=value_in_words(indicator, figure, words, factor=figures.factor),
        made_of=parts_in_words(indicator, figure, words),
        why_not=reason_in_words(figure.why_not, words),
        definition=in_words(words.plain(indicator.definition), data, words),
    )


def _chart(table: Table, data: SiteData, words: Words) -> Chart:
    """Return a table as the picture that suits it: months as a line, causes by their shares, else one bar in parts."""
    heading, definition = words.plain(table.label), in_words(words.plain(table.definition), data, words)
    if table.cumulative:
        shares = [_share(row, table, data, words) for row in table.rows]
        return pareto_chart(table.name, heading, definition, shares, words.gettext("Share in percent"), words)
    counts = [_count(row, table, data, words) for row in table.rows]
    if table.name != MONTHLY:
        return stack_chart(table.name, heading, definition, counts, words.gettext("Records"), words)
    return line_chart(
        table.name,
        heading,
        definition,
        counts,
        words.gettext("Reports"),
        words,
        note=words.gettext(PUT_TOGETHER if any(TO in row.key for row in table.rows) else UNFINISHED),
    )


def _count(row: Row, table: Table, data: SiteData, words: Words) -> Count:
    """Return a row; months before the first report there is are not known to have had none."""
    label = label_of_row(row, table.name, data, words)
    if row.shown or (table.name == MONTHLY and not row.number and row.key[-len("2026-11") :] < _first_month(data)):
        return Count(label=label, number=None, shown=row.shown)
    return Count(label=label, number=row.number)


def _first_month(data: SiteData) -> str:
    return min((gist.month for gist in data.gists.values() if gist.month), default="")


def _share(row: Row, table: Table, data: SiteData, words: Words) -> Share:
    return Share(
        label=label_of_row(row, table.name, data, words),
        number=None if row.shown else row.number,
        percent=row.share,
        added_up=row.so_far,
        shown=row.shown,
    )
