"""The page of the indicators: the team's figures as all staff may see them, each with its definition beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.definition import FAMILIES
from nearmiss.render.languages import ENGLISH, Words
from nearmiss.render.words import spell_date
from nearmiss.site.figures_in_words import label_of_row, parts_in_words, reason_in_words, value_in_words
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.indicators.definition import Indicator
    from nearmiss.engine.indicators.figures import Row, Table
    from nearmiss.engine.indicators.reckoning import Reckoned
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

INDICATORS_PAGE = "indicators.md"

Pieces = tuple[tuple[str, bool], ...]
"""A sentence in pieces, each with whether it is the name of a field or a file."""


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """One line of the page: what it is called, its value, what that is made of, and what it means."""

    label: str
    value: str
    made_of: str
    why_not: str
    definition: Pieces


@dataclass(frozen=True, kw_only=True)
class ShownFamily:
    """The figures of one part of the page."""

    name: str
    label: str
    figures: tuple[ShownFigure, ...]


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """One table of the page; the last column is there where shares are added up."""

    label: str
    definition: Pieces
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


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
    figures = data.figures
    if figures is None:
        return {"families": (), "tables": (), "moment": {}, "notes": ()}
    return {
        "families": tuple(_family(name, words.plain(label), figures, words) for name, label in FAMILIES.items()),
        "tables": tuple(_table(table, data, words) for table in figures.tables),
        "moment": {
            "today": spell_date(figures.day.isoformat(), words),
            "commit": figures.commit[:12],
            "first": spell_date(figures.period.first.isoformat(), words),
            "last": spell_date(figures.period.last.isoformat(), words),
        },
        "notes": figures.notes,
    }


def _family(name: str, label: str, figures: Reckoned, words: Words) -> ShownFamily:
    shown = tuple(_figure(one, figures, words) for one in INDICATORS if one.family == name)
    return ShownFamily(name=name, label=label, figures=shown)


def _figure(indicator: Indicator, figures: Reckoned, words: Words) -> ShownFigure:
    figure = figures.figures[indicator.name]
    return ShownFigure(
        label=words.plain(indicator.label),
        value=value_in_words(indicator, figure, words, factor=figures.factor),
        made_of=parts_in_words(indicator, figure, words),
        why_not=reason_in_words(figure.why_not, words),
        definition=in_pieces(words.plain(indicator.definition)),
    )


def _table(table: Table, data: SiteData, words: Words) -> ShownTable:
    headers = (words.gettext("Number"), words.gettext("Share"), *((words.gettext("So far"),) * table.cumulative))
    rows = tuple(_row(row, table, data, words) for row in table.rows)
    return ShownTable(
        label=words.plain(table.label),
        definition=in_pieces(words.plain(table.definition)),
        headers=("", *headers),
        rows=rows,
    )


def _row(row: Row, table: Table, data: SiteData, words: Words) -> tuple[str, ...]:
    shares = (row.share, *((row.so_far,) if table.cumulative else ()))
    return (
        label_of_row(row, table.name, data, words),
        words.plain(row.shown) if row.shown else words.number(row.number),
        *("" if one is None else words.percent(one) for one in shares),
    )


def in_pieces(sentence: str) -> Pieces:
    """Split a sentence at its backticks: every second piece is the name of a field or a file."""
    return tuple((piece, bool(number % 2)) for number, piece in enumerate(sentence.split("`")) if piece)
