"""The tree of causes: what happened on top, and below, each behind the one that it explains, what made it possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of
from nearmiss.render.pictures.measuring import LEADING, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

DEEPEST = 6
"""Steps to the right that still read on a phone; what lies deeper stands below its parent."""

_STEP = 20
_PAD = 10
_GAP = 12
_BAR = 6
_MOST_LINES = 14


@dataclass(frozen=True, kw_only=True)
class DrawnCause:
    """A cause in words, and what lies behind it.

    The level (`immediate`, `underlying` or `root`) decides the shape, and `label` names it for the reader.
    """

    level: str
    label: str
    category: str
    statement: str
    behind: tuple[DrawnCause, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CauseTree:
    """What happened, why, and what the picture is called."""

    title: str
    description: str
    event: str
    causes: tuple[DrawnCause, ...]


def draw_cause_tree(tree: CauseTree, *, prefix: str) -> Markup:
    """Return the tree as a drawing; `prefix` begins its ids, which have to differ on one page."""
    sheet = Sheet(name="causes", title=tree.title, description=tree.description, prefix=prefix)
    y = _draw_event(sheet, tree.event)
    branches = [_Branch(x=EDGE + _STEP // 2, top=y)]
    drawn = branches[:1] if tree.event else []
    for depth, cause in _in_order(tree.causes):
        y += _GAP
        x = EDGE + _STEP * (depth + 1)
        branches[depth].twigs.append((x, y + _PAD + LEADING // 2))
        y = _draw_cause(sheet, cause, x, y)
        branches[depth + 1 :] = [_Branch(x=x + _STEP // 2, top=y)]
        drawn.append(branches[-1])
    for branch in drawn:
        branch.draw(sheet)
    return sheet.finish(y + EDGE)


class _Branch:
    """A line down from a box, and where boxes hang on it."""

    def __init__(self, *, x: int, top: int) -> None:
        self.x = x
        self.top = top
        self.twigs: list[tuple[int, int]] = []

    def draw(self, sheet: Sheet) -> None:
        """Draw the line as far as the last box on it, and a short one to each."""
        if self.twigs:
            twigs = "".join(f"M{self.x} {y}H{x}" for x, y in self.twigs)
            sheet.path(f"M{self.x} {self.top}V{self.twigs[-1][1]}{twigs}", kind="link")


def _in_order(causes: tuple[DrawnCause, ...]) -> Iterator[tuple[int, DrawnCause]]:
    """Go through the tree from the top, with the depth of each; without recursion, for data may be of any depth."""
    waiting = [(0, cause) for cause in reversed(causes)]
    while waiting:
        depth, cause = waiting.pop()
        yield depth, cause
        waiting += [(min(depth + 1, DEEPEST - 1), each) for each in reversed(cause.behind)]


def _draw_event(sheet: Sheet, event: str) -> int:
    lines = wrap(event, WIDTH - 2 * (EDGE + _PAD), most=_MOST_LINES, bold=True)
    if not lines:
        return EDGE
    height = height_of(lines) + 2 * _PAD
    sheet.box(EDGE, EDGE, WIDTH - 2 * EDGE, height, kind="event", corner=4)
    sheet.words(EDGE + _PAD, EDGE + _PAD, lines, kind="event")
    return EDGE + height


def _draw_cause(sheet: Sheet, cause: DrawnCause, x: int, y: int) -> int:
    """Draw one cause with its upper left corner at a point, and return where it ends."""
    room = WIDTH - EDGE - x - 2 * _PAD - _BAR
    kind = wrap(_what(cause), room, most=2, bold=True)
    lines = wrap(cause.statement, room, most=_MOST_LINES)
    height = height_of(kind) + height_of(lines) + 2 * _PAD
    _outline(sheet, cause.level, (x, y, WIDTH - EDGE - x, height))
    sheet.words(x + _PAD + _BAR, y + _PAD, kind, kind="kind")
    sheet.words(x + _PAD + _BAR, y + _PAD + height_of(kind), lines)
    return y + height


def _outline(sheet: Sheet, level: str, box: tuple[int, int, int, int]) -> None:
    """Draw the shape that tells the level: round, with corners cut off, or square with a thick edge."""
    x, y, width, height = box
    if level == "root":
        sheet.box(x, y, width, height, kind="root")
        sheet.box(x, y, _BAR, height, kind="root-edge")
    elif level == "underlying":
        cut = 9
        across, down = width - 2 * cut, height - 2 * cut
        corner = f"l{cut} {cut}v{down}l-{cut} {cut}h-{across}l-{cut} -{cut}v-{down}Z"
        sheet.path(f"M{x + cut} {y}h{across}{corner}", kind="underlying")
    else:
        sheet.box(x, y, width, height, kind="immediate", corner=14)


def _what(cause: DrawnCause) -> str:
    return " · ".join(word for word in (cause.label, cause.category) if word)
