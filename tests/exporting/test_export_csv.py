"""CSV: spelt as RFC 4180 has it, harmless in a spreadsheet, and read back equal by an import that is told."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.exporting.columns import sheets
from nearmiss.engine.importing.mapping import TableLayout
from nearmiss.store.csv_files import Dialect
from nearmiss.store.formulas import guard, is_formula_like, unguard
from nearmiss.store.tables import read_table
from tests.cli.shell import Shell
from tests.engine.scene import Scene
from tests.exporting.made import FOOLING, put, record, report_only

RUNS = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")  # noqa: RUF001 - the full width is the point


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    """Return the cells of a CSV text."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def cells(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text by the names of its columns."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


TEXTS = st.text(alphabet=st.sampled_from("=+-@＝＋－＠';,\t\r\n \"a1\u00a0\u200b"), max_size=12)  # noqa: RUF001 - as above


@given(TEXTS)
def test_a_guard_is_taken_off_again(text: str) -> None:
    """Whatever a text is, guarding it can be undone."""
    assert unguard(guard(text)) == text


@given(TEXTS)
def test_a_guarded_text_is_harmless(text: str) -> None:
    """No guarded text begins as a formula does, wherever a program splits it."""
    guarded = guard(text)

    assert not is_formula_like(guarded)
    assert not RUNS.match(guarded)
    assert [part for part in re.split(r"[;\t\r\n]", guarded)[1:] if re.match(r"[^\S\t\r\n]*[=+\-@]", part)] == []


@pytest.mark.parametrize("text", ["'tis nothing", "a = b", "first, second; third", "2026-11-21", "x\n\ny", "", "1 - 1"])
def test_an_honest_text_stays_as_it_is(text: str) -> None:
    """Only what a spreadsheet could run gets an apostrophe."""
    assert guard(text) == text


def test_the_guard_is_what_owasp_asks_for() -> None:
    """A cell that begins with a sign of a formula gets one apostrophe in front."""
    assert [guard(text) for text in ("=1", " =1", "+1", "-1", "@x", "\t1", "\r1", "＝1", "'=1")] == [  # noqa: RUF001
        *("'=1", "' =1", "'+1", "'-1", "'@x", "'\t1", "'\r1", "'＝1", "''=1"),  # noqa: RUF001 - the full width
    ]


def test_records_are_printed(shell: Shell, scene: Scene) -> None:
    """Without an output the records are printed."""
    put(scene, record())

    done = shell.run("s.ito", "export", "--format", "csv", "--columns", "id,report.reported_on")

    assert (done.code, done.out) == (0, "id,report.reported_on\nNM-2026-7Q4K2,2026-11-21\n")


