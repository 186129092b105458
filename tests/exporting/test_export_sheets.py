"""Sheets: which there are, what stands in each, and that nothing a record says is left out of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from nearmiss.engine.exporting.columns import ABOUT, COLUMNS, Kind, explain, sheets
from nearmiss.engine.exporting.gathering import Exported, Signer, TakenStep
from nearmiss.engine.exporting.rows import rows_of
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.structure import judge_record_structure
from tests.exporting.made import FULL, record, report_only

STEP = TakenStep(
    seq=1,
    transition="investigate",
    from_="reported",
    to="investigated",
    in_force=True,
    signed_at="2026-11-22T08:05:00Z",
    signers=(Signer(by="r.meyer", role="quality-lead", at="2026-11-22T08:05:00Z", assurance="asserted"),),
    policy_version=3,
)


def table(data: dict[str, Any], *, arrived: str = "2026-11-22T08:05:00Z") -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a record by sheet, each as its cells by column."""
    dossier = Dossier(id=data["id"], path="records/2026/11/x.yaml", data=data)
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    names = {sheet.name: [column.name for column in sheet.header] for sheet in sheets()}
    for name, row in rows_of(Exported(dossier=dossier, steps=(STEP,), first_on_main=arrived), sheets()):
        found[name].append(dict(zip(names[name], row, strict=True)))
    return found


