"""Round numbers for an axis that begins at nothing."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = (1, 2, 5, 10)
_LEAST, _MOST = 1e-9, 1e15


def round_ticks(values: Iterable[float | None], *, most: int = 5) -> tuple[float, ...]:
    """Return round numbers from 0 to the largest value or beyond, at most so many steps apart.

    A step is 1, 2 or 5 times ten to a power. Where all values are whole, so are the ticks; where there is none above
    nothing, they are 0 and 1.
    """
    known = [min(value, _MOST) for value in values if value is not None and isfinite(value)]
    highest = max(known, default=0)
    if highest < _LEAST:
        return (0, 1)
    step = _step(highest / most)
    if all(value == int(value) for value in known):
        step = max(step, 1)
    return tuple(_neat(step * count) for count in range(ceil(highest / step - 1e-9) + 1))


def share(value: float, ticks: tuple[float, ...]) -> float:
    """Return how far along the axis a value lies, from 0 to 1."""
    return min(max(value / ticks[-1], 0.0), 1.0)


def spell_plainly(value: float) -> str:
    """Return a number in figures, without what floating point adds to it."""
    return f"{value:.12g}"


def _step(least: float) -> float:
    """Return the smallest round number that is not below another."""
    power = 10.0 ** floor(log10(least))
    return next(_neat(factor * power) for factor in _STEPS if factor * power >= least * (1 - 1e-9))


def _neat(value: float) -> float:
    neat = float(f"{value:.10g}")
    return int(neat) if neat == int(neat) else neat
