"""The queries of `figures.sql` over the JSON lines of an export, in a database of their own."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PART = re.compile(r"^-- (?P<kind>views|days|above|below|table)(?:: (?P<name>[a-z0-9_]+))?\n", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What the database is filled with, besides the lines: the period, exposure by month, and the terms of areas."""

    first: str
    last: str
    exposure: tuple[tuple[str, int, int, int], ...]
    areas: tuple[str, ...]


def read_queries() -> dict[tuple[str, str], str]:
    """Return every part of the file by its kind and its name."""
    text = (Path(__file__).parent / "figures.sql").read_text(encoding="utf-8")
    marks = list(_PART.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return {(mark["kind"], mark["name"] or ""): text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)}


class Oracle:
    """Some lines of an export, with the whole of it for what may point from elsewhere."""

    def __init__(self, lines: Iterable[str], whole: Iterable[str], rows: Rows) -> None:
        self.queries = read_queries()
        self._database = sqlite3.connect(":memory:")
        self._database.executescript(self.queries["views", ""])
        self._database.executemany("INSERT INTO line VALUES (?)", [(line,) for line in lines])
        self._database.executemany("INSERT INTO whole VALUES (?)", [(line,) for line in whole])
        self._database.execute("INSERT INTO period VALUES (?, ?)", (rows.first, rows.last))
        self._database.executemany("INSERT INTO exposure VALUES (?, ?, ?, ?)", rows.exposure)
        self._database.executemany("INSERT INTO area VALUES (?)", [(term,) for term in rows.areas])

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _ask(self, kind: str, name: str) -> list[Any]:
        return self._database.execute(self.queries[kind, name]).fetchall()

    def number(self, kind: str, name: str) -> int:
        """Return what stands above or below the line."""
        return int(self._ask(kind, name)[0][0] or 0)

    def days(self, name: str) -> list[int]:
        """Return the durations of an indicator in order, without those that end before they begin."""
        return sorted(round(row[0]) for row in self._ask("days", name) if row[0] is not None and row[0] >= 0)

    def table(self, name: str) -> dict[str, int]:
        """Return how often each key occurs."""
        return dict(self._ask("table", name))
