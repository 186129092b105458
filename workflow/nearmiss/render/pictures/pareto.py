"""The Pareto picture: shares from the largest down as lying bars, and the line of what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.render.pictures.axis import share, spell_plainly
from nearmiss.render.pictures.bars import draw_scale, draw_unknown
from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of, number
from nearmiss.render.pictures.measuring import LEADING, one_line, width_of, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from markupsafe import Markup

_PERCENT = (0, 20, 40, 60, 80, 100)
_THICK = 16
_GAP = 10
_ROOM = WIDTH - 2 * EDGE - 26


@dataclass(frozen=True, kw_only=True)
class ParetoRow:
    """One kind: its share of all and the share of it and all before it, in percent, and both in words.

    Either is none where it is not shown; the line has a gap there.
    """

    label: str
    percent: float | None
    added_up: float | None
    text: str


@dataclass(frozen=True, kw_only=True)
class Pareto:
    """The kinds from the largest down, and what the picture is called."""

    title: str
    description: str
    axis: str
    rows: tuple[ParetoRow, ...]


def draw_pareto(pareto: Pareto, *, prefix: str, spell: Callable[[float], str] = spell_plainly) -> Markup:
    """Return the shares as a drawing; `spell` writes the numbers of the axis, which are percent."""
    sheet = Sheet(name="pareto", title=pareto.title, description=pareto.description, prefix=prefix)
    y, points = EDGE, []
    for row in pareto.rows:
        y = _write_row(sheet, row, y)
        if row.percent is None:
            draw_unknown(sheet, y, _THICK)
        else:
            sheet.box(EDGE, y, max(share(row.percent, _PERCENT) * _ROOM, 0.5), _THICK, kind="bar")
        middle = y + _THICK / 2
        points.append(None if row.added_up is None else (EDGE + share(row.added_up, _PERCENT) * _ROOM, middle))
        y += _THICK + _GAP
    bottom = draw_scale(sheet, _PERCENT, _ROOM, y, spell=spell, axis=pareto.axis)
    for run in runs(points):
        sheet.path("M" + "L".join(f"{number(x)} {number(at)}" for x, at in run), kind="line")
        for x, at in run:
            sheet.dot(x, at, 4, kind="point")
    return sheet.finish(bottom)


def _write_row(sheet: Sheet, row: ParetoRow, y: int) -> int:
    """Write a label and behind it, where the line seldom is, the figures; return where they end."""
    text = one_line(row.text, WIDTH / 2, bold=True)
    lines = wrap(row.label, WIDTH - 2 * EDGE - width_of(text, bold=True) - 12, most=3) or [""]
    sheet.words(EDGE, y, lines, kind="halo")
    bottom = y + height_of(lines)
    sheet.words(EDGE + width_of(lines[-1]) + 8, bottom - LEADING, [text] if text else [], kind="figure")
    return bottom


def runs(points: Iterable[tuple[float, float] | None]) -> Iterator[list[tuple[float, float]]]:
    """Part points where one is missing: a line is drawn through each part."""
    run: list[tuple[float, float]] = []
    for point in points:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run
