"""The example mapping works on the spreadsheet that it describes, as CSV and as a workbook."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nearmiss.engine.importing.mapping import Mapping
from nearmiss.engine.importing.plan import ImportPlan

Planner = Callable[..., ImportPlan]

HEADER = ["No.", "Reported", "Date", "What happened", "Remarks", "Safe now?", "Department", "Stopped by", "Measures",
          "Machine", "Weather", "Number of witnesses", "Name"]  # fmt: skip
ROWS: list[list[Any]] = [
    [1, "02.03.2026", "01.03.2026 14:20", "Ladder slipped", "near the door", "ja", "Dept. 7", "Luck", "Rubber feet",
     "LDR-3", "rain", 2, "A. Person"],
    [2, "04.03.2026", "03.03.2026", "Guard left open", "-", "nein", "Hall 3", "alarm, somebody noticed or reacted", "",
     "PRS-1", "n/a", 0, "B. Person"],
    [3, "05.03.2026", "05.03.2026 00:00", "Wrong label", None, "?", "Stapler-Werkstatt", "", "Stopped", "", "", "", ""],
]  # fmt: skip


def as_csv() -> bytes:
    """Write the sheet as CSV."""
    lines = [",".join(f'"{"" if cell is None else cell}"' for cell in row) for row in [HEADER, *ROWS]]
    return "\n".join(lines).encode()


def as_workbook() -> bytes:
    """Write the sheet as a workbook, with the first date typed as a date."""
    book = openpyxl.Workbook()
    page = book.create_sheet("Near misses")
    typed = [[*ROWS[0][:2], datetime.fromisoformat("2026-03-01T14:20"), *ROWS[0][3:]], *ROWS[1:]]
    for row in [HEADER, *typed]:
        page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_editors_accept_the_shipped_mappings(repo_root: Path) -> None:
    """The exported JSON Schema, by which editors complete and explain a mapping, accepts those that are shipped."""
    schema = repo_root / "schemas" / "import-mapping.schema.json"
    shipped = sorted((repo_root / "templates" / "mappings").glob("*.yaml"))
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *map(str, shipped)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (len(shipped), done.returncode) == (4, 0), done.stdout


@pytest.mark.parametrize("raw", [as_csv(), as_workbook()], ids=["csv", "xlsx"])
def test_the_example_does_what_its_comments_say(plan: Planner, shipped: Callable[[str], Mapping], raw: bytes) -> None:
    """Joined columns, German dates, translations, wildcards, lists in cells and left-out columns all come out."""
    done = plan(raw, shipped("example"))
    first, second, third = (new.data for new in done.new)
    assert first["report"]["what_happened"] == "Ladder slipped\n\nRemarks: near the door"
    assert (first["report"]["occurred_on"], first["report"]["occurred_at"]) == ("2026-03-01", "14:20")
    assert (first["report"]["made_safe"], first["report"]["process_area"]) == ("yes", "shipping")
    assert first["report"]["what_stopped_it"] == {"barrier": "luck"}
    assert first["report"]["links"] == [{"kind": "equipment", "ref": "LDR-3", "system": "MES"}]
    assert first["report"]["details"] == [{"name": "weather", "value": "rain"}, {"name": "witnesses", "value": "2"}]
    assert second["report"]["what_happened"] == "Guard left open"
    assert "occurred_at" not in second["report"]
    assert (second["report"]["made_safe"], second["report"]["process_area"]) == ("no", "production")
    assert second["report"]["what_stopped_it"] == {"barrier": "several"}
    assert (third["report"]["made_safe"], third["report"]["process_area"]) == ("unknown", "other")
    assert "occurred_at" not in third["report"]
    assert "Person" not in str([new.data for new in done.new])
    assert (done.notes, done.problems, done.rejected) == ((), (), ())
