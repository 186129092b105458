"""Figures in words: a value with its unit, and what it is made of, the same on every screen and page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearmiss.engine.indicators.definition import Indicator
    from nearmiss.engine.indicators.figures import Figure, LeftOut

NO_VALUE = "no value"


def spell_value(indicator: Indicator, figure: Figure, *, factor: int) -> str:
    """Return a value with its unit: `12.5 %`, `4 days`, `1.3 per 200,000 hours worked`; or that there is none."""
    if figure.is_suppressed:
        return "not shown"
    if figure.value is None:
        return NO_VALUE
    number = spell_number(figure.value)
    units = {
        "percent": f"{number} %",
        "days": f"{number} {'day' if figure.value == 1 else 'days'}",
        "rate": f"{number} per {factor:,} hours worked",
        "points": f"{number} of 3",
    }
    return units.get(indicator.unit, number)


def spell_number(value: float) -> str:
    """Return a number with one decimal place, or none where it is whole; two where it is less than one."""
    text = f"{value:,.2f}" if 0 < value < 1 else f"{value:,.1f}"
    return text.rstrip("0").rstrip(".")


def spell_parts(indicator: Indicator, figure: Figure) -> str:
    """Return what a figure is made of: `3 open actions past their due date / 12 open actions`; empty where unknown."""
    if figure.is_suppressed or figure.value is None:
        return ""
    if indicator.unit == "days":
        return "" if figure.denominator is None else f"of {figure.denominator:,} {indicator.below}"
    if indicator.unit == "number" or figure.numerator is None or figure.denominator is None:
        return ""
    return f"{figure.numerator:,} {indicator.above} / {figure.denominator:,} {indicator.below}"


def spell_left_out(left_out: LeftOut) -> str:
    """Return how many were left out of a figure, and why."""
    return f"{len(left_out.records)} left out: {left_out.reason}"
