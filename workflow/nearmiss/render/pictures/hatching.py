"""Patterns that tell areas apart without colour, as lines cut to a rectangle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.render.pictures.drawing import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STEP = 7
"""Units from one line to the next."""

Line = tuple[float, float, float, float]


def hatched(x: float, y: float, width: float, height: float, pattern: str) -> str:
    """Return the path of a pattern within a rectangle; nothing for a pattern that is plain."""
    return "".join(
        f"M{number(x + a)} {number(y + b)}L{number(x + c)} {number(y + d)}"
        for draw in _LINES[pattern]
        for a, b, c, d in draw(width, height)
    )


def _rising(width: float, height: float) -> Iterator[Line]:
    for start in _steps(width + height):
        yield max(0, start - height), min(start, height), min(start, width), max(0, start - width)


def _falling(width: float, height: float) -> Iterator[Line]:
    for a, b, c, d in _rising(width, height):
        yield a, height - b, c, height - d


def _upright(width: float, height: float) -> Iterator[Line]:
    for start in _steps(width):
        yield start, 0, start, height


def _level(width: float, height: float) -> Iterator[Line]:
    for start in _steps(height):
        yield 0, start, width, start


def _steps(length: float) -> Iterator[float]:
    count = 1
    while count * STEP - STEP / 2 < length:
        yield count * STEP - STEP / 2
        count += 1


_LINES: dict[str, tuple[Callable[[float, float], Iterator[Line]], ...]] = {
    "plain": (),
    "rising": (_rising,),
    "upright": (_upright,),
    "falling": (_falling,),
    "level": (_level,),
    "crossed": (_rising, _falling),
    "squared": (_upright, _level),
}

PATTERNS = tuple(_LINES)
"""The names of the patterns; the first is none."""
