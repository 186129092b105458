"""The way of a record through its states, from top to bottom: a dot, when, and what came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of
from nearmiss.render.pictures.measuring import LEADING, tidy, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 14
_DOT = 8
_LINE = EDGE + _DOT + 1
_WORDS = _LINE + 20


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One point of the way: a state, when it was reached, and a further sentence where there is one.

    The kind is `done`, `now` or `aside` (sent back, reopened), and decides the shape of the dot.
    """

    kind: str
    label: str
    when: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The moments from the first to the last, and what the picture is called."""

    title: str
    description: str
    moments: tuple[Moment, ...]


def draw_timeline(timeline: Timeline, *, prefix: str) -> Markup:
    """Return the way as a drawing."""
    sheet = Sheet(name="timeline", title=timeline.title, description=timeline.description, prefix=prefix)
    y = above = EDGE
    for order, moment in enumerate(timeline.moments):
        if order:
            sheet.path(f"M{_LINE} {above + LEADING // 2 + _DOT}V{y + LEADING // 2 - _DOT}", kind="spine")
        above, y = y, _draw_moment(sheet, moment, y) + _GAP
    return sheet.finish(max(y - _GAP, EDGE) + EDGE)


def list_moments(timeline: Timeline) -> Markup:
    """Return the same way as a numbered list, for whoever does not see it."""
    return Markup(f"<ol>{''.join(map(_item, timeline.moments))}</ol>")  # noqa: S704 - tags of ours around what is escaped


def _draw_moment(sheet: Sheet, moment: Moment, y: int) -> int:
    middle = y + LEADING // 2
    if moment.kind == "aside":
        sheet.path(f"M{_LINE} {middle - _DOT}l{_DOT} {_DOT}l-{_DOT} {_DOT}l-{_DOT} -{_DOT}Z", kind="moment-aside")
    elif moment.kind == "now":
        sheet.dot(_LINE, middle, _DOT, kind="moment-now")
        sheet.dot(_LINE, middle, _DOT / 2, kind="moment")
    else:
        sheet.dot(_LINE, middle, _DOT, kind="moment")
    for text, kind, bold in ((moment.label, "state", True), (moment.when, "soft", False), (moment.detail, "", False)):
        lines = wrap(text, WIDTH - EDGE - _WORDS, most=4, bold=bold)
        sheet.words(_WORDS, y, lines, kind=kind)
        y += height_of(lines)
    return max(y, middle + LEADING // 2)


def _item(moment: Moment) -> str:
    texts: Sequence[str] = [str(escape(tidy(text))) for text in (moment.when, moment.detail) if text]
    return f"<li><strong>{escape(tidy(moment.label))}</strong>{''.join(f' {text}' for text in texts)}</li>"
