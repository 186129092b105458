"""A sheet to draw on: shapes below, words above, and the frame of an SVG with its name and description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.measuring import LEADING, SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 440
"""Units from edge to edge. All pictures are as wide; they grow downwards."""

EDGE = 4
"""What stays free at the edges, so that no outline is cut off."""

_BASELINE = 14
"""From the top of a line to where its letters stand: capitals are then in the middle of it."""

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


class Sheet:
    """What is drawn so far. Shapes lie below all words, whatever the order; colours come from classes only."""

    def __init__(self, *, name: str, title: str, description: str, prefix: str) -> None:
        self.name = name
        self.title = tidy(title)
        self.description = tidy(description)
        self.prefix = prefix
        self._shapes: list[str] = []
        self._words: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, *, kind: str, corner: float = 0) -> None:
        """Draw a rectangle; `corner` is the radius of its corners."""
        rounded = f' rx="{number(corner)}"' if corner else ""
        self._shapes.append(
            f'<rect class="nm-s-{kind}" x="{number(x)}" y="{number(y)}" width="{number(width)}"'
            f' height="{number(height)}"{rounded}/>'
        )

    def path(self, steps: str, *, kind: str, dashes: str = "") -> None:
        """Draw a path; the steps are numbers and letters of SVG's own, never text from a record."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._shapes.append(f'<path class="nm-s-{kind}" d="{steps}"{dashed}/>')

    def path_below(self, steps: str, *, kind: str) -> None:
        """Draw a path below all that was drawn so far."""
        self._shapes.insert(0, f'<path class="nm-s-{kind}" d="{steps}"/>')

    def dot(self, x: float, y: float, radius: float, *, kind: str) -> None:
        """Draw a circle around a point."""
        self._shapes.append(f'<circle class="nm-s-{kind}" cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>')

    def arrow_head(self, x: float, y: float, way: tuple[float, float], *, kind: str = "tip") -> None:
        """Draw the head of an arrow that ends at a point; `way` is the direction of its last step, of length one."""
        east, south = way
        back_x, back_y = x - 9 * east, y - 9 * south
        one = f"{number(back_x - 5 * south)} {number(back_y + 5 * east)}"
        other = f"{number(back_x + 5 * south)} {number(back_y - 5 * east)}"
        self.path(f"M{number(x)} {number(y)}L{one} {other}Z", kind=kind)

    def words(self, x: float, y: float, lines: Sequence[str], *, kind: str = "", anchor: str = "") -> None:
        """Write lines of text; `y` is the top of the first, and `anchor` says where in the lines `x` is."""
        if not lines:
            return
        at, base = number(x), number(y + _BASELINE)
        attributes = f' class="nm-w-{kind}"' if kind else ""
        attributes += f' text-anchor="{anchor}"' if anchor else ""
        first, *others = lines
        rest = "".join(f'<tspan x="{at}" dy="{LEADING}">{escape(line)}</tspan>' for line in others)
        self._words.append(f'<text x="{at}" y="{base}"{attributes}>{escape(first)}{rest}</text>')

    def drawn(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the shapes and the words so far, to be kept for sheets that begin in the same way."""
        return tuple(self._shapes), tuple(self._words)

    def keep(self, shapes: Iterable[str], words: Iterable[str]) -> None:
        """Begin with what another sheet has drawn."""
        self._shapes += shapes
        self._words += words

    def finish(self, height: float) -> Markup:
        """Return the picture, so many units high."""
        prefix = escape(self.prefix)
        about = f'<desc id="{prefix}-about">{escape(self.description)}</desc>' if self.description else ""
        described = f' aria-describedby="{prefix}-about"' if self.description else ""
        # Without a stylesheet, in an exported page or a reader of feeds, this is still lines and words in one colour.
        return Markup(  # noqa: S704 - each text in it went through `escape` where it was written
            f'<svg xmlns="http://www.w3.org/2000/svg" class="nm-picture nm-picture--{self.name}"'
            f' viewBox="0 0 {WIDTH} {number(height)}" role="img" aria-labelledby="{prefix}-title"{described}>'
            f'<title id="{prefix}-title">{escape(self.title)}</title>{about}'
            f'<g fill="none" stroke="currentColor" stroke-width="1.5">{"".join(self._shapes)}</g>'
            f'<g fill="currentColor" font-size="{SIZE}">{"".join(self._words)}</g></svg>'
        )


def number(value: float) -> str:
    """Return a number as SVG reads it, to a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0")


def kind_of(name: str) -> str:
    """Return a name of somebody's policy or vocabulary as a part of a class's name."""
    return _NOT_IN_A_NAME.sub("-", name.lower()).strip("-") or "other"


def height_of(lines: Sequence[str]) -> int:
    """Return how high lines of text are."""
    return LEADING * len(lines)
