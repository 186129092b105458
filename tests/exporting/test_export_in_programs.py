"""What LibreOffice and gnumeric see of an export: the very texts, days that are days, and nothing that runs."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.exporting.columns import sheets
from nearmiss.engine.exporting.gathering import Exported
from nearmiss.engine.exporting.rows import Cell, rows_of
from nearmiss.policy.dossier import Dossier
from nearmiss.store.csv_files import spell
from nearmiss.store.formulas import guard
from nearmiss.store.workbooks import escape
from tests.cli.shell import Shell
from tests.engine.scene import found_scene
from tests.exporting.made import FOOLING, put, record, report_only
from tests.exporting.programs import Seen, Sheets, open_with_gnumeric, open_with_libreoffice

PROGRAMS: dict[str, tuple[str, Callable[[Sequence[Path], Path], list[Sheets]]]] = {
    "LibreOffice": ("soffice", open_with_libreoffice),
    "gnumeric": ("ssconvert", open_with_gnumeric),
}
FIRST_DAY = date(1899, 12, 30)
"""Day 0 of a spreadsheet that counts its days."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An export as a program sees it: the workbook, the CSV, the CSV that nobody guarded; and who was called up."""

    workbook: Sheets
    csv: Sheets
    raw: Sheets
    called: list[str]
    records: list[dict[str, Any]]

    @staticmethod
    def texts(sheets: Sheets, column: str) -> list[Seen]:
        """Return the cells of a column of the records."""
        rows = next(iter(sheets.values()))
        place = [cell.value for cell in rows[0]].index(column)
        return [row[place] for row in rows[1:] if len(row) > place and row[0].value]


