"""Bars made of parts, such as states or ages: each part has its own pattern, and the legend its number in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of
from nearmiss.render.pictures.hatching import PATTERNS, hatched
from nearmiss.render.pictures.measuring import LEADING, one_line, width_of, wrap

if TYPE_CHECKING:
    from markupsafe import Markup

_THICK = 28
_GAP = 10
_SWATCH = 24


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a bar: its value, none where it is not shown, and what is written in it and in the table behind."""

    value: float | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A bar: its label, and a part for each name of the chart."""

    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class StackChart:
    """Bars with the same parts: their names in order, and what the picture is called.

    Where a part is not shown, `unknown` says so below.
    """

    title: str
    description: str
    names: tuple[str, ...]
    unknown: str
    stacks: tuple[Stack, ...]


def draw_stacks(chart: StackChart, *, prefix: str) -> Markup:
    """Return the bars as a drawing, all on one scale; values below nothing count as nothing."""
    sheet = Sheet(name="stacks", title=chart.title, description=chart.description, prefix=prefix)
    most = max([*(sum(map(_amount, stack.parts)) for stack in chart.stacks), 0]) or 1
    y = EDGE
    for stack in chart.stacks:
        y = _draw_stack(sheet, stack, y, most)
    return sheet.finish(_draw_legend(sheet, chart, y) + EDGE)


def _amount(part: Part) -> float:
    return max(part.value or 0, 0)


def _draw_stack(sheet: Sheet, stack: Stack, y: int, most: float) -> int:
    lines = wrap(stack.label, WIDTH - 2 * EDGE, most=3)
    sheet.words(EDGE, y, lines)
    y += height_of(lines)
    x = float(EDGE)
    for order, part in enumerate(stack.parts):
        wide = _amount(part) / most * (WIDTH - 2 * EDGE)
        if wide > 0:
            _draw_part(sheet, (x, y, wide, _THICK), order)
            text = tidy(part.text)
            if width_of(text, bold=True) + 8 <= wide:
                sheet.words(x + wide / 2, y + (_THICK - LEADING) / 2, [text], kind="part", anchor="middle")
        x += wide
    return y + _THICK + _GAP


def _draw_part(sheet: Sheet, place: tuple[float, float, float, float], order: int) -> None:
    kind = order % len(PATTERNS)
    sheet.box(*place, kind=f"part nm-s-part-{kind + 1}")
    steps = hatched(*place, PATTERNS[kind])
    if steps:
        sheet.path(steps, kind="hatch")


def _draw_legend(sheet: Sheet, chart: StackChart, y: int) -> int:
    """Name the parts; of a single bar with their figures."""
    only = chart.stacks[0].parts if len(chart.stacks) == 1 else ()
    for order, name in enumerate(chart.names):
        text = only[order].text if order < len(only) else ""
        figure = one_line(text, WIDTH / 2 - EDGE, bold=True)
        room = WIDTH - 2 * EDGE - _SWATCH - 20 - width_of(figure, bold=True)
        lines = wrap(name, room, most=3)
        _draw_part(sheet, (EDGE, y, _SWATCH, 16), order)
        sheet.words(EDGE + _SWATCH + 8, y - 1, lines)
        sheet.words(WIDTH - EDGE, y - 1, [figure] if figure else [], kind="figure", anchor="end")
        y += max(height_of(lines), LEADING) + 4
    if any(part.value is None for stack in chart.stacks for part in stack.parts):
        lines = wrap(chart.unknown, WIDTH - 2 * EDGE, most=3)
        sheet.words(EDGE, y, lines, kind="soft")
        y += height_of(lines)
    return y