def test_a_file_is_spelt_as_the_standard_has_it(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """A CSV file is UTF-8 with commas, CRLF, and quotation marks only where they are needed."""
    put(scene, record(title='Größe "XL", rolled'))
    place = tmp_path / "near-misses.csv"

    assert shell.run("s.ito", "export", "--output", str(place), "--columns", "id,title").code == 0

    assert place.read_bytes() == 'id,title\r\nNM-2026-7Q4K2,"Größe ""XL"", rolled"\r\n'.encode()


def test_one_sheet_of_many(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """A CSV file holds one sheet: the records, or the one that is named, with the columns that are named."""
    put(scene, record())
    place = tmp_path / "actions.csv"

    done = shell.run("s.ito", "export", "--output", str(place), "--sheet", "actions", "--columns", "id,record,due")

    assert done.code == 0, done.said
    assert rows(place.read_text()) == [
        ["id", "record", "due"],
        ["A1", "NM-2026-7Q4K2", "2027-01-15"],
        ["A2", "NM-2026-7Q4K2", ""],
    ]


def test_a_folder_has_a_file_for_each_sheet(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """All sheets are there, filled or not, and with them what the columns mean and what was exported."""
    commit = put(scene, record(), report_only("NM-2026-00001"))
    folder = tmp_path / "out"

    done = shell.run("s.ito", "export", "--format", "csv", "--output", str(folder), "--since", "2026-11-01")

    assert done.code == 0, done.said
    assert {path.name for path in folder.iterdir()} == {
        *(f"{sheet.name}.csv" for sheet in sheets()),
        *("columns.csv", "about.csv"),
    }
    assert rows((folder / "about.csv").read_text()) == [
        ["what", "value"],
        ["format", "1"],
        ["commit", commit],
        ["since", "2026-11-01"],
        ["records", "2"],
    ]
    assert [row["id"] for row in cells((folder / "records.csv").read_text())] == ["NM-2026-00001", "NM-2026-7Q4K2"]
    assert [row["level"] for row in cells((folder / "causes.csv").read_text())] == ["immediate", "root"]
    assert ["steps", "signed_at", "instant"] in [row[:3] for row in rows((folder / "columns.csv").read_text())]


def test_what_was_left_out_stands_in_the_folder(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Who finds the folder later is told what it lacks, and by which filters it was made."""
    put(scene, report_only("NM-2026-00001"))
    scene.commit_files({"records/2026/11/NM-2026-00002.yaml": "schema: [1\n"}, branch="main")

    words = ("--format", "csv", "--output", str(tmp_path / "out"), "--state", "reported", "--state", "action")
    assert shell.run("s.ito", "export", *words).code == 0

    about = dict(rows((tmp_path / "out" / "about.csv").read_text()))
    assert about["left out, cannot be read"] == "NM-2026-00002"
    assert about["states"] == "reported, action"


def test_the_same_records_give_the_same_files(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Two exports of one commit are equal, byte for byte, whatever the day."""
    put(scene, record(), report_only("NM-2026-00001"))
    for name in ("one", "two"):
        assert shell.run("s.ito", "export", "--format", "csv", "--output", str(tmp_path / name)).code == 0
        scene.clock.tick(days=40)

    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two


def fooled(scene: Scene) -> list[dict[str, Any]]:
    """Put records with every fooling text on main, and return them."""
    made = [report_only(f"NM-2026-{number:05d}", what_happened=text) for number, text in enumerate(FOOLING)]
    put(scene, *made)
    return made


def test_no_cell_runs(shell: Shell, scene: Scene) -> None:
    """No cell of an export begins as a formula does, read with the right separator, another one, or none."""
    fooled(scene)

    text = shell.run("s.ito", "export", "--format", "csv").out

    for delimiter in ",;\t":
        assert [cell for row in rows(text, delimiter) for cell in row if RUNS.match(cell)] == []
    assert [line for line in text.splitlines() if RUNS.match(line)] == []


@pytest.mark.parametrize("words", [(), ("--bom",)])
def test_an_import_reads_back_what_was_meant(shell: Shell, scene: Scene, words: tuple[str, ...]) -> None:
    """An import that is told of the apostrophes takes them off again: every text is read back equal."""
    made = fooled(scene)

    raw = shell.run("s.ito", "export", "--format", "csv", *words).out.encode()

    assert raw.startswith(b"\xef\xbb\xbf") == bool(words)
    read = read_table(raw, name="records.csv", layout=TableLayout(guard="apostrophe"))
    assert [row.cells["report.what_happened"] for row in read.rows] == [one["report"]["what_happened"] for one in made]


def test_raw_is_for_programs(shell: Shell, scene: Scene) -> None:
    """With --raw nothing is guarded, and any reader of CSV has the very texts."""
    made = fooled(scene)

    text = shell.run("s.ito", "export", "--format", "csv", "--raw").out

    assert [row["report.what_happened"] for row in cells(text)] == [one["report"]["what_happened"] for one in made]


def test_an_import_that_is_not_told_takes_the_cells_as_they_are() -> None:
    """Nothing is guessed: an apostrophe in somebody else's table is theirs."""
    read = read_table(b"a\r\n'=1\r\n", name="x.csv", layout=TableLayout())

    assert read.rows[0].cells == {"a": "'=1"}


def test_another_register_imports_the_export(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """The mapping that comes along makes reports of what another register exported, and names every column."""
    changes = {"assessment__detected__by": "colleague", "assessment__detected__when": "next-day"}
    put(scene, record(report__what_happened="=1+1 and\n- two", report__what_could_have_happened="'-3", **changes))
    place = tmp_path / "records.csv"
    assert shell.run("s.ito", "export", "--output", str(place)).code == 0
    scene.git("rm", "-rq", "records", check=False)
    scene.git("commit", "-qm", "Another register")

    told = shell.json("s.ito", "import", str(place), "--mapping", "nearmiss")

    assert (told["counts"]["new"], told["counts"]["rejected"], told["notes"]) == (1, 0, [])
    report = scene.data(told["new"][0]["id"])["report"]
    assert report["what_happened"] == "=1+1 and\n- two"
    assert report["what_could_have_happened"] == "'-3"
    assert report["imported_from"]["key"] == "NM-2026-7Q4K2"
    assert "person" not in report["reporter"]


def test_a_dialect_is_plain_by_itself() -> None:
    """Guarded, and without a byte order mark."""
    assert Dialect() == Dialect(guard="apostrophe", begins="text")
