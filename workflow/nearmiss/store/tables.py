"""Tables: CSV files and workbooks read as rows of text, with nothing guessed and nothing run."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from nearmiss.engine.importing.rows import Row, Table, name_columns
from nearmiss.errors import NearMissError
from nearmiss.store.formulas import unguard
from nearmiss.store.workbooks import do_without_lxml, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.importing.mapping import TableLayout

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_UNPACKED = 256 * 1024 * 1024
MOST_COLUMNS = 1_000
MOST_ROWS = 200_000
_ZIP = b"PK\x03\x04"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")

Cells = tuple[list[str], str]
"""The cells of one row, and why they cannot be trusted (empty where they can)."""


class TableError(NearMissError):
    """A file is not a table that can be read; the message says which file and where."""


class TableTooLargeError(TableError):
    """A file is larger, or unpacks to more, than an import takes."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name} has {what}.", hint="Import it in parts.")


class EncodingError(TableError):
    """A CSV file is not written in the encoding that the mapping says."""

    def __init__(self, name: str, encoding: str, line: int) -> None:
        super().__init__(
            f"{name} is not {encoding}: line {line} has bytes that mean nothing in it.",
            hint="Say how the file was saved in the mapping, for instance table: {encoding: windows-1252} or utf-16.",
        )


class UnknownEncodingError(TableError):
    """The mapping names an encoding that does not exist."""

    def __init__(self, encoding: str) -> None:
        super().__init__(
            f'"{encoding}" is not the name of a text encoding.',
            hint="Usual names are utf-8, utf-16, windows-1252 and iso-8859-1.",
        )


class FormatError(TableError):
    """A file is not of the format that the mapping or its name says."""

    def __init__(self, name: str, what: str, hint: str) -> None:
        super().__init__(f"{name} is {what}.", hint=hint)


class BrokenTableError(TableError):
    """A file breaks off or contradicts its own format."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name} cannot be read: {what}.", hint="Open it in a spreadsheet program and save it again.")


class NoHeaderError(TableError):
    """A file ends before its header does."""

    def __init__(self, name: str, header_rows: int) -> None:
        rows = "a header row" if header_rows == 1 else f"{header_rows} header rows"
        super().__init__(f"{name} has no rows below {rows}.", hint="Is this the right file, and is header_rows right?")


class UnknownSheetError(TableError):
    """A workbook has no sheet of the name that the mapping says."""

    def __init__(self, name: str, sheet: str, sheets: Sequence[str]) -> None:
        super().__init__(f'{name} has no sheet "{sheet}".', hint=f"It has {', '.join(sheets)}.")


def read_table(raw: bytes, *, name: str, layout: TableLayout) -> Table:
    """Read the bytes of a CSV file or an XLSX workbook as a table of text.

    `name` is what messages call the file. Typed cells of a workbook become text: dates as `2026-11-21`, with a time
    `2026-11-21 14:20`; formulas give the value that was saved with them and are never run. Raises TableError, with
    one subclass per situation, for what cannot be read at all; a row that cannot be trusted carries its fault.
    """
    if len(raw) > LARGEST_FILE:
        raise TableTooLargeError(name, f"{len(raw) // 2**20} MiB; at most {LARGEST_FILE // 2**20} are read")
    is_workbook = raw.startswith(_ZIP)
    if layout.format == "xlsx" and not is_workbook:
        raise FormatError(name, "not a workbook", "Save it as .xlsx, or say format: csv in the mapping.")
    if layout.format == "csv" and is_workbook:
        raise FormatError(name, "a workbook and not a CSV file", "Save it as CSV, or leave format out of the mapping.")
    if raw.startswith(_OLD_WORKBOOK):
        raise FormatError(name, "an old or a protected workbook", "Save it as .xlsx without a password, or as CSV.")
    rows = _workbook_rows(raw, name, layout) if is_workbook else _csv_rows(raw, name, layout)
    return _table(rows, name, layout, spread=is_workbook)


def _table(rows: Iterator[Cells], name: str, layout: TableLayout, *, spread: bool) -> Table:
    """Split rows into header, body and blank ones.

    `spread` is for workbooks, which store merged header cells once and no empty cells at the end of a row.
    """
    filled: list[tuple[int, Cells]] = []
    blank: list[int] = []
    for number, (cells, fault) in enumerate(rows, start=1):
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise TableTooLargeError(name, f"more than {MOST_ROWS:,} rows or {MOST_COLUMNS:,} columns")
        if fault or any(cell.strip() for cell in cells):
            filled.append((number, (cells, fault)))
        else:
            blank.append(number)
    header = [cells for _, (cells, _) in filled[: layout.header_rows]]
    if len(header) < layout.header_rows:
        raise NoHeaderError(name, layout.header_rows)
    columns = name_columns(_spread(header) if spread else header)
    _check_delimiter(name, header[-1], layout)
    shortest = len(columns) if spread else 0
    body = [_row(number, cells, columns, shortest) for number, cells in filled[layout.header_rows :]]
    return _keep_filled(name, columns, body, blank)


def _spread(header: list[list[str]]) -> list[list[str]]:
    """Repeat each group's name to its right: of merged cells a workbook gives the first only."""
    spread = []
    for groups in header[:-1]:
        names: list[str] = []
        for group in groups + [""] * (len(header[-1]) - len(groups)):
            names.append(group if group.strip() or not names else names[-1])
        spread.append(names)
    return [*spread, header[-1]]


