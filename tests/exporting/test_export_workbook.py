"""Workbooks: typed cells that no program runs, the same bytes for the same records, and limits that are told."""

from __future__ import annotations

import gc
import io
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.exporting.columns import Column, Kind, Sheet, sheets
from nearmiss.engine.exporting.rows import Cell
from nearmiss.engine.importing.mapping import TableLayout
from nearmiss.store import workbooks
from nearmiss.store.formulas import is_formula_like
from nearmiss.store.tables import read_table
from nearmiss.store.workbooks import LONGEST_CELL, TooManyRowsError, Workbook, escape, unescape
from tests.cli.shell import Shell
from tests.engine.scene import Scene
from tests.exporting.made import FOOLING, put, record, report_only

ONE = Sheet(name="one", about="A sheet.", header=(Column(name="a"), Column(name="b", kind=Kind.DATE)))


def written(*rows: Sequence[Cell]) -> tuple[Any, tuple[str, ...]]:
    """Return the sheet that a spreadsheet program finds, and what was told."""
    stream = io.BytesIO()
    book = Workbook(stream, [ONE])
    for row in rows:
        book.write("one", row)
    told = book.close()
    return openpyxl.load_workbook(stream)["one"], told


@contextmanager
def nothing_left(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    """Give the libraries a folder of their own for what they put aside, and see that they leave it empty."""
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    gc.collect()
    assert list(folder.iterdir()) == []


def test_a_workbook_has_all_sheets(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Records, every list of them, steps, signers, what the columns mean and what was exported, with frozen headers."""
    commit = put(scene, record(), report_only("NM-2026-00001"))
    place = tmp_path / "near-misses.xlsx"

    done = shell.run("s.ito", "export", "--output", str(place))

    assert done.code == 0, done.said
    book = openpyxl.load_workbook(place)
    assert book.sheetnames == [*(sheet.name for sheet in sheets()), "columns", "about"]
    for sheet in sheets():
        page = book[sheet.name]
        assert [cell.value for cell in page[1]] == [column.name for column in sheet.header]
        assert {cell.font.bold for cell in page[1]} == {True}
        assert page.freeze_panes == "B2"
        assert page.auto_filter.ref == page.dimensions
        widths = [dimension.width for dimension in page.column_dimensions.values()]
        assert [width for width in widths if not 8 <= width <= 44] == []
    assert [[cell.value for cell in row] for row in book["about"].iter_rows(min_row=2)] == [
        ["format", "1"],
        ["commit", commit],
        ["records", "2"],
    ]


def test_cells_have_their_types(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Days are days with a format that shows them as ISO 8601 does, numbers numbers, truth truth, the rest text."""
    put(scene, record())
    place = tmp_path / "near-misses.xlsx"
    shell.run("s.ito", "export", "--output", str(place))

    page = openpyxl.load_workbook(place)["records"]
    cells = {str(head.value): cell for head, cell in zip(page[1], page[2], strict=True)}

    def told(name: str) -> tuple[str, object, str]:
        return cells[name].data_type, cells[name].value, cells[name].number_format

    assert told("report.reported_on") == ("d", datetime(2026, 11, 21), "yyyy-mm-dd")  # noqa: DTZ001 - as cells are
    assert told("report.occurred_until") == ("s", "2026-11", "General")
    assert told("report.suggestion") == ("s", "00123", "General")
    assert told("assessment.severity_potential") == ("n", 5, "General")
    assert told("report.entered_on_behalf") == ("b", True, "General")
    assert told("alert.do_this") == ("s", "Chock by hand.", "General")
    kind, value, form = told("first_on_main")
    assert (kind, value, form) == ("d", datetime(2026, 11, 22, 7), 'yyyy-mm-dd"T"hh:mm:ss"Z"')  # noqa: DTZ001 - as above


@pytest.mark.parametrize("text", FOOLING)
def test_no_text_is_anything_else(text: str) -> None:
    """A text is a cell of text whatever it looks like, and marked so where somebody who edits it could wake it up."""
    page, _ = written([text, None])

    assert page["A2"].data_type == "s"
    assert bool(page["A2"].quotePrefix) == (is_formula_like(text) or text.startswith("#"))


@pytest.mark.parametrize("text", [*FOOLING, "\x0b\x00\r\ud800", "_x000D_", "__x000D_x_x0041_", "\uffff", "a\r\nb"])
def test_an_import_reads_back_what_was_written(text: str) -> None:
    """Every text that fits a cell is read back equal, with signs that no file of XML can hold."""
    stream = io.BytesIO()
    book = Workbook(stream, [ONE])
    book.write("one", [text, None])
    assert book.close() == ()

    read = read_table(stream.getvalue(), name="x.xlsx", layout=TableLayout())

    assert read.rows[0].cells["a"] == text


@given(st.text(alphabet=st.sampled_from("_x0041FDd\r\x00\ud800a"), max_size=16))
def test_an_escape_is_undone(text: str) -> None:
    """Escaping any text can be undone, and what is escaped can stand in XML."""
    assert unescape(escape(text)) == text
    assert not set(escape(text)) & set("\r\x00\ud800")


def test_what_is_too_long_is_cut_and_told() -> None:
    """A text beyond what a cell holds ends in a mark, never within a sign; shorter ones are whole."""
    long, fitting = "🚛" * 17_000, "x" * LONGEST_CELL
    page, told = written([long, None], [fitting, None], ["_x0041_" * 4_000, None])

    assert page["A2"].value == "🚛" * 16_381 + " […]"
    assert len(page["A2"].value.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert page["A3"].value == fitting
    assert unescape(page["A4"].value) == "_x0041_" * (len(page["A4"].value) // len("_x005F_x0041_")) + " […]"
    assert told == ("2 cells were cut: a cell of a workbook holds 32,767 characters. CSV and JSON lines hold all.",)


def test_a_cut_is_told_on_the_screen(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Who exports hears that something did not fit."""
    put(scene, report_only("NM-2026-00001", what_happened="🚛" * 17_000))

    done = shell.run("s.ito", "export", "--output", str(tmp_path / "x.xlsx"))

    assert done.code == 0
    assert "1 cell was cut: a cell of a workbook holds 32,767 characters." in done.err


def test_more_rows_than_a_sheet_holds_are_refused(
    shell: Shell, scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a sheet would overflow, nothing is written, and the sentence says what can be done."""
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    put(scene, *(report_only(f"NM-2026-0000{number}") for number in range(3)))

    with nothing_left(monkeypatch, tmp_path / "aside"):
        done = shell.run("s.ito", "export", "--output", str(tmp_path / "x.xlsx"))

    assert (done.code, done.out) == (1, "")
    assert "The sheet records would have more than 3 rows, which no workbook can hold." in done.err
    assert "Exception" not in done.err
    assert [path.name for path in tmp_path.iterdir() if "x.xlsx" in path.name] == []


def test_a_sheet_is_filled_to_its_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header counts; one row more is too many."""
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    written(["a", None], ["b", None])

    book = Workbook(io.BytesIO(), [ONE])
    book.write("one", ["a", None])
    book.write("one", ["b", None])
    with pytest.raises(TooManyRowsError):
        book.write("one", ["c", None])
    book.drop()


def test_a_workbook_that_is_dropped_says_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An export that ends early leaves no file behind, and nobody's last words on the screen."""
    with nothing_left(monkeypatch, tmp_path / "aside"):
        book = Workbook(io.BytesIO(), sheets())
        book.write("records", ["a"])
        book.drop()
        del book

    assert capfd.readouterr() == ("", "")


def test_the_same_records_give_the_same_bytes(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Two workbooks of one commit are equal, byte for byte, whatever the day."""
    put(scene, record(), report_only("NM-2026-00001"))
    for name in ("one.xlsx", "two.xlsx"):
        assert shell.run("s.ito", "export", "--output", str(tmp_path / name)).code == 0
        scene.clock.tick(days=40)

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_workbook_tells_nothing_of_who_made_it(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """No author, no time, no machine: each file within has the first date that there is."""
    put(scene, report_only("NM-2026-00001"))
    place = tmp_path / "x.xlsx"
    shell.run("s.ito", "export", "--output", str(place))

    with zipfile.ZipFile(place) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "creator" not in core
    assert "1980-01-01T00:00:00Z" in core
    assert "s.ito" not in everything
    assert str(tmp_path) not in everything


@pytest.mark.parametrize(
    "day, shown",
    [
        (date(1900, 2, 28), "1900-02-28"),
        (date(1900, 3, 1), datetime(1900, 3, 1)),  # noqa: DTZ001 - as cells are
        (datetime(1900, 1, 1, 3, tzinfo=UTC), "1900-01-01"),
        (date(2199, 12, 31), datetime(2199, 12, 31)),  # noqa: DTZ001 - as above
    ],
)
def test_days_on_which_programs_disagree_are_text(day: date, shown: object) -> None:
    """Workbooks believe in a 29 February 1900, so days before it are text."""
    page, _ = written(["a", day])

    assert page["B2"].value == shown
