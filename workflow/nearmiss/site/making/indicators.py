"""The page of the indicators: the team's figures as all staff may see them, each with its definition beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.definition import FAMILIES
from nearmiss.engine.indicators.spelling import spell_number, spell_parts, spell_value
from nearmiss.render.words import spell_date
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.indicators.definition import Indicator
    from nearmiss.engine.indicators.figures import Row, Table
    from nearmiss.engine.indicators.reckoning import Reckoned
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

INDICATORS_PAGE = "indicators.md"

Words = tuple[tuple[str, bool], ...]
"""A sentence in pieces, each with whether it is the name of a field or a file."""


@dataclass(frozen=True, kw_only=True)
class ShownFigure:
    """One line of the page: what it is called, its value, what that is made of, and what it means."""

    label: str
    value: str
    made_of: str
    why_not: str
    definition: Words


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
    definition: Words
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def indicators_page(library: Library) -> Page:
    """Return the page of the indicators of the register that the site belongs to."""
    return Page(
        path=INDICATORS_PAGE,
        title="Indicators",
        name="Indicators",
        template="site/indicators.html.j2",
        data=lambda: indicators_page_data(library.home),
        hide=("navigation",),
        in_nav=True,
    )


def indicators_page_data(data: SiteData) -> Mapping[str, object]:
    """Return what the page shows; nothing but that there are no figures, where there are none."""
    figures = data.figures
    if figures is None:
        return {"families": (), "tables": (), "moment": {}, "notes": ()}
    return {
        "families": tuple(_family(name, label, figures) for name, label in FAMILIES.items()),
        "tables": tuple(_table(table) for table in figures.tables),
        "moment": {
            "today": spell_date(figures.day.isoformat()),
            "commit": figures.commit[:12],
            "first": spell_date(figures.period.first.isoformat()),
            "last": spell_date(figures.period.last.isoformat()),
        },
        "notes": figures.notes,
    }


def _family(name: str, label: str, figures: Reckoned) -> ShownFamily:
    shown = tuple(_figure(one, figures) for one in INDICATORS if one.family == name)
    return ShownFamily(name=name, label=label, figures=shown)


def _figure(indicator: Indicator, figures: Reckoned) -> ShownFigure:
    figure = figures.figures[indicator.name]
    return ShownFigure(
        label=indicator.label,
        value=spell_value(indicator, figure, factor=figures.factor),
        made_of=spell_parts(indicator, figure),
        why_not=figure.why_not,
        definition=in_pieces(indicator.definition),
    )


def _table(table: Table) -> ShownTable:
    headers = ("", "Number", "Share", *(("So far",) if table.cumulative else ()))
    rows = tuple(_row(row, table) for row in table.rows)
    return ShownTable(label=table.label, definition=in_pieces(table.definition), headers=headers, rows=rows)


def _row(row: Row, table: Table) -> tuple[str, ...]:
    shares = (row.share, *((row.so_far,) if table.cumulative else ()))
    return (
        row.label,
        row.shown or str(row.number),
        *("" if one is None else f"{spell_number(one)} %" for one in shares),
    )


def in_pieces(sentence: str) -> Words:
    """Split a sentence at its backticks: every second piece is the name of a field or a file."""
    return tuple((piece, bool(number % 2)) for number, piece in enumerate(sentence.split("`")) if piece)
