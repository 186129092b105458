"""Charts for pages: a picture that is drawn at build time, what it means, and the same as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.render.languages import N_
from nearmiss.render.pictures.bars import Bar, BarChart, draw_bars
from nearmiss.render.pictures.line_chart import LineChart, Series, draw_lines
from nearmiss.render.pictures.pareto import Pareto, ParetoRow, draw_pareto
from nearmiss.render.pictures.stacks import Part, Stack, StackChart, draw_stacks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nearmiss.render.languages import Words

POINTS_OF_A_LINE = 2
IN_TABLE = N_("What has too few reports to be shown is in the table only.")


@dataclass(frozen=True, kw_only=True)
class Count:
    """One number of a chart with its label; where it must not be shown, what stands in its place."""

    label: str
    number: int | None
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture with its heading, what it means, and the table behind it, of which the first column has labels.

    Where nothing of it may be shown there is no picture, and nothing to read in the table.
    """

    name: str
    heading: str
    definition: str
    picture: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def told_and_to_come(charts: Iterable[Chart]) -> tuple[tuple[Chart, ...], tuple[str, ...]]:
    """Part charts into those with a picture, and the headings of those that have too few reports for one."""
    every = tuple(charts)
    return tuple(one for one in every if one.picture), tuple(one.heading for one in every if not one.picture)


def listed_names(names: Iterable[str], words: Words) -> str:
    """Return the headings of charts and tables as a sentence names them."""
    return words.listed([words.gettext("“%(name)s”", name=name) for name in names])


def bar_chart(name: str, heading: str, definition: str, counts: Sequence[Count], axis: str, words: Words) -> Chart:
    """Return lying bars, one for each count; what must not be shown is in the table alone."""
    told = [one for one in counts if one.number is not None]
    bars = tuple(Bar(label=one.label, value=one.number, text=written(one, words)) for one in told)
    chart = BarChart(title=heading, description=_tell(counts, words), axis=axis, bars=bars)
    return Chart(
        name=name,
        heading=heading,
        definition=definition,
        picture=draw_bars(chart, prefix=name, spell=words.number) if bars else "",
        headers=("", axis),
        rows=_rows(counts, words),
        note=words.gettext(IN_TABLE) if told and len(told) < len(counts) else "",
    )


def stack_chart(name: str, heading: str, definition: str, counts: Sequence[Count], axis: str, words: Words) -> Chart:
    """Return one bar that is made of all counts."""
    parts = tuple(Part(value=one.number, text=written(one, words)) for one in counts)
    chart = StackChart(
        title=heading,
        description=_tell(counts, words),
        names=tuple(one.label for one in counts),
        unknown=words.gettext("What is not shown has no part in the bar."),
        stacks=(Stack(label=axis, parts=parts),),
    )
    return Chart(
        name=name,
        heading=heading,
        definition=definition,
        picture=draw_stacks(chart, prefix=name) if any(one.number is not None for one in counts) else "",
        headers=("", axis),
        rows=_rows(counts, words),
    )


def line_chart(
    name: str, heading: str, definition: str, counts: Sequence[Count], axis: str, words: Words, *, note: str = ""
) -> Chart:
    """Return a line over time, broken where there is no number; one point alone is no line."""
    known = sum(one.number is not None for one in counts)
    chart = LineChart(
        title=heading,
        description=_tell(counts, words),
        axis=axis,
        gap=words.gettext("Where the line is broken, the number is not known or not shown."),
        labels=tuple(one.label for one in counts),
        series=(Series(label=axis, values=tuple(one.number for one in counts)),),
    )
    return Chart(
        name=name,
        heading=heading,
        definition=definition,
        picture=draw_lines(chart, prefix=name, spell=words.number) if known >= POINTS_OF_A_LINE else "",
        headers=("", axis),
        rows=_rows(counts, words),
        note=note,
    )


@dataclass(frozen=True, kw_only=True)
class Share:
    """One kind with its number, its share in percent, and that of it and all before it; None where not shown."""

    label: str
    number: int | None
    percent: float | None
    added_up: float | None
    shown: str = ""


def pareto_chart(name: str, heading: str, definition: str, shares: Sequence[Share], axis: str, words: Words) -> Chart:
    """Return shares from the largest down with the line of what they add up to."""
    rows = tuple(
        ParetoRow(
            label=one.label,
            percent=one.percent,
            added_up=one.added_up,
            text=words.plain(one.shown) if one.percent is None else words.percent(one.percent),
        )
        for one in shares
    )
    counts = [Count(label=one.label, number=one.number, shown=one.shown) for one in shares]
    is_told = any(one.percent is not None for one in shares)
    picture = Pareto(title=heading, description=_tell(counts, words), axis=axis, rows=rows)
    table = tuple(
        (
            one.label,
            written(count, words),
            *("" if each is None else words.percent(each) for each in (one.percent, one.added_up)),
        )
        for one, count in zip(shares, counts, strict=True)
    )
    return Chart(
        name=name,
        heading=heading,
        definition=definition,
        picture=draw_pareto(picture, prefix=name, spell=words.percent) if is_told else "",
        headers=("", words.gettext("Number"), words.gettext("Share"), words.gettext("So far")),
        rows=table,
    )


def written(count: Count, words: Words) -> str:
    """Return a number in words; what stands in its place where it must not be shown; or that it is not known."""
    if count.number is not None:
        return words.number(count.number)
    return words.plain(count.shown) if count.shown else words.gettext("not known")


def _rows(counts: Sequence[Count], words: Words) -> tuple[tuple[str, ...], ...]:
    return tuple((one.label, written(one, words)) for one in counts)


def _tell(counts: Sequence[Count], words: Words) -> str:
    """Say what a picture shows in one sentence: where most is. The table has the rest."""
    known = [one for one in counts if one.number]
    if not known:
        return words.gettext("There is no number to show.")
    most = max(known, key=lambda one: one.number or 0)
    return words.gettext("Most: %(label)s, %(number)s.", label=most.label, number=words.number(most.number or 0))
