"""The ground of figures: the period, the rules of the day, the exposure, and which records are looked at."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.indicators.cases import Case
    from nearmiss.engine.indicators.figures import Gathering
    from nearmiss.models.exposure import Exposed

DECEMBER = 12
WATCHED = timedelta(days=365)
"""How long after a closing a repeat counts as a recurrence."""

DIMENSIONS: Mapping[str, str] = {"site": "site", "area": "area", "classification": "classification"}
"""What figures can be told apart by: the name of the fact, which is also that of the vocabulary."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """The days that figures are of, both ends among them."""

    first: date
    last: date

    def __contains__(self, day: date | None) -> bool:
        """Say whether a day lies in the period; an unknown one does not."""
        return day is not None and self.first <= day <= self.last

    def months(self) -> Iterator[str]:
        """Yield every month that the period touches."""
        year, month = self.first.year, self.first.month
        while (year, month) <= (self.last.year, self.last.month):
            yield f"{year:04d}-{month:02d}"
            year, month = (year + 1, 1) if month == DECEMBER else (year, month + 1)

    def whole_months(self) -> Iterator[str]:
        """Yield the months that lie in the period with all their days."""
        for month in self.months():
            first = date.fromisoformat(f"{month}-01")
            if self.first <= first and first.replace(day=monthrange(first.year, first.month)[1]) <= self.last:
                yield month


def year_until(last: date) -> Period:
    """Return the usual period: the month of a day and the eleven before it."""
    year, month = (last.year, 1) if last.month == DECEMBER else (last.year - 1, last.month + 1)
    return Period(first=date(year, month, 1), last=last)


@dataclass(frozen=True, kw_only=True)
class Group:
    """The part of the records that figures are of: those with one term of a dimension; `""` is without any."""

    dimension: str
    term: str

    def holds(self, case: Case) -> bool:
        """Say whether a case belongs to it."""
        return bool(getattr(case.facts, self.dimension) == self.term)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a figure is computed from besides the cases."""

    period: Period
    kinds: Mapping[str, str]
    first_state: str
    factor: int
    areas: frozenset[str]
    exposure: tuple[Exposed, ...]
    labels: Mapping[tuple[str, str], str] = field(repr=False)
    repeats: Mapping[str, tuple[tuple[str, date], ...]] = field(default_factory=dict, repr=False)
    group: Group | None = None
    gathered: dict[str, Gathering] = field(default_factory=dict, repr=False, compare=False)
    """What several figures of the same cases are worked out from, by name, gathered once."""

    def label(self, vocabulary: str, term: str) -> str:
        """Return the words of a term; of none, that it was not given."""
        return self.labels.get((vocabulary, term), term or "Not given")
