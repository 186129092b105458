"""The exposure of a period: sums of hours, people and incidents, and what is missing for them to be whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.indicators.ground import Ground
    from nearmiss.models.exposure import Exposed

What = Literal["hours_worked", "headcount", "incidents_with_harm"]
WORDS: dict[str, str] = {
    "hours_worked": "hours worked",
    "headcount": "headcount",
    "incidents_with_harm": "incidents with harm",
}
MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Sum:
    """A sum over whole months; None, with the reason, where anything that it needs is not known."""

    months: tuple[str, ...]
    total: int | None
    why_not: str = ""


def add_up(ground: Ground, what: What) -> Sum:
    """Return the sum of one number over the whole months of a period.

    It is whole only where each place that occurs in any of these months has the number in all of them: a month that is
    missing makes no value, never a nought.
    """
    months = tuple(ground.period.whole_months())
    words = WORDS[what]
    if not months:
        return Sum(months=(), total=None, why_not="the period has no whole month")
    if ground.group is not None and ground.group.dimension == "classification" and what == "incidents_with_harm":
        return Sum(months=months, total=None, why_not="incidents are not known by classification")
    entries = [entry for entry in ground.exposure if entry.month in months and _is_of_group(entry, ground)]
    if not entries:
        return Sum(months=months, total=None, why_not=f"{words}: not given for any month of the period")
    known = {(entry.month, _place(entry)): getattr(entry, what) for entry in entries}
    places = sorted({_place(entry) for entry in entries})
    missing = [
        f"{month}{f' ({place})' if place else ''}"
        for month in months
        for place in places
        if known.get((month, place)) is None
    ]
    if missing:
        return Sum(months=months, total=None, why_not=f"{words}: missing for {_named(missing)}")
    return Sum(months=months, total=sum(known.values()))


def _named(missing: Sequence[str]) -> str:
    more = len(missing) - MOST_NAMED
    return ", ".join(missing[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _place(entry: Exposed) -> str:
    return "/".join(part for part in (entry.site, entry.area) if part)


def _is_of_group(entry: Exposed, ground: Ground) -> bool:
    """Hours are not told apart by the kind of near miss: each kind is counted against all of them."""
    if ground.group is None or ground.group.dimension == "classification":
        return True
    return bool(getattr(entry, ground.group.dimension) == ground.group.term)
