"""Formulas: how text that a spreadsheet would take for one is told, and made harmless where a file has no types.

The rule is that of OWASP on CSV injection: a cell that begins with `=`, `+`, `-` or `@`, also in full width, after
white space too, or with a tab or a line break, gets an apostrophe in front. Here it is done so that it can be undone:
apostrophes that stand there already are counted in, so guarding adds exactly one and unguarding takes exactly one.
"""

from __future__ import annotations

import re

# White space but for what separates cells and rows, and what is not seen at all.
_SPACE = r"(?:[^\S\t\r\n]|[\u00ad\u200b-\u200f\u2060\ufeff])"
_SIGN = r"[=+\-@\uff1d\uff0b\uff0d\uff20]"
_FORMULA = rf"{_SPACE}*{_SIGN}"

# A program set to another separator splits the cell there, and a line break then begins a row.
_AT_START = rf"^(?='*(?:[\t\r\n]|{_FORMULA}))"
_INSIDE = rf"(?<=[;\t\r\n])(?='*{_FORMULA})"
_TO_GUARD = re.compile(rf"{_AT_START}|{_INSIDE}")
_GUARDED = re.compile(rf"{_AT_START}'|{_INSIDE}'")
_BEGINS = re.compile(rf"\s*{_FORMULA}|[\t\r\n]")


def is_formula_like(text: str) -> bool:
    """Say whether a spreadsheet could take a text for a formula, were it typed into a cell."""
    return _BEGINS.match(text) is not None


def guard(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, wherever it splits it: an apostrophe stands in front."""
    return _TO_GUARD.sub("'", text)


def unguard(text: str) -> str:
    """Return what a text was before `guard`."""
    return _GUARDED.sub("", text)
