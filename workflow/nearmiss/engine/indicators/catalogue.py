"""The catalogue: every indicator there is, in the order in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.indicators import acting, answering, learning, reporting

if TYPE_CHECKING:
    from nearmiss.engine.indicators.definition import Indicator

INDICATORS: tuple[Indicator, ...] = (
    *reporting.INDICATORS,
    *answering.INDICATORS,
    *acting.INDICATORS,
    *learning.INDICATORS,
)
