"""Rows: a foreign table as text by column name, whatever file it came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nearmiss.engine.importing.cleaning import normalise_newlines, squeeze
from nearmiss.models.digests import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row that holds something.

    `number` counts rows as a spreadsheet does: the first row of the header is 1, blank rows count, and a cell with
    several lines is one row. `fault` says why the row cannot be read as its header promises; empty where it can.
    """

    number: int
    cells: Mapping[str, str]
    fault: str = ""

    @property
    def sha256(self) -> str:
        """The digest of what the row says: cells by column name, blank cells left out, newlines normalised.

        Blank cells do not count, so that an export with one more empty column does not make every row a changed one.
        """
        return digest({name: normalise_newlines(cell) for name, cell in self.cells.items() if cell.strip()})


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as read: the names of its columns, its rows, and the numbers of its blank rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    blank_rows: tuple[int, ...] = field(default=())


def name_columns(header: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Name the columns from the rows of a header.

    Several header rows are joined (`Report 1 / Narrative`); white space is trimmed; a name that comes again gets a
    number (`Remarks (2)`); a column without any name has the empty name.
    """
    width = max(map(len, header), default=0)
    seen: Counter[str] = Counter()
    names = []
    for place in range(width):
        parts = [squeeze(row[place]) for row in header if place < len(row)]
        name = " / ".join(part for part in parts if part) if parts and parts[-1] else ""
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return tuple(names)
