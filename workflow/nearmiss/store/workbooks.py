"""Workbooks: sheets of typed cells as XLSX, the same bytes for the same rows, in which no text is ever run."""

from __future__ import annotations

import os
import re
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nearmiss.errors import NearMissError
from nearmiss.store.formulas import is_formula_like

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nearmiss.engine.exporting.columns import Column, Sheet
    from nearmiss.engine.exporting.rows import Cell

MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
"""What a sheet and a cell of a workbook hold at most; a cell counts as UTF-16 does, a sign beyond its plane twice."""

CUT_MARK = " […]"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment that an archive can name, given to each of its files: when it was made is nobody's business."""

FIRST_SOUND_DAY = datetime(1900, 3, 1)  # noqa: DTZ001 - a workbook knows no time zones
"""Workbooks believe in a 29 February 1900, and programs disagree about the days before; these stay text."""

DAY_FORMAT = "yyyy-mm-dd"
INSTANT_FORMAT = 'yyyy-mm-dd"T"hh:mm:ss"Z"'
_WIDTHS = {"number": 8, "true or false": 8, "date": 12, "instant": 22, "list": 24, "any": 24, "text": 32}
_WIDEST_HEADER = 40

# What XML cannot hold (and a carriage return, which it would change) is written as _xHHHH_, and what looks like that
# is written so that it is not taken for it: ECMA-376 part 1, 22.9.2.19.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_SPELT = re.compile("_x([0-9A-Fa-f]{4})_")
_HALF_SPELT = re.compile("_(?:x[0-9A-F]{0,4})?$")


class TooManyRowsError(NearMissError):
    """There are more rows than a sheet of a workbook can hold."""

    def __init__(self, sheet: str) -> None:
        super().__init__(
            f"The sheet {sheet} would have more than {MOST_ROWS:,} rows, which no workbook can hold.",
            hint="Export to CSV or JSON lines instead, or fewer records.",
        )
        self.sheet = sheet


def do_without_lxml() -> None:
    """Have openpyxl read and write XML with Python's own modules, whatever else is installed.

    It takes lxml where it finds it, which writes other bytes and tells of a full disk in another way. It looks at this
    variable when it is first imported.
    """
    os.environ["OPENPYXL_LXML"] = "False"


class Workbook:
    """Writes sheets into one workbook, row by row, keeping no row in memory."""

    def __init__(self, stream: IO[bytes], sheets: Iterable[Sheet]) -> None:
        do_without_lxml()
        from openpyxl import Workbook as Book

        self._stream = stream
        self._book = Book(write_only=True)
        # Nobody's name, no machine, no time.
        properties = self._book.properties
        properties.creator = None
        properties.created = properties.modified = datetime(*_EPOCH)  # noqa: DTZ001 - as above
        self._book.security = None  # else an empty element, at which gnumeric stumbles
        self._styles = _Styles()
        self._sheets: dict[str, Any] = {}
        self._rows: dict[str, int] = {}
        self._cut = 0
        for sheet in sheets:
            self._add(sheet)

    def _add(self, sheet: Sheet) -> None:
        from openpyxl.utils import get_column_letter

        page = self._book.create_sheet(sheet.name)
        page.freeze_panes = "B2"
        for place, column in enumerate(sheet.header, 1):
            page.column_dimensions[get_column_letter(place)].width = _width(column)
        self._sheets[sheet.name] = page
        self._rows[sheet.name] = 1
        page.append([self._styles.heading(page, column.name) for column in sheet.header])

    def write(self, sheet: str, cells: Sequence[Cell]) -> None:
        """Write one row; raises TooManyRowsError."""
        if self._rows[sheet] == MOST_ROWS:
            raise TooManyRowsError(sheet)
        self._rows[sheet] += 1
        page = self._sheets[sheet]
        page.append([self._styles.cell(page, self._fitting(cell)) for cell in cells])

    def _fitting(self, cell: Cell) -> Cell:
        if not isinstance(cell, str):
            return cell
        text = escape(cell)
        if len(text) * 2 <= LONGEST_CELL or _length(text) <= LONGEST_CELL:
            return text
        self._cut += 1
        return _cut(text)

    def close(self) -> tuple[str, ...]:
        """Put the workbook into its stream; say what a workbook could not hold."""
        from openpyxl.utils import get_column_letter
        from openpyxl.writer.excel import ExcelWriter

        for name, page in self._sheets.items():
            page.auto_filter.ref = f"A1:{get_column_letter(len(page.column_dimensions))}{self._rows[name]}"
        with _Archive(self._stream, "w", zipfile.ZIP_DEFLATED) as archive:
            ExcelWriter(self._book, archive).write_data()
        if not self._cut:
            return ()
        what = "1 cell was" if self._cut == 1 else f"{self._cut} cells were"
        return (f"{what} cut: a cell of a workbook holds {LONGEST_CELL:,} characters. CSV and JSON lines hold all.",)

    def drop(self) -> None:
        """Let go of a workbook that is not to be; what was written of it is taken away."""
        for page in self._sheets.values():
            # Left to themselves, they would write their last words to the screen when the program ends.
            for part in (page._rows, page._writer and page._writer.xf):  # noqa: SLF001 - nothing else ends them
                with suppress(Exception):
                    part.close()
            with suppress(Exception):
                page._writer.cleanup()  # noqa: SLF001 - as above


class _Archive(zipfile.ZipFile):
    """An archive of files that all have the same date."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any) -> None:
        super().writestr(_dated(zinfo_or_arcname), data)

    def write(self, filename: Any, arcname: Any = None, *_: Any) -> None:
        with Path(filename).open("rb") as source, self.open(_dated(arcname), "w", force_zip64=True) as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)


def _dated(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


class _Styles:
    """Cells with the looks of what they hold."""

    def heading(self, page: Any, text: str) -> Any:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        cell = WriteOnlyCell(page, text)
        cell.font = Font(bold=True)
        return cell

    def cell(self, page: Any, value: Cell) -> Any:
        """Return what is appended for a value: itself where nothing about it could be misread."""
        if isinstance(value, str):
            return self._text(page, value)
        if isinstance(value, datetime):
            return self._moment(page, value.replace(tzinfo=None), INSTANT_FORMAT)
        if isinstance(value, date):
            return self._moment(page, datetime.combine(value, time()), DAY_FORMAT)
        return value

    def _text(self, page: Any, text: str) -> Any:
        if not is_formula_like(text) and not text.startswith("#"):
            return text
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(page, text)
        cell.data_type = "s"
        # As if an apostrophe had been typed before it: it stays text when somebody edits the cell.
        cell.quotePrefix = True
        return cell

    def _moment(self, page: Any, value: datetime, form: str) -> Any:
        if value < FIRST_SOUND_DAY:
            return value.date().isoformat()
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(page, value)
        cell.number_format = form
        return cell


def _width(column: Column) -> int:
    return max(_WIDTHS[column.kind.value], min(len(column.name) + 4, _WIDEST_HEADER))


def escape(text: str) -> str:
    """Return text as a workbook spells it, with signs that XML cannot hold by their numbers."""
    return _UNSPEAKABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescape(text: str) -> str:
    """Return what a text in a workbook stands for."""
    return _SPELT.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str) -> str:
    """Return the beginning of an escaped text that fits a cell, and a mark that something is missing."""
    kept = text.encode("utf-16-le")[: 2 * (LONGEST_CELL - len(CUT_MARK))].decode("utf-16-le", "ignore")
    return _HALF_SPELT.sub("", kept) + CUT_MARK
