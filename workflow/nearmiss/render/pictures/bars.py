"""Bars that lie: a label, how much, and the figure in words; where there is no figure, a hatched piece says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.render.pictures.axis import round_ticks, share, spell_plainly
from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of, number
from nearmiss.render.pictures.hatching import hatched
from nearmiss.render.pictures.measuring import LEADING, one_line, width_of, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

_THICK = 16
_GAP = 10
_FIGURE_ROOM = 150
_HATCHED = 56


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: its label, its value (none where it is not known or not shown), and what is written at its end."""

    label: str
    value: float | None
    text: str


@dataclass(frozen=True, kw_only=True)
class BarChart:
    """Bars from top to bottom, what they count, and what the picture is called."""

    title: str
    description: str
    axis: str
    bars: tuple[Bar, ...]


def draw_bars(chart: BarChart, *, prefix: str, spell: Callable[[float], str] = spell_plainly) -> Markup:
    """Return the bars as a drawing; `spell` writes the numbers of the axis. Values below nothing count as nothing."""
    sheet = Sheet(name="bars", title=chart.title, description=chart.description, prefix=prefix)
    ticks = round_ticks(bar.value for bar in chart.bars)
    texts = [one_line(bar.text, _FIGURE_ROOM, bold=True) for bar in chart.bars if bar.value is not None]
    room = WIDTH - 2 * EDGE - 8 - max([*(width_of(text, bold=True) for text in texts), 24])
    y = EDGE
    for bar in chart.bars:
        y = _draw_bar(sheet, bar, y, room, ticks)
    return sheet.finish(draw_scale(sheet, ticks, room, y, spell=spell, axis=chart.axis))


def draw_scale(
    sheet: Sheet,
    ticks: tuple[float, ...],
    room: float,
    y: int,
    *,
    spell: Callable[[float], str],
    axis: str,
) -> int:
    """Draw the axis below bars, with its numbers and what it counts; return where it ends, with the edge."""
    marks = "".join(f"M{number(EDGE + share(tick, ticks) * room)} {EDGE}V{y + 4}" for tick in ticks)
    sheet.path_below(marks, kind="grid")
    last = -1.0
    for tick in ticks:
        text = spell(tick)
        middle = EDGE + share(tick, ticks) * room
        half = width_of(text) / 2
        left = min(max(middle - half, EDGE), WIDTH - EDGE - 2 * half)
        if left > last:
            sheet.words(left, y + 6, [text], kind="soft")
            last = left + 2 * half + 6
    lines = wrap(axis, WIDTH - 2 * EDGE, most=2)
    sheet.words(EDGE, y + 6 + LEADING, lines, kind="soft")
    return y + 6 + LEADING + height_of(lines) + EDGE


def _draw_bar(sheet: Sheet, bar: Bar, y: int, room: float, ticks: tuple[float, ...]) -> int:
    """Draw one bar below its label; return where the next one begins."""
    lines = wrap(bar.label, WIDTH - 2 * EDGE, most=3)
    sheet.words(EDGE, y, lines)
    y += height_of(lines)
    if bar.value is None:
        draw_unknown(sheet, y, _THICK)
        end: float = EDGE + _HATCHED
        text = one_line(bar.text, WIDTH - 2 * EDGE - _HATCHED - 8, bold=True)
    else:
        end = EDGE + share(bar.value, ticks) * room
        text = one_line(bar.text, _FIGURE_ROOM, bold=True)
        sheet.box(EDGE, y, max(end - EDGE, 0.5), _THICK, kind="bar")
    sheet.words(end + 6, y - 1, [text] if text else [], kind="figure")
    return y + _THICK + _GAP


def draw_unknown(sheet: Sheet, y: float, thick: int) -> float:
    """Draw the hatched piece that stands where a figure is not shown; return where it ends."""
    sheet.box(EDGE, y, _HATCHED, thick, kind="unknown")
    sheet.path(hatched(EDGE, y, _HATCHED, thick, "rising"), kind="hatch")
    return EDGE + _HATCHED
