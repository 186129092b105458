"""The risk matrix with where the risk stood before and where it stands after, for a matrix of any size up to ten."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import hypot
from typing import TYPE_CHECKING

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of, kind_of, number
from nearmiss.render.pictures.measuring import LEADING, one_line, width_of, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

_LEFT = 132
_WIDE = WIDTH - EDGE - _LEFT
_TALL = 62
_MARK = 20
_UPPER, _ALONE, _LOWER = 30, 38, 51
_GAP = 8

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class RiskBand:
    """A band of the matrix: its name in the policy, the code in the cells, and its name in words."""

    name: str
    code: str
    label: str


@dataclass(frozen=True, kw_only=True)
class RiskScale:
    """The matrix of a policy, worded.

    Attributes:
        severity: Words for severity 1 and up.
        likelihood: Words for likelihood 1 and up.
        cells: For likelihood 1 and up, the codes of the bands for severity 1 and up.
        bands: What the codes mean, from low to high.
        severity_axis: The name of what grows to the right.
        likelihood_axis: The name of what grows upwards.
    """

    severity: tuple[str, ...]
    likelihood: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    bands: tuple[RiskBand, ...]
    severity_axis: str
    likelihood_axis: str


@dataclass(frozen=True, kw_only=True)
class RiskMark:
    """Where a risk stands: a short word for the cell, the place, and a sentence that says it whole."""

    word: str
    severity: int
    likelihood: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class RiskMatrix:
    """What is marked on the matrix, and what the picture is called."""

    title: str
    description: str
    scale: RiskScale
    before: RiskMark | None
    after: RiskMark | None


def draw_risk_matrix(matrix: RiskMatrix, *, prefix: str) -> Markup:
    """Return the matrix as a drawing with its marks, an arrow from before to after, and what the marks mean."""
    sheet = Sheet(name="matrix", title=matrix.title, description=matrix.description, prefix=prefix)
    sheet.keep(*_frame(matrix.scale))
    at = dict(_places(matrix))
    if len(at) == len(_SHAPES):
        _draw_arrow(sheet, at["before"], at["after"], matrix.scale)
    y = _below(matrix.scale)
    for shape, mark in _marks(matrix):
        if shape in at:
            _draw_mark(sheet, mark, shape, at[shape], _cell_width(matrix.scale))
        y = _explain(sheet, mark, shape, y)
    return sheet.finish(y + EDGE)


_SHAPES = ("before", "after")


def _marks(matrix: RiskMatrix) -> Iterator[tuple[str, RiskMark]]:
    for shape, mark in zip(_SHAPES, (matrix.before, matrix.after), strict=True):
        if mark is not None:
            yield shape, mark


def _places(matrix: RiskMatrix) -> Iterator[tuple[str, Point]]:
    """Return the middles of the marks that lie on the matrix; of two in one row, the second stands lower."""
    scale = matrix.scale
    marks = {shape: (mark.severity, mark.likelihood) for shape, mark in _marks(matrix)}
    one_row = len(marks) == len(_SHAPES) and len({likelihood for _severity, likelihood in marks.values()}) == 1
    for shape, (severity, likelihood) in marks.items():
        if 1 <= severity <= len(scale.severity) and 1 <= likelihood <= len(scale.likelihood):
            x = _LEFT + (severity - 0.5) * _cell_width(scale)
            y = _top() + (len(scale.likelihood) - likelihood) * _TALL
            yield shape, (x, y + (_LOWER if shape == "after" else _UPPER) if one_row else y + _ALONE)


def _cell_width(scale: RiskScale) -> float:
    return _WIDE / max(len(scale.severity), 1)


def _top() -> int:
    return EDGE + LEADING + 4


@lru_cache(maxsize=8)
def _frame(scale: RiskScale) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what all pictures of one policy share: it is the same for every lesson."""
    sheet = Sheet(name="", title="", description="", prefix="")
    _draw_cells(sheet, scale)
    _draw_axes(sheet, scale)
    _draw_legend(sheet, scale)
    return sheet.drawn()


def _draw_cells(sheet: Sheet, scale: RiskScale) -> None:
    wide = _cell_width(scale)
    areas: dict[str, list[str]] = {}
    for row, codes in enumerate(reversed(scale.cells)):
        y = _top() + row * _TALL
        for column, code in enumerate(codes):
            x = _LEFT + column * wide
            areas.setdefault(code, []).append(f"M{number(x)} {y}h{number(wide)}v{_TALL}h-{number(wide)}Z")
            sheet.words(x + 6, y - 1, [one_line(code, wide - 6)], kind="code")
    names = {band.code: band.name for band in scale.bands}
    for code, area in areas.items():
        sheet.path("".join(area), kind=f"band nm-s-band-{kind_of(names.get(code, code))}")


