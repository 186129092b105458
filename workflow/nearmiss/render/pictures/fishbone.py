"""The fishbone: causes by kind along the bones of a fish that swims downwards; its head is what happened."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of
from nearmiss.render.pictures.measuring import LEADING, wrap

if TYPE_CHECKING:
    from markupsafe import Markup

_MIDDLE = WIDTH // 2
_LEAN = 26
_COLUMN = _MIDDLE - EDGE - _LEAN - 12
_PAD = 6
_GAP = 8
_MOST_LINES = 12


@dataclass(frozen=True, kw_only=True)
class BoneCause:
    """One cause in words; the mark, such as "Root cause", is shown before it where there is one."""

    statement: str
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class Bone:
    """A kind of cause and what belongs to it."""

    label: str
    causes: tuple[BoneCause, ...]


@dataclass(frozen=True, kw_only=True)
class Fishbone:
    """What happened, the bones in their order, and what the picture is called."""

    title: str
    description: str
    event: str
    bones: tuple[Bone, ...]


def draw_fishbone(fishbone: Fishbone, *, prefix: str) -> Markup:
    """Return the fishbone as a drawing, two bones in a row; bones without a cause are left out."""
    sheet = Sheet(name="fishbone", title=fishbone.title, description=fishbone.description, prefix=prefix)
    y = EDGE
    bones = _used(fishbone)
    for left, right in zip_longest(bones[::2], bones[1::2]):
        below = max(_draw_bone(sheet, bone, x, y) for bone, x in ((left, EDGE), (right, _right())) if bone)
        for bone, way in ((left, -1), (right, 1)):
            if bone:
                foot = _MIDDLE + way * _LEAN
                sheet.path(f"M{foot} {y + LEADING // 2 + _PAD}L{_MIDDLE} {below + 2 * _GAP}", kind="bone")
        y = below + 3 * _GAP
    return sheet.finish(_draw_head(sheet, fishbone.event, y, spine=bool(bones)) + EDGE)


def _used(fishbone: Fishbone) -> tuple[Bone, ...]:
    return tuple(bone for bone in fishbone.bones if bone.causes)


def _right() -> int:
    return WIDTH - EDGE - _COLUMN


def _draw_bone(sheet: Sheet, bone: Bone, x: int, y: int) -> int:
    """Draw the name of a bone and its causes below it; return where they end."""
    label = wrap(bone.label, _COLUMN - 2 * _PAD, most=2, bold=True)
    height = max(LEADING, height_of(label)) + 2 * _PAD
    sheet.box(x, y, _COLUMN, height, kind="bone-name", corner=4)
    edge, way = (x + _COLUMN, 1) if x < _MIDDLE else (x, -1)
    sheet.path(f"M{edge} {y + LEADING // 2 + _PAD}h{way * 12}", kind="bone")
    sheet.words(x + _PAD, y + _PAD, label, kind="bone-name")
    y += height
    for cause in bone.causes:
        y += _GAP
        mark = wrap(cause.mark, _COLUMN - _PAD, most=2, bold=True)
        lines = wrap(cause.statement, _COLUMN - _PAD, most=_MOST_LINES)
        bottom = y + height_of(mark) + height_of(lines)
        sheet.path(f"M{x} {y + 1}V{bottom - 1}", kind="marked-twig" if mark else "twig")
        sheet.words(x + _PAD + 2, y, mark, kind="kind")
        sheet.words(x + _PAD + 2, y + height_of(mark), lines)
        y = bottom
    return y


def _draw_head(sheet: Sheet, event: str, y: int, *, spine: bool) -> int:
    """Draw the spine as far as the head, and the head with what happened; return where it ends."""
    lines = wrap(event, WIDTH - 2 * EDGE - 40, most=_MOST_LINES, bold=True)
    if spine:
        sheet.path(f"M{_MIDDLE} {EDGE}V{y}", kind="spine")
        sheet.arrow_head(_MIDDLE, y, (0, 1))
    height = height_of(lines) + 20
    left, right, bottom = EDGE, WIDTH - EDGE, y + height
    outline = (
        f"M{left + 12} {y}H{right - 12}Q{right} {y} {right} {y + 12}V{bottom - 18}"
        f"Q{right} {bottom} {right - 60} {bottom}H{left + 60}"
        f"Q{left} {bottom} {left} {bottom - 18}V{y + 12}Q{left} {y} {left + 12} {y}Z"
    )
    sheet.path(outline, kind="event")
    sheet.words(_MIDDLE, y + 10, lines, kind="event", anchor="middle")
    return bottom