@pytest.fixture(scope="module")
def called() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that notes who calls it up, and its port."""
    calls: list[str] = []

    class Notes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(404)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, calls
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory, called: tuple[int, list[str]]) -> tuple[Path, list[Any]]:
    """Export a register of fooling texts in every form, once; return the folder and the records."""
    folder = tmp_path_factory.mktemp("exports")
    texts = [text.replace("{port}", str(called[0])) for text in FOOLING]
    made = [
        record("NM-2026-ZZZZZ"),
        *(report_only(f"NM-2026-{number:05d}", what_happened=text) for number, text in enumerate(texts)),
    ]
    scene = found_scene(folder)
    put(scene, *made)
    shell = Shell(directory=scene.root, scene=scene)
    for name, words in {"book.xlsx": (), "guarded.csv": (), "raw.csv": ("--raw",)}.items():
        assert shell.run("s.ito", "export", "--output", str(folder / name), *words).code == 0
    scene.close()
    return folder, sorted(made, key=lambda one: str(one["id"]))


@pytest.fixture(scope="module", params=PROGRAMS)
def opened(request: pytest.FixtureRequest, exports: tuple[Path, list[Any]], called: tuple[int, list[str]]) -> Opened:
    """Open the exports with a program, once."""
    program, open_with = PROGRAMS[request.param]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine; apt-get install libreoffice-calc-nogui gnumeric")
    folder, made = exports
    out = folder / request.param
    (out / "home").mkdir(parents=True)
    files = [folder / name for name in ("book.xlsx", "guarded.csv", "raw.csv")]
    del called[1][:]
    workbook, guarded = open_with(files[:2], out)
    calls = list(called[1])
    (raw,) = open_with(files[2:], out)
    return Opened(workbook=workbook, csv=guarded, raw=raw, called=calls, records=made)


def day_of(seen: Seen) -> str:
    """Return a date cell as ISO 8601 has it, whether the program tells a date or counts its days."""
    if not seen.value.replace(".", "", 1).isdigit():
        return seen.value
    moment = datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(days=float(seen.value))
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()


def test_every_text_is_read_back(opened: Opened) -> None:
    """In the workbook each text is a cell of text, equal in every sign: umlauts, emoji, quotation marks, lines."""
    wanted = [one["report"]["what_happened"] for one in opened.records]

    seen = [(cell.kind, cell.value) for cell in opened.texts(opened.workbook, "report.what_happened")]

    # What looks like an escape is escaped, as the standard has it; gnumeric shows that instead of taking it off.
    assert [pair for pair in seen if pair not in {("string", text) for text in wanted}] in (
        [],
        [("string", escape("_x0041_ and _x000D_"))],
    )
    assert len(seen) == len(wanted)


def test_nothing_in_a_workbook_is_a_formula(opened: Opened) -> None:
    """In none of its sheets does a program find anything to work out."""
    found = [cell for rows in opened.workbook.values() for row in rows for cell in row if cell.formula]

    assert found == []


def test_nothing_in_a_csv_file_is_a_formula(opened: Opened) -> None:
    """In the CSV file it finds nothing to work out either, and the texts are there, with their apostrophes or without.

    gnumeric takes one off by itself, as it does with one that is typed.
    """
    wanted = [one["report"]["what_happened"] for one in opened.records]

    seen = opened.texts(opened.csv, "report.what_happened")

    assert [cell for rows in opened.csv.values() for row in rows for cell in row if cell.formula] == []
    pairs = list(zip(seen, wanted, strict=True))
    shown = {text: {guard(text), guard(text).removeprefix("'")} for text in wanted}
    assert [(cell.value, text) for cell, text in pairs if cell.kind == "string" and cell.value not in shown[text]] == []
    # CSV has no types: what looks like a number, a date or a truth is taken for one, which is harmless.
    assert {text for cell, text in pairs if cell.kind != "string"} <= {
        *("TRUE", "1e5", "007", "2026-11-21", "11/12/2026", "1,234", "#N/A", "#DIV/0!"),
    }


def test_nobody_was_called_up(opened: Opened) -> None:
    """No text of a record made a program reach out, though some ask for just that."""
    assert opened.called == []


def test_without_the_guard_it_would_run(opened: Opened) -> None:
    """The same texts unguarded are formulas to the program: what these tests look for can be found."""
    formulas = [cell.formula for cell in opened.texts(opened.raw, "report.what_happened") if cell.formula]

    assert len(formulas) >= 2
    assert any("WEBSERVICE" in formula.upper() for formula in formulas)


def test_each_sheet_is_read_back(opened: Opened) -> None:
    """Every cell of a record that says everything is read back with its type and its value, in every sheet."""
    full = next(one for one in opened.records if one["id"] == "NM-2026-ZZZZZ")
    dossier = Dossier(id=full["id"], path="records/2026/11/NM-2026-ZZZZZ.yaml", data=full)
    exported = Exported(dossier=dossier, steps=(), first_on_main="2026-11-22T07:00:00Z")
    assert list(opened.workbook) == [*(sheet.name for sheet in sheets()), "columns", "about"]

    for sheet in sheets():
        wanted = [row for name, row in rows_of(exported, [sheet]) if name == sheet.name]
        rows = [row for row in opened.workbook[sheet.name] if row and row[0].value == "NM-2026-ZZZZZ"]
        assert len(rows) == len(wanted)
        for seen, cells in zip(rows, wanted, strict=True):
            for column, one, cell in zip(sheet.header, seen, cells, strict=False):
                assert (column.name, told(one)) == (column.name, meant(cell))


def told(seen: Seen) -> tuple[str, str]:
    """Return the kind and value of a cell as a program tells them, in one spelling."""
    if seen.kind == "date":
        return "date", day_of(seen)
    return seen.kind, seen.value.lower() if seen.kind == "boolean" else seen.value


def meant(cell: Cell) -> tuple[str, str]:
    """Return the kind and value that a program should tell of a typed cell."""
    if cell is None:
        return "", ""
    if isinstance(cell, bool):
        return "boolean", spell(cell)
    if isinstance(cell, date):
        return "date", spell(cell).removesuffix("Z")
    return ("float" if isinstance(cell, int) else "string"), str(cell)