def _draw_axes(sheet: Sheet, scale: RiskScale) -> None:
    wide, rows = _cell_width(scale), len(scale.likelihood)
    sheet.words(EDGE, EDGE, [one_line(scale.likelihood_axis, WIDTH - 2 * EDGE, bold=True)], kind="axis")
    for row, label in enumerate(reversed(scale.likelihood)):
        lines = wrap(f"{rows - row} {label}", _LEFT - EDGE - 6, most=3)
        sheet.words(_LEFT - 6, _top() + row * _TALL + (_TALL - height_of(lines)) / 2, lines, anchor="end")
    y = _top() + rows * _TALL + 6
    for column in range(len(scale.severity)):
        sheet.words(_LEFT + (column + 0.5) * wide, y, [str(column + 1)], anchor="middle")
    ends = (scale.severity[:1], _LEFT, ""), (scale.severity[1:][-1:], WIDTH - EDGE, "end")
    for labels, x, anchor in ends:
        sheet.words(x, y + LEADING, [one_line(label, _WIDE / 2 - 4) for label in labels], kind="soft", anchor=anchor)
    axis = one_line(scale.severity_axis, WIDTH - EDGE - _LEFT, bold=True)
    sheet.words(WIDTH - EDGE, y + 2 * LEADING, [axis], kind="axis", anchor="end")


def _legend(scale: RiskScale) -> Iterator[tuple[RiskBand, str, float, int]]:
    """Go through the bands, each with its words and where they stand: as many on a line as it holds."""
    x, y = float(EDGE), _top() + len(scale.likelihood) * _TALL + 6 + 3 * LEADING + _GAP
    for band in scale.bands:
        words = one_line(f"{band.code} {band.label}", WIDTH - 2 * EDGE - 30)
        wide = width_of(words) + 38
        if x > EDGE and x + wide - 14 > WIDTH - EDGE:
            x, y = float(EDGE), y + LEADING + 4
        yield band, words, x, y
        x += wide


def _draw_legend(sheet: Sheet, scale: RiskScale) -> None:
    for band, words, x, y in _legend(scale):
        sheet.box(x, y, 16, 14, kind=f"band nm-s-band-{kind_of(band.name)}")
        sheet.words(x + 22, y - 2, [words])


@lru_cache(maxsize=8)
def _below(scale: RiskScale) -> int:
    """Return where the legend of the bands ends."""
    lowest = _top() + len(scale.likelihood) * _TALL + 6 + 3 * LEADING
    for _band, _words, _x, y in _legend(scale):
        lowest = y + LEADING
    return lowest + _GAP


def _draw_mark(sheet: Sheet, mark: RiskMark, shape: str, at: Point, room: float) -> float:
    """Draw a mark around a point, round for before and square for after; return how wide it is."""
    word = tidy(mark.word)
    wide = min(room, width_of(word) + 6)
    if width_of(word) > room - 1:
        word, wide = word[:1], 24
    x, y = at[0] - wide / 2, at[1] - _MARK / 2
    sheet.box(x, y, wide, _MARK, kind=shape, corner=_MARK / 2 if shape == "before" else 0)
    sheet.words(at[0], y + (_MARK - LEADING) / 2, [word], kind=shape, anchor="middle")
    return wide


def _explain(sheet: Sheet, mark: RiskMark, shape: str, y: int) -> int:
    room = 84
    _draw_mark(sheet, mark, shape, (EDGE + room / 2, y + LEADING / 2), room)
    lines = wrap(mark.sentence, WIDTH - 2 * EDGE - room - 8, most=4)
    sheet.words(EDGE + room + 8, y, lines)
    return y + max(LEADING, height_of(lines)) + _GAP


def _draw_arrow(sheet: Sheet, before: Point, after: Point, scale: RiskScale) -> None:
    """Draw an arrow between the marks, around a corner where they stand in one row; none within one cell."""
    (x, y), (to_x, to_y) = before, after
    half = min(_cell_width(scale), 60) / 2 + 2
    if abs(to_y - y) < _TALL / 2:
        if x != to_x:
            way = 1 if to_x > x else -1
            end = to_x - way * half
            sheet.path(f"M{number(x)} {number(y)}V{number(to_y)}H{number(end - way * 8)}", kind="move")
            sheet.arrow_head(end, to_y, (way, 0))
        return
    east, south = _way(x, y, to_x, to_y)
    off = min(half / abs(east) if east else 1000, (_MARK / 2 + 2) / abs(south))
    tip = to_x - off * east, to_y - off * south
    sheet.path(f"M{number(x)} {number(y)}L{number(tip[0] - 8 * east)} {number(tip[1] - 8 * south)}", kind="move")
    sheet.arrow_head(*tip, (east, south))


def _way(x: float, y: float, to_x: float, to_y: float) -> tuple[float, float]:
    """Return the direction from one point to another, of length one."""
    length = hypot(to_x - x, to_y - y)
    return (to_x - x) / length, (to_y - y) / length
