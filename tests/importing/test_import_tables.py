"""Files are read as tables of text, with nothing guessed and nothing run."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest

from nearmiss.engine.importing.mapping import TableLayout
from nearmiss.engine.importing.rows import Row, Table, name_columns
from nearmiss.store import tables
from nearmiss.store.tables import (
    BrokenTableError,
    EncodingError,
    FormatError,
    NoHeaderError,
    TableTooLargeError,
    UnknownEncodingError,
    UnknownSheetError,
    read_table,
)


def read(raw: bytes, **layout: Any) -> Table:
    """Read bytes by a layout given as in a mapping."""
    return read_table(raw, name="table", layout=TableLayout.model_validate(layout))


def workbook(*rows: list[Any], sheet: str = "Sheet") -> bytes:
    """Make a workbook with one sheet of rows."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for row in rows:
        page.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return the bytes of a workbook."""
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def replaced(raw: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook with bytes of one of its members replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as was, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as now:
        for info in was.infolist():
            content = was.read(info)
            assert info.filename != member or old in content
            now.writestr(info.filename, content.replace(old, new) if info.filename == member else content)
    return stream.getvalue()


def cells(table: Table) -> list[dict[str, str]]:
    """Return the cells of every row."""
    return [dict(row.cells) for row in table.rows]


class TestCsv:
    """CSV files."""

    def test_header_is_trimmed_and_rows_are_counted_as_a_spreadsheet_does(self) -> None:
        """Spaces after commas are no part of a name, a cell of several lines is one row, and blank rows count."""
        table = read(b'"ID", "Event  Date ", "Narrative"\n"1", "a", "two\nlines"\n\n , ,\n"2","b","c"\n')
        assert table.columns == ("ID", "Event Date", "Narrative")
        assert [(row.number, row.cells["Narrative"]) for row in table.rows] == [(2, "two\nlines"), (5, "c")]
        assert table.blank_rows == (3, 4)

    def test_two_header_rows_make_group_and_name(self) -> None:
        """Groups go before names, and names that come again are numbered."""
        table = read(b" ,Report 1,Report 1,Report 1,\nACN,Narrative,Narrative,Synopsis,\n1,a,b,c,\n", header_rows=2)
        assert cells(table) == [{"ACN": "1", "Report 1 / Narrative": "a", "Report 1 / Narrative (2)": "b",
                                 "Report 1 / Synopsis": "c"}]  # fmt: skip
        assert table.columns == ("ACN", "Report 1 / Narrative", "Report 1 / Narrative (2)", "Report 1 / Synopsis")

    def test_a_column_without_a_name_is_kept_when_it_holds_something(self) -> None:
        """Nothing is lost for want of a name in the header."""
        table = read(b"a,,\n1,x,\n")
        assert table.columns == ("a", "(column 2)")
        assert table.rows[0].cells["(column 2)"] == "x"

    def test_rows_of_another_length_carry_a_fault(self) -> None:
        """A row that is too short or too long is kept with the reason; blank cells beyond the header are harmless."""
        table = read(b"a,b,c\n1,2\n1,2,3,4\n1,2,3,\n")
        assert [(row.number, row.fault) for row in table.rows] == [
            (2, "the row has 2 cells where the header has 3"),
            (3, "the row has 4 cells where the header has 3"),
            (4, ""),
        ]

    @pytest.mark.parametrize("encoding, sign", [("utf-8", "Ä"), ("utf-8-sig", "Ä"), ("windows-1252", "–"),
                                                     ("utf-16", "日")])  # fmt: skip
    def test_declared_encodings_are_read(self, encoding: str, sign: str) -> None:
        """A file is read in the encoding that the mapping says, with or without a byte order mark."""
        assert read(f"a\n{sign}\n".encode(encoding), encoding=encoding).rows[0].cells == {"a": sign}

    def test_a_byte_order_mark_is_no_part_of_the_first_name(self) -> None:
        """UTF-8 with a byte order mark is UTF-8."""
        assert read("ä,b\n1,2\n".encode("utf-8-sig")).columns == ("ä", "b")

    def test_other_encodings_are_refused_with_the_line(self) -> None:
        """Bytes that are not of the declared encoding end the import; no other encoding is tried."""
        with pytest.raises(EncodingError) as caught:
            read("a\nb\nÄ\n".encode("windows-1252"))
        assert caught.value.message == "table is not utf-8: line 3 has bytes that mean nothing in it."
        assert "encoding: windows-1252" in caught.value.hint

    @pytest.mark.parametrize("encoding", ["klingon", "hex"])
    def test_unknown_encodings_are_refused(self, encoding: str) -> None:
        """An encoding that does not exist, or is none of text, is named."""
        with pytest.raises(UnknownEncodingError, match=encoding):
            read(b"a\n1\n", encoding=encoding)

    def test_other_delimiters_are_declared(self) -> None:
        """Semicolons and tabs separate cells where the mapping says so."""
        assert cells(read(b"a;b\n1;2\n", delimiter=";")) == cells(read(b"a\tb\n1\t2\n", delimiter="tab"))

    @pytest.mark.parametrize("raw, word", [(b"a;b\n1;2\n", ";"), (b"a\tb\n1\t2\n", "tab")])
    def test_a_wrong_delimiter_is_told_and_not_guessed(self, raw: bytes, word: str) -> None:
        """A header of one column that holds other signs is refused with the entry that would read it."""
        with pytest.raises(FormatError) as caught:
            read(raw)
        assert f'delimiter: "{word}"' in caught.value.hint

    def test_a_quotation_that_never_ends_is_refused(self) -> None:
        """An open quotation mark does not swallow the rest of the file."""
        with pytest.raises(BrokenTableError, match="line 4"):
            read(b'a,b\n1,"two\n3,4\n5,6\n')

    def test_a_cell_that_is_too_long_is_told_as_such(self) -> None:
        """It says how much a cell may hold."""
        with pytest.raises(BrokenTableError, match="line 2: a cell has more than 131,072 characters"):
            read(b"a,b\n1," + b"x" * 131_073 + b"\n")

    @pytest.mark.parametrize("raw, rows", [(b"", 1), (b"\n\n", 1), (b"a,b\n", 2)])
    def test_a_file_without_its_header_is_refused(self, raw: bytes, rows: int) -> None:
        """An empty file, and one that ends within its header, are refused."""
        with pytest.raises(NoHeaderError):
            read(raw, header_rows=rows)

    def test_a_header_alone_is_a_table_without_rows(self) -> None:
        """A file with a header and nothing else holds no rows, which is no error."""
        assert read(b"a,b\n").rows == ()

    def test_formulas_are_text(self) -> None:
        """Cells that a spreadsheet would run are read as the text they are."""
        assert read(b"a\n=1+1\n").rows[0].cells == {"a": "=1+1"}

    def test_too_many_columns_are_refused(self) -> None:
        """A table wider than any real one is refused before memory is spent on it."""
        with pytest.raises(TableTooLargeError):
            read(b"," * 2000 + b"a\n")

    def test_too_large_files_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file above the limit is not read at all."""
        monkeypatch.setattr(tables, "LARGEST_FILE", 10)
        with pytest.raises(TableTooLargeError, match="at most"):
            read(b"a,b\n" * 10)

    def test_a_workbook_is_not_a_csv_file(self) -> None:
        """Where the mapping insists on a format, the other one is refused."""
        with pytest.raises(FormatError, match="a workbook"):
            read(workbook(["a"], [1]), format="csv")
        with pytest.raises(FormatError, match="not a workbook"):
            read(b"a\n1\n", format="xlsx")


