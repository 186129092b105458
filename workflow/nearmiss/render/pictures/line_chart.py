"""Lines over months or quarters, broken where there is no figure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.axis import round_ticks, share, spell_plainly
from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of, number
from nearmiss.render.pictures.measuring import LEADING, one_line, width_of, wrap
from nearmiss.render.pictures.pareto import runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

_HIGH = 200
_DASHES = ("", "7 4", "2 3", "9 3 2 3")
_POINTS = ("round", "square", "diamond", "triangle")
_MOST_POINTS = 60


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line: its name, and its value for each label of the chart, none where there is none."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class LineChart:
    """Lines over time: the labels of the points, what is counted, what a gap means, and what the picture is called."""

    title: str
    description: str
    axis: str
    gap: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


def draw_lines(chart: LineChart, *, prefix: str, spell: Callable[[float], str] = spell_plainly) -> Markup:
    """Return the lines as a drawing; `spell` writes the numbers of the axis. Lines differ in dashes and in points."""
    sheet = Sheet(name="lines", title=chart.title, description=chart.description, prefix=prefix)
    ticks = round_ticks((value for series in chart.series for value in series.values), most=4)
    left = EDGE + 8 + max(width_of(spell(tick)) for tick in ticks)
    top = _draw_legend(sheet, chart) + LEADING + 4
    for tick in ticks:
        y = top + (1 - share(tick, ticks)) * _HIGH
        sheet.path(f"M{number(left)} {number(y)}H{WIDTH - EDGE}", kind="grid")
        sheet.words(left - 6, y - LEADING / 2, [spell(tick)], kind="soft", anchor="end")
    labels = [one_line(label, WIDTH / 3) for label in chart.labels]
    places = _places(left, max(map(width_of, labels), default=0), len(labels))
    for order, series in enumerate(chart.series):
        _draw_series(sheet, series, order, [(x, top) for x in places], ticks)
    if len(chart.series) == 1:
        _write_last(sheet, chart.series[0], [(x, top) for x in places], ticks, spell)
    bottom = _draw_labels(sheet, labels, places, top + _HIGH + 6)
    return sheet.finish(_draw_gap(sheet, chart, bottom) + EDGE)


def _places(left: float, widest: float, count: int) -> list[float]:
    """Return where the points stand from left to right, so far from the edges that each label fits below its point."""
    first, last = max(left + 8, EDGE + widest / 2), WIDTH - EDGE - max(widest / 2, 8)
    step = (last - first) / max(count - 1, 1)
    return [first + index * step for index in range(count)]


def _draw_legend(sheet: Sheet, chart: LineChart) -> int:
    """Draw what is counted and, where there are several lines, which is which; return where that ends."""
    lines = wrap(chart.axis, WIDTH - 2 * EDGE, most=2)
    sheet.words(EDGE, EDGE, lines, kind="soft")
    y = EDGE + height_of(lines)
    if len(chart.series) > 1:
        for order, series in enumerate(chart.series):
            middle = y + LEADING / 2
            sheet.path(f"M{EDGE} {number(middle)}h36", kind=_kind(order), dashes=_DASHES[order % len(_DASHES)])
            _draw_point(sheet, EDGE + 18, middle, order)
            sheet.words(EDGE + 44, y, [one_line(series.label, WIDTH - 2 * EDGE - 44)])
            y += LEADING + 2
    return y


def _draw_series(
    sheet: Sheet, series: Series, order: int, tops: list[tuple[float, int]], ticks: tuple[float, ...]
) -> None:
    points = [
        None if value is None else (x, top + (1 - share(value, ticks)) * _HIGH)
        for (x, top), value in zip(tops, series.values, strict=False)
    ]
    for run in runs(points):
        steps = "L".join(f"{number(x)} {number(y)}" for x, y in run)
        sheet.path(f"M{steps}", kind=_kind(order), dashes=_DASHES[order % len(_DASHES)])
        if len(points) <= _MOST_POINTS or len(run) == 1:
            for x, y in run:
                _draw_point(sheet, x, y, order)


def _write_last(
    sheet: Sheet,
    series: Series,
    tops: list[tuple[float, int]],
    ticks: tuple[float, ...],
    spell: Callable[[float], str],
) -> None:
    """Write the last known value above its point."""
    known = [(x, top, value) for (x, top), value in zip(tops, series.values, strict=False) if value is not None]
    for x, top, value in known[-1:]:
        text = tidy(spell(value))
        half = width_of(text, bold=True) / 2
        y = top + (1 - share(value, ticks)) * _HIGH
        left = min(max(x - half, tops[0][0] - 8), WIDTH - EDGE - 2 * half)
        sheet.words(left, max(y - LEADING - 6, EDGE), [text], kind="figure")


def _draw_point(sheet: Sheet, x: float, y: float, order: int) -> None:
    shape = _POINTS[order % len(_POINTS)]
    if shape == "round":
        sheet.dot(x, y, 4, kind="point")
    elif shape == "square":
        sheet.box(x - 4, y - 4, 8, 8, kind="point")
    elif shape == "diamond":
        sheet.path(f"M{number(x)} {number(y - 6)}l6 6l-6 6l-6 -6Z", kind="point")
    else:
        sheet.path(f"M{number(x)} {number(y - 6)}l6 10h-12Z", kind="point")


def _kind(order: int) -> str:
    return f"line nm-s-line-{order % len(_DASHES) + 1}"


def _draw_labels(sheet: Sheet, labels: Sequence[str], places: Sequence[float], y: int) -> int:
    """Write the last label, and before it each second, third or further one that leaves room; return where they end."""
    widest = max(map(width_of, labels), default=0) + 8
    step = places[1] - places[0] if len(places) > 1 else widest
    every = max(1, ceil(widest / max(step, 0.1)))
    for text, place in list(zip(labels, places, strict=True))[::-every]:
        sheet.words(place, y, [text] if text else [], kind="soft", anchor="middle")
    return y + LEADING


def _draw_gap(sheet: Sheet, chart: LineChart, y: int) -> int:
    """Say what a gap means, where there is one; return where that ends."""
    if all(value is not None for series in chart.series for value in series.values):
        return y
    lines = wrap(chart.gap, WIDTH - 2 * EDGE, most=3)
    sheet.words(EDGE, y + 4, lines, kind="soft")
    return y + 4 + height_of(lines)
