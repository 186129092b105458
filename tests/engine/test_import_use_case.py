"""Importing a table into a register: planned, written in one commit, and never twice or over anything."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.engine.errors import DetachedHeadError, RefusedError, StrangerError
from nearmiss.engine.importing import use_case as import_use_case
from nearmiss.engine.importing.mapping import parse_mapping
from nearmiss.engine.importing.plan import ImportPlan
from nearmiss.engine.importing.use_case import RowOvertakenError
from nearmiss.store.tables import read_table
from tests.engine.scene import Scene, codes

ROWS = "No.,Reported,What\n1,02.03.2026,A pallet fell.\n2,05.04.2026,A hose burst.\n3,06.04.2026,\n"


def plan(scene: Scene, rows: str = ROWS, **changes: Any) -> ImportPlan:
    """Plan the import of a small log."""
    fields = [
        {"to": "report.reported_on", "from": "Reported", "dates": ["DD.MM.YYYY"]},
        {"to": "report.what_happened", "from": "What"},
    ]
    data = {"schema": 1, "source": "log", "label": "The log", "key": "No.", "fields": fields}
    mapping, findings = parse_mapping(data | changes)
    assert mapping is not None, findings
    table = read_table(rows.encode(), name="log.csv", layout=mapping.table)
    return import_use_case.plan(scene.desk("s.ito"), table, mapping)


def write(scene: Scene, planned: ImportPlan, who: str = "s.ito") -> str:
    """Write a plan."""
    return import_use_case.write(scene.desk(who), planned, name="log.csv")


def test_new_rows_are_written_in_one_commit_and_a_second_import_adds_nothing(scene: Scene) -> None:
    """Planned and written, the register is sound; planned again, there is nothing to write."""
    before = scene.snapshot()
    planned = plan(scene)
    assert scene.snapshot() == before
    assert (len(planned.new), len(planned.rejected)) == (2, 1)
    start = scene.rev("main")
    commit = write(scene, planned)
    assert (scene.rev("main"), scene.git("rev-parse", "main^")) == (commit, start)
    assert scene.check().findings == ()
    assert scene.git("status", "--porcelain") == ""
    after = scene.snapshot()
    again = plan(scene)
    assert (len(again.new), len(again.unchanged)) == (0, 2)
    assert write(scene, again) == ""
    assert scene.snapshot() == after


def test_a_plan_that_was_overtaken_writes_nothing(scene: Scene) -> None:
    """Written twice, or after somebody worked on an imported record, a plan neither doubles nor overwrites."""
    planned = plan(scene)
    other = plan(scene)
    write(scene, planned)
    record = planned.new[0].record
    scene.draft("s.ito", record, {"assessment": {"classification": "safety"}})
    before = scene.snapshot()
    for late in (planned, other):
        with pytest.raises(RowOvertakenError):
            write(scene, late)
    assert scene.snapshot() == before


def test_a_changed_row_is_said_and_never_written(scene: Scene) -> None:
    """Other words for a known key change no record."""
    write(scene, plan(scene))
    again = plan(scene, ROWS.replace("A pallet", "Two pallets"))
    assert (len(again.new), len(again.changed), write(scene, again)) == (0, 1, "")


def test_ids_of_imported_records_are_drawn_until_they_are_free(scene: Scene) -> None:
    """Neither an id on main nor one that the same plan has drawn is drawn again."""
    scene.chance.texts = ["AAAAA"]
    scene.report()
    scene.chance.texts = ["AAAAA", "BBBBB", "BBBBB", "CCCCC"]
    assert [new.record for new in plan(scene).new] == ["NM-2026-BBBBB", "NM-2026-CCCCC"]


def test_a_mapping_that_does_not_fit_is_refused_with_every_finding(scene: Scene) -> None:
    """A column that the table lacks stops the plan before anything is written."""
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        plan(scene, ROWS.replace("What", "Text"))
    assert codes(refused.value.findings)
    assert scene.snapshot() == before


def test_whoever_is_not_on_the_list_or_on_no_branch_imports_nothing(scene: Scene) -> None:
    """An import is somebody's work."""
    planned = plan(scene)
    with pytest.raises(StrangerError):
        write(scene, planned, "x@elsewhere.example")
    scene.git("checkout", "-q", "--detach")
    with pytest.raises(DetachedHeadError):
        write(scene, planned)


def test_the_same_row_twice_is_a_warning_when_two_branches_brought_it(scene: Scene) -> None:
    """Where the same table came in by two ways, the check names the second record."""
    planned = plan(scene)
    write(scene, planned)
    record = planned.new[0].record
    path = scene.path(record)
    twin = path.replace(record, "NM-2026-ZZZZZ")
    scene.commit_files({twin: scene.blob(path).replace(record.encode(), b"NM-2026-ZZZZZ")}, branch="main")
    found = scene.check().findings
    assert [(finding.code, finding.record) for finding in found] == [("imported-twice", "NM-2026-ZZZZZ")]
