"""A mapping is data that is judged as a whole before any row is taken."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from nearmiss.engine.importing.columns import lay_out, mapped_columns
from nearmiss.engine.importing.mapping import Mapping, parse_mapping
from nearmiss.engine.importing.rows import Row, Table

SMALL: dict[str, Any] = {
    "schema": 1,
    "source": "log",
    "key": "No.",
    "fields": [
        {"to": "report.reported_on", "from": "Day", "dates": ["DD.MM.YYYY"]},
        {"to": "report.what_happened", "from": ["What", "More"]},
    ],
}


def changed(**changes: Any) -> dict[str, Any]:
    """Return the small mapping with keys replaced or added."""
    return copy.deepcopy(SMALL) | changes


def with_field(**rule: Any) -> dict[str, Any]:
    """Return the small mapping with one more field."""
    return changed(fields=[*SMALL["fields"], rule])


def mapping(data: dict[str, Any]) -> Mapping:
    """Read a mapping that is expected to be sound."""
    sound, findings = parse_mapping(data)
    assert sound is not None, findings
    return sound


def table(*columns: str, **cells: str) -> Table:
    """Make a table of one row, its cells by column."""
    return Table(name="log.csv", columns=columns, rows=(Row(number=2, cells=dict.fromkeys(columns, "x") | cells),))


def test_a_small_mapping_is_sound() -> None:
    """What a mapping need not say has the plainest meaning; one column may be given without a list."""
    small = mapping(SMALL)
    assert (small.table.encoding, small.table.delimiter, small.table.header_rows) == ("utf-8", ",", 1)
    assert small.key == ("No.",)
    assert small.fields[0].from_ == ("Day",)


def test_repairs_are_given_by_code_point() -> None:
    """A damaged character is named by its code point, since a YAML file cannot hold it."""
    assert mapping(changed(repair={"U+0019": "’"})).repairs == {0x19: "’"}


@pytest.mark.parametrize(
    "data, words",
    [
        (changed(fields=SMALL["fields"][:1]), "every report needs report.what_happened"),
        (changed(fields=SMALL["fields"][1:]), "every report needs report.reported_on"),
        (changed(colour="red"), "colour: extra inputs are not permitted"),
        (changed(schema=2), "schema: "),
        (changed(key=[]), "key: "),
        (changed(table={"delimiter": "ab"}), "delimiter: "),
        (changed(table={"header_rows": 0}), "header_rows: "),
        (changed(repair={"19": "x"}), "19: string should match pattern"),
        (with_field(to="report.what_happened", always="again"), "report.what_happened is filled twice"),
        (with_field(to="state", always="verified"), "an import cannot fill state"),
        (with_field(to="report.reporter.person", always="r.meyer"), "an import cannot fill report.reporter.person"),
        (with_field(to="assessment.severity_potential", always="1"), "an import cannot fill"),
        (with_field(to="title"), "say either which columns it comes from, or what it always is"),
        (with_field(to="title", always="x", **{"from": "y"}), "say either"),
        (with_field(to="title", always="x", split=";"), "nothing to translate or split"),
        (with_field(to="title", always="x", dates=["DD.MM.YYYY"]), "title is not a date"),
        (with_field(to="report.occurred_on", dates=["DD.MM.YY"], **{"from": "Day"}), "leaves the century open"),
        (with_field(to="report.occurred_on", dates=["%d"], **{"from": "Day"}), "is not a date format"),
    ],
)
def test_faults_are_findings(data: dict[str, Any], words: str) -> None:
    """Each fault of a mapping is a finding that says what is wrong and where."""
    sound, findings = parse_mapping(data)
    assert sound is None
    assert any(words in finding.message for finding in findings), findings
    assert {finding.code for finding in findings} == {"mapping-invalid"}


def test_all_faults_are_listed_at_once() -> None:
    """Nobody has to mend a mapping one fault at a time, and each finding knows its place."""
    _, findings = parse_mapping(changed(source="No Name", key=3, details=[{"from": "a", "name": "B c"}]))
    assert [finding.field[0] for finding in findings] == ["source", "key", "details"]
    assert findings[2].field_name == "details[0].name"


def test_columns_are_found_without_regard_to_case_and_spaces() -> None:
    """An export that writes its header a little differently is still the same export."""
    columns = lay_out(mapping(SMALL), table("NO.", "day ", "What", "more", day="1.1.2020"))
    assert columns.key == ("NO.",)
    assert columns.fields[1][1] == ("What", "more")
    assert columns.problems == ()


def test_missing_columns_are_named_all_at_once() -> None:
    """Without columns that the mapping needs nothing is imported, and the columns that there are get listed."""
    problem = lay_out(mapping(SMALL), table("What", "Other")).problems[0]
    assert problem.code == "mapping-column-missing"
    assert problem.message == 'log.csv has no column "No.", "Day", "More".'
    assert '"What", "Other"' in problem.hint


def test_the_narrative_may_come_from_any_of_its_columns_but_not_from_none() -> None:
    """A field may say that an export can lack its columns; what every report needs must come from one of them."""
    optional = changed(fields=[SMALL["fields"][0], SMALL["fields"][1] | {"optional": True}])
    day = {"Day": "01.01.2020"}
    found = lay_out(mapping(optional), table("No.", "Day", "More", **day))
    assert found.problems == ()
    assert [note.message for note in found.notes] == ['log.csv has no column "What": nothing is taken from there.']
    assert lay_out(mapping(optional), table("No.", "Day", **day)).problems[0].code == "mapping-column-missing"


@pytest.mark.parametrize("rest, kept, fate", [("report", [], "not imported"), ("details", ["new-one"], "kept as")])
def test_columns_that_a_mapping_does_not_name_are_never_dropped_in_silence(
    rest: str, kept: list[str], fate: str
) -> None:
    """Columns that hold something and are not named are listed, and kept where the mapping says so."""
    data = changed(rest=rest, ignore=[{"column": "Phone", "because": "personal"}])
    whole = table("No.", "Day", "What", "More", "Phone", "New one", "Empty", Day="01.01.2020", Empty=" ")
    columns = lay_out(mapping(data), whole)
    assert [detail.name for detail in columns.details] == kept
    assert len(columns.notes) == 1
    assert f'"New one"; they are {fate}' in columns.notes[0].message


def test_wildcards_name_columns_of_one_kind() -> None:
    """A detail can stand for the same column of several groups, each kept under its own name."""
    data = changed(details=[{"from": "Aircraft * / Mission"}], links=[{"from": "Unit", "kind": "equipment"}])
    columns = ("No.", "Day", "What", "More", "Aircraft 1 / Mission", "Aircraft 2 / Mission", "Unit", "Rest")
    found = lay_out(mapping(data), table(*columns, Day="01.01.2020"))
    assert [detail.name for detail in found.details] == ["aircraft-1-mission", "aircraft-2-mission"]
    assert mapped_columns(mapping(data), columns) == columns[:-1]


@pytest.mark.parametrize(
    "cell, asked",
    [
        ("03/04/2026", 'dates: ["DD/MM/YYYY"] if the day comes first'),
        ("03.04.26", "the century: first_year: 1970"),
        ("20260304", "How are these written?"),
    ],
)
def test_open_dates_are_asked_about_before_any_row_is_taken(cell: str, asked: str) -> None:
    """Where the mapping does not say how dates are written, the import asks, with an example from the file."""
    data = changed(fields=[{"to": "report.reported_on", "from": "Day"}, SMALL["fields"][1]])
    problem = lay_out(mapping(data), table("No.", "Day", "What", "More", Day=cell)).problems[0]
    assert problem.code == "date-format-unknown"
    assert f'"{cell}" (row 2)' in problem.message
    assert asked in problem.hint


def test_year_month_day_needs_no_format() -> None:
    """Year, month, day is the one order that leaves no question; words and blank cells are no question either."""
    data = changed(fields=[{"to": "report.reported_on", "from": "Day"}, SMALL["fields"][1]], nothing=["2"])
    for cell in ("2026-03-04", "2026-03", "never", "", "2"):
        assert lay_out(mapping(data), table("No.", "Day", "What", "More", Day=cell)).problems == ()


def test_formats_that_disagree_about_a_date_are_asked_about() -> None:
    """Two declared formats that read a date differently are a question, not a choice for the program."""
    rule = {"to": "report.reported_on", "from": "Day", "dates": ["DD/MM/YYYY", "MM/DD/YYYY"]}
    data = changed(fields=[rule, SMALL["fields"][1], rule | {"to": "report.occurred_on"}])
    problems = lay_out(mapping(data), table("No.", "Day", "What", "More", Day="03/04/2026")).problems
    assert [problem.code for problem in problems] == ["date-ambiguous"]
    assert "2026-03-04 or 2026-04-03" in problems[0].message