def _check_delimiter(name: str, header: list[str], layout: TableLayout) -> None:
    for sign, word in ((";", ";"), ("\t", "tab"), ("|", "|"), (",", ",")):
        if len(header) == 1 and sign in header[0] and word != layout.delimiter:
            hint = f'Say table: {{delimiter: "{word}"}} in the mapping.'
            raise FormatError(
                name, f'one single column, "{header[0][:60]}": the cells are separated by another sign', hint
            )


def _row(number: int, cells: Cells, columns: tuple[str, ...], shortest: int) -> Row:
    texts, fault = cells
    texts = texts + [""] * (shortest - len(texts))
    last_named = max((place for place, column in enumerate(columns, start=1) if column), default=0)
    too_long = any(text.strip() for text in texts[len(columns) :])
    if not fault and (len(texts) < last_named or too_long):
        fault = f"the row has {len(texts)} cells where the header has {len(columns)}"
    named = zip(columns, _all_named(columns), texts, strict=False)
    return Row(number=number, cells={column: text for was, column, text in named if was or text.strip()}, fault=fault)


def _all_named(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column or f"(column {place})" for place, column in enumerate(columns, start=1))


def _keep_filled(name: str, columns: tuple[str, ...], rows: list[Row], blank: list[int]) -> Table:
    """Leave out columns that have neither a name nor anything in them."""
    filled = {column for row in rows for column, cell in row.cells.items() if cell.strip()}
    kept = [(was, column) for was, column in zip(columns, _all_named(columns), strict=True) if was or column in filled]
    return Table(name=name, columns=tuple(column for _, column in kept), rows=tuple(rows), blank_rows=tuple(blank))


# --- CSV ----------------------------------------------------------------------------------------------------------


def _csv_rows(raw: bytes, name: str, layout: TableLayout) -> Iterator[Cells]:
    text = _decode(raw, name, layout.encoding)
    delimiter = "\t" if layout.delimiter == "tab" else layout.delimiter
    # Strict, since a quotation mark that is never closed would otherwise swallow the rest of the file in one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BrokenTableError(name, f"line {reader.line_num}: {_plainly(error)}") from error
        yield _as_meant(cells, layout), ""


def _plainly(error: csv.Error) -> str:
    if str(error).startswith("field larger"):
        return f"a cell has more than {csv.field_size_limit():,} characters"
    return str(error)


def _as_meant(cells: list[str], layout: TableLayout) -> list[str]:
    return [unguard(cell) for cell in cells] if layout.guard == "apostrophe" else cells


def _decode(raw: bytes, name: str, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except LookupError as error:
        raise UnknownEncodingError(encoding) from error
    except UnicodeDecodeError as error:
        raise EncodingError(name, encoding, raw.count(b"\n", 0, error.start) + 1) from error
    return text.removeprefix("\ufeff")


# --- workbooks ----------------------------------------------------------------------------------------------------


def _workbook_rows(raw: bytes, name: str, layout: TableLayout) -> Iterator[Cells]:
    try:
        has_formulas = _look_inside(raw, name)
        values = _sheet_rows(raw, name, layout.sheet, formulas=False)
        if not has_formulas:
            yield from ((_texts(cells), _fault(cells, cells)) for cells in values)
            return
        formulas = _sheet_rows(raw, name, layout.sheet, formulas=True)
        yield from ((_texts(cells), _fault(cells, said)) for cells, said in zip(values, formulas, strict=True))
    except NearMissError:
        raise
    except Exception as error:  # whatever the reader trips over in a stranger's file, the file is broken
        raise BrokenTableError(name, f"it is not a sound workbook ({type(error).__name__})") from error


def _look_inside(raw: bytes, name: str) -> bool:
    """Refuse an archive that unpacks to more than it should, and say whether any sheet holds formulas."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > LARGEST_UNPACKED:
            limit = LARGEST_UNPACKED // 2**20
            raise TableTooLargeError(name, f"more than {limit} MiB when it is unpacked")
        sheets = [member for member in members if member.filename.startswith("xl/worksheets/")]
        return any(_FORMULA.search(archive.read(member)) for member in sheets if not member.is_dir())


def _sheet_rows(raw: bytes, name: str, sheet: str | None, *, formulas: bool) -> Iterator[Sequence[Any]]:
    do_without_lxml()
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and extensions that openpyxl does not know do not touch the cells
        workbook = load_workbook(io.BytesIO(raw), read_only=True, data_only=not formulas, keep_links=False)
        if sheet is not None and sheet not in workbook.sheetnames:
            raise UnknownSheetError(name, sheet, workbook.sheetnames)
        worksheet = workbook[sheet] if sheet is not None else workbook.worksheets[0]
        worksheet.reset_dimensions()  # what a file claims of its own size is a claim
        yield from worksheet.iter_rows()


def _texts(cells: Sequence[Any]) -> list[str]:
    texts = ["" if cell.value is None else _spell(cell.value) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _fault(values: Sequence[Any], said: Sequence[Any]) -> str:
    """Say which cells of a row give an error instead of a value, or a formula that no program has worked out yet."""
    errors = [f"cell {cell.coordinate} holds the error {cell.value}" for cell in values if cell.data_type == "e"]
    unknown = [
        f"cell {formula.coordinate} holds a formula without its value: open the file, let it calculate, and save it"
        for cell, formula in zip(values, said, strict=False)
        if cell.value is None and formula.data_type == "f"
    ]
    return "; ".join([*errors, *unknown])


def _spell(value: object) -> str:
    """Return a typed cell as text: whole numbers without a point, dates year first, times to the minute or second."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else f"{value.date().isoformat()} {_spell(value.time())}"
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return unescape(str(value))
