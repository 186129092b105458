"""Long lists year by year: each year on pages of its own, which stay as they are while another year goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

Item = TypeVar("Item")

PER_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Part(Generic[Item]):
    """One page of a year: where it lies, what is on it, and the pages of all parts of the same year."""

    path: str
    items: tuple[Item, ...]
    year: str
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year in the list of all: how many there are in it, and its first page."""

    year: str
    number: int
    path: str


def year_by_year(items: Iterable[Item], year_of: Callable[[Item], str], folder: str) -> Sequence[Part[Item]]:
    """Part items, which come year by year, into pages below a folder."""
    found: list[Part[Item]] = []
    for year, group in groupby(items, key=year_of):
        of_year = tuple(group)
        pieces = [of_year[start : start + PER_PAGE] for start in range(0, len(of_year), PER_PAGE)]
        paths = tuple(_path(folder, year, number) for number in range(1, len(pieces) + 1))
        found += [
            Part(path=path, items=piece, year=year, paths=paths) for path, piece in zip(paths, pieces, strict=True)
        ]
    return found


def years_of(parts: Iterable[Part[Item]]) -> tuple[Year, ...]:
    """Return the years in which the parts lie, in their order."""
    return tuple(
        Year(year=year, number=sum(len(part.items) for part in of_year), path=of_year[0].path)
        for year, of_year in ((year, tuple(group)) for year, group in groupby(parts, key=lambda part: part.year))
    )


def _path(folder: str, year: str, number: int) -> str:
    return f"{folder}/{year}.md" if number == 1 else f"{folder}/{year}-{number}.md"
