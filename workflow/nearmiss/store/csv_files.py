"""CSV, written as RFC 4180 has it: UTF-8, commas, CRLF, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO, Literal

from nearmiss.store.formulas import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nearmiss.engine.exporting.columns import Sheet
    from nearmiss.engine.exporting.rows import Cell

_MARK = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How CSV is spelt: whether formulas are guarded by an apostrophe, and what the file begins with.

    `apostrophe` is undone by an import that is told of it; `nothing` is for programs that never show a spreadsheet.
    `mark` is the byte order mark, by which Excel knows that the text is UTF-8.
    """

    guard: Literal["apostrophe", "nothing"] = "apostrophe"
    begins: Literal["text", "mark"] = "text"


class CsvSheets:
    """Writes sheets as CSV, each to a stream of its own; rows of sheets without a stream are passed over."""

    def __init__(self, streams: Mapping[str, BinaryIO], sheets: Iterable[Sheet], dialect: Dialect) -> None:
        self._spell = _SPELLINGS[dialect.guard]
        self._texts: dict[str, io.TextIOWrapper] = {}
        self._rows = {}
        for sheet in sheets:
            text = io.TextIOWrapper(streams[sheet.name], encoding="utf-8", newline="")
            text.write(_MARK if dialect.begins == "mark" else "")
            self._texts[sheet.name] = text
            self._rows[sheet.name] = csv.writer(text, lineterminator="\r\n")
            self.write(sheet.name, [column.name for column in sheet.header])

    def write(self, sheet: str, cells: Sequence[Cell]) -> None:
        """Write one row."""
        self._rows[sheet].writerow([self._spell(cell) for cell in cells])

    def close(self) -> tuple[str, ...]:
        """Hand everything to the streams, which stay open; there is never anything to tell of."""
        for text in self._texts.values():
            text.detach()
        return ()

    def drop(self) -> None:
        """Let go of an export that is not to be; the streams are their owner's."""
        for text in self._texts.values():
            with suppress(Exception):
                text.detach()


def spell(cell: Cell) -> str:
    """Return a typed cell as text: days and instants as ISO 8601 has them, true and false in words."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return f"{cell.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _guarded(cell: Cell) -> str:
    return guard(cell) if isinstance(cell, str) else spell(cell)


_SPELLINGS: Mapping[str, Callable[[Cell], str]] = {"apostrophe": _guarded, "nothing": spell}