def leaves(value: Any) -> Iterator[Any]:
    """Yield every value of plain data that is no mapping and no list."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


def test_the_full_record_is_sound() -> None:
    """The record that these tests stand on is one that the format lets be."""
    assert [finding.message for finding in judge_record_structure(FULL, terms={})] == []


def test_every_column_is_filled_by_a_record_that_says_everything() -> None:
    """Each field of the format has a column, and each column is one: a new field without a value here is noticed."""
    filled = {
        (name, column)
        for name, rows in table(record()).items()
        for row in rows
        for column, cell in row.items()
        if cell is not None
    }

    assert [(sheet.name, column.name) for sheet in sheets() for column in sheet.header if column.way] == [
        (sheet.name, column.name)
        for sheet in sheets()
        for column in sheet.header
        if column.way and (sheet.name, column.name) in filled
    ]


def test_nothing_that_a_record_says_is_left_out() -> None:
    """Every value of a record stands in some cell."""
    cells = {cell for rows in table(record()).values() for row in rows for cell in row.values()}
    words = " ".join(cell.isoformat() if isinstance(cell, date) else str(cell) for cell in cells)

    said = {value for key, value in FULL.items() if key != "schema" for value in leaves(value)}
    assert [value for value in said if str(value) not in words] == []


def test_names_are_fit_for_every_spreadsheet() -> None:
    """Sheets have short names that differ in more than case; so have the columns of a sheet."""
    names = [sheet.name for sheet in (*sheets(), COLUMNS, ABOUT)]

    assert len({name.casefold() for name in names}) == len(names)
    assert [name for name in names if len(name) > 31 or set(name) & set("[]:*?/\\'")] == []
    for sheet in sheets():
        columns = [column.name.casefold() for column in sheet.header]
        assert len(set(columns)) == len(columns)


def test_every_column_is_explained() -> None:
    """The sheet of columns says of each what it means, and of each sheet what its rows are."""
    rows = list(explain(sheets()))

    assert [row for row in rows if not row[3]] == []
    assert len(rows) == sum(1 + len(sheet.header) for sheet in sheets())


@pytest.mark.parametrize(
    "column, cell",
    [
        ("id", "NM-2026-7Q4K2"),
        ("report.reported_on", date(2026, 11, 21)),
        ("report.occurred_until", "2026-11"),
        ("report.occurred_at", "14:20"),
        ("report.suggestion", "00123"),
        ("report.entered_on_behalf", True),
        ("investigation.worker_involved", False),
        ("assessment.severity_potential", 5),
        ("assessment.actual.level", 0),
        ("investigation.team_roles", "forklift driver\ndock; lead"),
        ("investigation.similar.found", "(none)"),
        ("lesson.release.to", "all-staff"),
        ("first_on_main", datetime(2026, 11, 22, 8, 5, tzinfo=UTC)),
    ],
)
def test_cells_are_typed(column: str, cell: object) -> None:
    """Days are days, numbers numbers, and what is less precise, or only looks like a number, stays text."""
    (row,) = table(record())["records"]

    assert (type(row[column]), row[column]) == (type(cell), cell)


@pytest.mark.parametrize("arrived", ["2026-11", "2026-11-22", ""])
def test_an_arrival_is_as_precise_as_it_is_told(arrived: str) -> None:
    """A month stays text, a day is a day, and what is not known is an empty cell."""
    (row,) = table(record(), arrived=arrived)["records"]

    wanted = {"2026-11": "2026-11", "2026-11-22": date(2026, 11, 22), "": None}
    assert row["first_on_main"] == wanted[arrived]


@pytest.mark.parametrize("withheld", ["redacted", "not-a-day", "2026-02-30Z"])
def test_what_is_no_day_stays_text(withheld: str) -> None:
    """A withheld date, and anything else where a date belongs, stands as it is."""
    (row,) = table(record(report__occurred_on=withheld))["records"]

    assert row["report.occurred_on"] == withheld


def test_what_a_record_does_not_say_is_empty() -> None:
    """Absence is an empty cell, and a list that is not there gives no rows."""
    found = table(report_only("NM-2026-00001"), arrived="")
    (row,) = found["records"]

    assert {column for column, cell in row.items() if cell is not None} == {
        *("id", "title", "state", "path"),
        *("report.reported_on", "report.what_happened", "report.reporter.mode"),
    }
    assert set(found) == {"records", "steps", "signers"}


def test_entries_say_where_they_belong() -> None:
    """What can stand at many places says in which list, of which entry, and at which place in it."""
    found = table(record())

    assert [(row["in"], row["of"], row["no"], row["ref"]) for row in found["links"]] == [
        ("report.links", None, 1, "TRL-88"),
        ("report.links", None, 2, "=1+1"),
        ("action_plan.actions.links", "A1", 1, "TRL-88"),
    ]
    assert [(row["in"], row["of"]) for row in found["attachments"]] == [
        ("report.attachments", None),
        ("assessment.attachments", None),
        ("investigation.attachments", None),
        ("root_cause.attachments", None),
        ("action_plan.attachments", None),
        ("progress.attachments", "1"),
        ("verification.checks.attachments", "1"),
        ("verification.attachments", None),
        ("lesson.attachments", None),
    ]
    assert [(row["of"], row["no"], row["to"]) for row in found["extensions"]] == [("A1", 1, date(2027, 1, 15))]
    assert {row["record"] for name, rows in found.items() if name != "records" for row in rows} == {"NM-2026-7Q4K2"}


def test_an_owner_is_a_handle_or_somebody_outside() -> None:
    """The owner has a column for each of the two ways to say it."""
    first, second = table(record())["actions"]

    assert (first["owner"], first["owner.external"], first["owner.sponsor"]) == ("t.silva", None, None)
    assert (second["owner"], second["owner.external"], second["owner.sponsor"]) == (None, "dock contractor", "t.silva")
    assert (first["addresses"], second["due"]) == ("C1\nC2", None)


def test_a_correction_of_a_whole_part_stands_as_json() -> None:
    """What was there before may be a text, a number or a whole part."""
    first, second = table(record())["corrections"]

    assert (first["was"], first["now"]) == ("dock-4", "dock-3")
    assert (second["was"], second["now"]) == ('{"level": "low"}', 3)


def test_steps_and_signers_have_rows() -> None:
    """A step is a row, and so is each of its signers."""
    found = table(record())
    at = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)

    assert found["steps"] == [
        {
            "record": "NM-2026-7Q4K2",
            "seq": 1,
            "transition": "investigate",
            "from": "reported",
            "to": "investigated",
            "in_force": True,
            "signed_at": at,
            "policy_version": 3,
        }
    ]
    (signer,) = found["signers"]
    assert (signer["by"], signer["role"], signer["at"], signer["assurance"]) == (
        "r.meyer",
        "quality-lead",
        at,
        "asserted",
    )


def test_kinds_are_told_in_words() -> None:
    """The sheet of columns names each kind as people do."""
    told = {row[2] for row in explain(sheets())} - {""}

    assert told == {kind.value for kind in Kind}