class TestWorkbook:
    """XLSX workbooks."""

    def test_typed_cells_become_text(self) -> None:
        """Dates are written year first, whole numbers without a point, and times to the minute or second."""
        typed: list[Any] = [
            7, 7.0, 7.5, True, datetime.fromisoformat("2026-03-04"), datetime.fromisoformat("2026-03-04T14:20"),
            date(2026, 3, 4),
            time(14, 20), time(14, 20, 5), timedelta(hours=30), "text",
        ]  # fmt: skip
        table = read(workbook([f"c{place}" for place in range(11)], typed))
        assert list(table.rows[0].cells.values()) == [
            "7", "7", "7.5", "true", "2026-03-04", "2026-03-04 14:20", "2026-03-04",
            "14:20", "14:20:05", "1 day, 6:00:00", "text",
        ]  # fmt: skip

    def test_whole_numbers_stay_whole(self) -> None:
        """Some programs write every number with a point; a number of a machine has none."""
        raw = replaced(workbook(["a"], [88]), "xl/worksheets/sheet1.xml", b"<v>88</v>", b"<v>88.0</v>")
        assert read(raw).rows[0].cells == {"a": "88"}

    def test_a_sheet_is_chosen_by_name_or_is_the_first(self) -> None:
        """The mapping names the sheet; where it does not, the first one is read."""
        book = openpyxl.Workbook()
        book.worksheets[0].append(["first"])
        other = book.create_sheet("Near misses")
        other.append(["second"])
        assert read(saved(book)).columns == ("first",)
        assert read(saved(book), sheet="Near misses").columns == ("second",)
        with pytest.raises(UnknownSheetError) as caught:
            read(saved(book), sheet="Unfälle")
        assert caught.value.hint == "It has Sheet, Near misses."

    def test_merged_group_cells_name_every_column_below(self) -> None:
        """Of merged cells a workbook gives the first only; its words hold for the columns to its right."""
        raw = workbook([None, "Report 1", None], ["ACN", "Narrative", "Synopsis"], [1, "a", "b"])
        assert read(raw, header_rows=2).columns == ("ACN", "Report 1 / Narrative", "Report 1 / Synopsis")

    def test_blank_and_short_rows_are_no_faults(self) -> None:
        """A workbook does not store empty cells at the end of a row, so a short row is a whole one."""
        table = read(workbook(["a", "b"], [1], [None, None], [2, "x"]))
        assert [(row.number, dict(row.cells), row.fault) for row in table.rows] == [
            (2, {"a": "1", "b": ""}, ""),
            (4, {"a": "2", "b": "x"}, ""),
        ]
        assert table.blank_rows == (3,)

    def test_a_formula_gives_the_value_saved_with_it(self) -> None:
        """Formulas are never run: their saved value is read, and one without a value is a fault of its row."""
        raw = workbook(["a", "b"], ["=1+1", "x"], ["=2+2", "y"])
        calculated = replaced(raw, "xl/worksheets/sheet1.xml", b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
        table = read(calculated)
        assert table.rows[0].cells == {"a": "2", "b": "x"}
        assert table.rows[0].fault == ""
        assert table.rows[1].fault.startswith("cell A3 holds a formula without its value")

    def test_an_error_in_a_cell_is_a_fault_of_its_row(self) -> None:
        """A cell that shows an error instead of a value is not taken for a value."""
        assert read(workbook(["a", "b"], ["#REF!", "x"])).rows[0].fault == "cell A2 holds the error #REF!"

    def test_a_bomb_is_not_unpacked(self) -> None:
        """An archive that claims to unpack to more than the limit is refused before that."""
        raw = bytearray(workbook(["a"], [1]))
        place = raw.find(b"PK\x01\x02")
        struct.pack_into("<L", raw, place + 24, 2**31)
        with pytest.raises(TableTooLargeError, match="when it is unpacked"):
            read(bytes(raw))

    def test_a_row_far_below_does_not_fill_memory(self) -> None:
        """A row with a huge number is more rows than are read, and is refused."""
        raw = workbook(["a"], [1])
        with pytest.raises(TableTooLargeError):
            read(replaced(raw, "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="1000000"'))

    @pytest.mark.parametrize("raw", [b"PK\x03\x04 and nothing else", workbook(["a"], [1])[:-40]])
    def test_a_broken_workbook_is_refused(self, raw: bytes) -> None:
        """Whatever is wrong inside a workbook, the answer is one sentence."""
        with pytest.raises(BrokenTableError, match="not a sound workbook"):
            read(raw)

    def test_an_old_workbook_is_told_from_text(self) -> None:
        """Workbooks of the old format, and those behind a password, are named as such."""
        with pytest.raises(FormatError, match="an old or a protected workbook"):
            read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))

    def test_an_archive_that_is_no_workbook_is_refused(self) -> None:
        """A zip archive of something else is not a workbook."""
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("readme.txt", "hello")
        with pytest.raises(BrokenTableError):
            read(stream.getvalue())


def test_columns_without_header_rows_have_no_names() -> None:
    """No header, no columns."""
    assert name_columns([]) == ()


def test_the_digest_of_a_row_is_what_it_says() -> None:
    """Order of columns, blank cells and kinds of newline do not change a digest; every word does."""
    one = Row(number=2, cells={"a": "x\r\ny", "b": "z", "c": " "})
    assert one.sha256 == Row(number=9, cells={"b": "z", "a": "x\ny"}).sha256
    assert one.sha256 != Row(number=2, cells={"a": "x\ny", "b": "z "}).sha256
