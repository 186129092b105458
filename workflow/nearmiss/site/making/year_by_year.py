"""Long lists year by year: each year on pages of its own, which stay as they are while another year goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

Item = TypeVar("Item")

PER_PAGE = 200
PAGE = ".md"


@dataclass(frozen=True, kw_only=True)
class Part(Generic[Item]):
    """One page or file of a year: where it lies, what is on it, and the paths of all parts of the same year."""

    path: str
    items: tuple[Item, ...]
    year: str
    paths: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many there are on it."""
        return len(self.items)


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year in the list of all: how many there are in it, and its first page."""

    year: str
    number: int
    path: str


def year_by_year(
    items: Iterable[Item], year_of: Callable[[Item], str], folder: str, *, most: int = PER_PAGE, ending: str = PAGE
) -> Sequence[Part[Item]]:
    """Part items into pages below a folder, at most so many on each, the newest year first."""
    years: dict[str, list[Item]] = {}
    for item in items:
        years.setdefault(year_of(item), []).append(item)
    found: list[Part[Item]] = []
    for year, of_year in sorted(years.items(), reverse=True):
        pieces = [tuple(of_year[start : start + most]) for start in range(0, len(of_year), most)]
        marks = ("", *(f"-{number}" for number in range(2, len(pieces) + 1)))
        paths = tuple(f"{folder}/{year}{mark}{ending}" for mark in marks)
        found += [
            Part(path=path, items=piece, year=year, paths=paths) for path, piece in zip(paths, pieces, strict=True)
        ]
    return found


def years_of(parts: Iterable[Part[Item]]) -> tuple[Year, ...]:
    """Return the years in which the parts lie, in their order."""
    return tuple(
        Year(year=year, number=sum(part.number for part in of_year), path=of_year[0].path)
        for year, of_year in ((year, tuple(group)) for year, group in groupby(parts, key=lambda part: part.year))
    )
