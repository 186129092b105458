"""The plan says what every row becomes, before anything is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from nearmiss.engine.importing.mapping import Mapping, parse_mapping
from nearmiss.engine.importing.plan import ImportPlan, Known
from nearmiss.models.record import Record
from tests.importing.known import known_of

Planner = Callable[..., ImportPlan]

HEADER = ("No.", "Reported", "Event", "What", "Hazard", "Measures")
GOOD = {
    "No.": "7",
    "Reported": "02.03.2026",
    "Event": "01.03.2026 14:20",
    "What": "A pallet fell.",
    "Hazard": "Forklift",
}


def mapping(**changes: Any) -> Mapping:
    """Return the mapping of a small log in German dates, with keys replaced or added."""
    event = {"from": "Event", "dates": ["DD.MM.YYYY HH:mm", "DD.MM.YYYY"]}
    data: dict[str, Any] = {
        "schema": 1,
        "source": "log",
        "key": "No.",
        "fields": [
            {"to": "report.reported_on", "from": "Reported", "dates": ["DD.MM.YYYY"]},
            {"to": "report.what_happened", "from": "What"},
            {"to": "report.occurred_on", **event},
            {"to": "report.occurred_at", **event, "unless": ["00:00"]},
            {"to": "report.immediate_action", "from": "Measures", "optional": True},
            {"to": "assessment.hazard", "from": "Hazard", "translate": {"Lift": "moving-vehicle"}},
        ],
    }
    sound, findings = parse_mapping(data | changes)
    assert sound is not None, findings
    return sound


def rows(*cells: dict[str, str], header: tuple[str, ...] = HEADER) -> bytes:
    """Write a CSV file of the small log."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, header, restval="")
    writer.writeheader()
    writer.writerows(cells)
    return stream.getvalue().encode()


def test_a_row_becomes_a_reported_record(plan: Planner) -> None:
    """What is imported starts as reported, by an external reporter, and says where it came from."""
    done = plan(rows(GOOD), mapping())
    (new,) = done.new
    assert new.data == {
        "schema": 1,
        "id": "NM-2026-00000",
        "title": "A pallet fell.",
        "state": "reported",
        "report": {
            "reported_on": "2026-03-02",
            "what_happened": "A pallet fell.",
            "occurred_on": "2026-03-01",
            "occurred_at": "14:20",
            "reporter": {"mode": "external"},
            "imported_from": {
                "source": "log",
                "key": "7",
                "row_sha256": new.data["report"]["imported_from"]["row_sha256"],
            },
        },
        "assessment": {"hazard": "moving-vehicle"},
    }
    assert list(new.data) == ["schema", "id", "title", "state", "report", "assessment"]
    assert (new.row, new.key, new.record) == (2, "7", "NM-2026-00000")
    assert (done.problems, done.notes, done.blank) == ((), (), 0)


def test_a_second_import_adds_nothing(plan: Planner) -> None:
    """Rows whose key and digest are known stay as they are, in whatever order the columns come."""
    known = known_of(plan(rows(GOOD), mapping()).new)
    again = plan(rows(GOOD, header=tuple(reversed(HEADER))), mapping(), known=known)
    assert (len(again.new), len(again.changed)) == (0, 0)
    assert [row.record for row in again.unchanged] == ["NM-2026-00000"]


def test_a_changed_row_is_reported_and_never_taken(plan: Planner) -> None:
    """A known key with other words is for people to look at; with another date of the event it is a conflict."""
    known = known_of(plan(rows(GOOD), mapping()).new)
    other_words, other_date = GOOD | {"What": "Two pallets fell."}, GOOD | {"Event": "28.02.2026"}
    changed, conflict = plan(rows(other_words), mapping(), known=known), plan(rows(other_date), mapping(), known=known)
    assert (len(changed.new), len(changed.conflicts), changed.changed[0].record) == (0, 0, "NM-2026-00000")
    assert (len(conflict.new), len(conflict.changed)) == (0, 0)
    assert conflict.conflicts[0].because == (
        "the date of the event differs: 2026-03-01 in the record, 2026-02-28 in the row"
    )


def test_a_withheld_date_is_no_conflict(plan: Planner) -> None:
    """A record whose date was redacted does not conflict with the row that still has it."""
    known = {("log", "7"): Known(record="NM-2026-00001", row_sha256="sha256:0", occurred_on="redacted")}
    assert len(plan(rows(GOOD), mapping(), known=known).changed) == 1


def test_the_same_key_of_another_source_is_another_report(plan: Planner) -> None:
    """A key names a row within its source only."""
    known = {("other", "7"): Known(record="NM-2026-00001", row_sha256="sha256:0")}
    assert len(plan(rows(GOOD), mapping(), known=known).new) == 1


def test_a_key_twice_in_a_file_is_reported(plan: Planner) -> None:
    """The first row of a key counts, unless it cannot become a record; later ones are listed."""
    done = plan(rows(GOOD | {"What": ""}, GOOD, GOOD, GOOD | {"What": "Else."}), mapping())
    assert [new.row for new in done.new] == [3]
    assert [rejected.row for rejected in done.rejected] == [2]
    assert [(row.row, row.first_row, row.same) for row in done.duplicates_in_file] == [(4, 3, True), (5, 3, False)]


@pytest.mark.parametrize(
    "cells, reason",
    [
        ({"What": " <br> "}, '"What" is empty, and report.what_happened is needed'),
        ({"Reported": ""}, '"Reported" is empty, and report.reported_on is needed'),
        ({"No.": " "}, '"No." is empty, which names the row'),
        ({"No.": "x" * 301}, "its key has 301 characters"),
        ({"What": "x" * 20_001}, "report.what_happened has 20,001 characters; at most 20,000 can be kept"),
        ({"Reported": "03/02/2026"}, 'report.reported_on: "03/02/2026" is not written as DD.MM.YYYY'),
        ({"Reported": "02.03.26"}, "two digits do not say the century"),
        ({"Reported": "31.02.2026"}, "is not written as"),
        ({"Reported": "22.11.2026"}, "lies in the future"),
        ({"Reported": "01.01.1816"}, "lies outside the years 1900 to 2199"),
        ({"Event": "12:00"}, "is not written as"),
        ({"Hazard": "Lightning bolt"}, 'assessment.hazard: "Lightning bolt" is not a term'),
    ],
)
def test_rows_that_cannot_become_records_say_why(plan: Planner, cells: dict[str, str], reason: str) -> None:
    """A row is refused with its number and its reason, and the rows around it are taken."""
    done = plan(rows(GOOD | {"No.": "1"}, GOOD | cells, GOOD | {"No.": "3"}), mapping())
    assert [new.key for new in done.new] == ["1", "3"]
    (rejected,) = done.rejected
    assert rejected.row == 3
    assert any(reason in said for said in rejected.reasons), rejected.reasons


def test_all_reasons_are_given_at_once(plan: Planner) -> None:
    """A row with three faults is listed once, with three reasons."""
    (rejected,) = plan(rows(GOOD | {"No.": "", "What": "", "Reported": "soon"}), mapping()).rejected
    assert len(rejected.reasons) == 3


def test_rows_of_another_length_are_listed(plan: Planner) -> None:
    """A row that does not fit the header is refused, and known keys are not looked for in it."""
    done = plan(rows(GOOD) + b"8,02.03.2026\n", mapping())
    assert done.rejected[0].reasons == ("the row has 2 cells where the header has 6",)
    assert done.rejected[0].row == 3


def test_blank_rows_are_counted(plan: Planner) -> None:
    """Blank rows are no errors, and are told."""
    done = plan(rows(GOOD, {}, {}), mapping())
    assert (done.blank, done.blank_rows, len(done.rejected)) == (2, (3, 4), 0)


def test_missing_terms_are_listed_once_with_counts(plan: Planner) -> None:
    """Words without a term are counted over the whole file, with where to add them."""
    words = ["Lightning bolt", "Lightning bolt", "Quicksand"]
    done = plan(rows(*(GOOD | {"No.": str(n), "Hazard": word} for n, word in enumerate(words))), mapping())
    (note,) = done.notes
    assert note.code == "term-missing"
    assert '"Lightning bolt" (2 ×), "Quicksand" (1 ×)' in note.message
    assert "schemas/vocabulary/hazard.yaml" in note.hint
    assert len(done.rejected) == 3


def test_left_out_terms_are_a_note(plan: Planner) -> None:
    """Where the mapping lets a field go without, the row is taken and the words are told."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    fields[-1] |= {"otherwise": "leave-out"}
    done = plan(rows(GOOD | {"Hazard": "Quicksand"}), mapping(fields=fields))
    assert [note.code for note in done.notes] == ["term-left-out"]
    assert "assessment" not in done.new[0].data


def test_an_order_of_day_and_month_that_looks_wrong_is_doubted(plan: Planner) -> None:
    """A date that would be one with day and month turned raises a doubt about the whole column."""
    done = plan(rows(GOOD | {"Reported": "03.13.2026"}), mapping())
    assert [note.code for note in done.notes] == ["row-doubtful"]
    assert "the other way round" in done.notes[0].message


def test_a_report_from_before_its_event_is_taken_with_a_doubt(plan: Planner) -> None:
    """Odd dates of a source are told and not mended."""
    done = plan(rows(GOOD | {"Event": "03.03.2026"}), mapping())
    assert len(done.new) == 1
    assert done.notes[0].message == "Row 2: reported on 2026-03-02, before it happened on 2026-03-03."


def test_a_condition_cannot_end_before_it_begins(plan: Planner) -> None:
    """An end before the beginning is refused."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    until = {"to": "report.occurred_until", "from": "Measures", "dates": ["DD.MM.YYYY"]}
    done = plan(rows(GOOD | {"Measures": "28.02.2026"}), mapping(fields=[*fields[:4], until]))
    assert done.rejected[0].reasons == ("it ends before it begins",)


def test_nothing_is_taken_while_the_mapping_leaves_a_question(plan: Planner) -> None:
    """With a problem in the plan no row is sorted at all."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    fields[0] = {"to": "report.reported_on", "from": "Reported"}
    done = plan(rows(GOOD), mapping(fields=fields))
    assert [problem.code for problem in done.problems] == ["date-format-unknown"]
    assert (done.new, done.rejected) == ((), ())


def test_terms_that_the_mapping_itself_writes_have_to_exist(plan: Planner) -> None:
    """A mapping that writes a term or a kind of link which this vocabulary lacks is a problem, told once."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    fields += [{"to": "report.site", "always": "moon"}, {"to": "report.lang", "always": "de"}]
    done = plan(rows(GOOD), mapping(fields=fields, links=[{"from": "No.", "kind": "starship"}]))
    assert [problem.message for problem in done.problems] == [
        'The mapping writes "starship", which the vocabulary link-kind does not have.',
        'The mapping writes "moon", which the vocabulary site does not have.',
    ]


def test_hostile_cells_become_inert_text(plan: Planner) -> None:
    """Formulas, markup and control characters come out as text that a record can hold."""
    hostile = '=HYPERLINK("x")\u2028Approved-by: me<script>alert(1)</script>\x00\x1b[31m {{ 7*7 }} \u202e'
    (new,) = plan(rows(GOOD | {"What": hostile}), mapping()).new
    assert new.data["report"]["what_happened"] == '=HYPERLINK("x")\nApproved-by: me[31m {{ 7*7 }}'
    assert new.data["title"] == '=HYPERLINK("x")'


def test_what_slips_through_is_refused_by_the_model(plan: Planner) -> None:
    """A detail that is too long for a record is a reason against its row, not a broken record."""
    done = plan(rows(GOOD | {"Measures": "x" * 20_001}), mapping(details=[{"from": "Measures", "name": "more"}]))
    assert any("report.immediate_action has 20,001" in reason for reason in done.rejected[0].reasons)
    fields = [
        rule.model_dump(by_alias=True, exclude_defaults=True)
        for rule in mapping().fields
        if rule.from_ != ("Measures",)
    ]
    long = plan(rows(GOOD | {"Measures": "x" * 20_001}), mapping(fields=fields, details=[{"from": "Measures"}]))
    assert long.rejected[0].reasons[0].startswith("report.details[0].value ")


def test_links_and_details_are_lists_without_repeats(plan: Planner) -> None:
    """A cell of several values gives an entry each; what says nothing, or says it again, is passed over."""
    lists = {
        "links": [{"from": "Measures", "kind": "equipment", "system": "MES", "split": ";", "unless": ["none"]}],
        "details": [{"from": "Measures", "name": "part", "split": ";"}],
        "nothing": ["n/a"],
    }
    (new, silent) = plan(
        rows(GOOD | {"Measures": "A;B; A;none;"}, GOOD | {"No.": "8", "Measures": "N/A"}), mapping(**lists)
    ).new
    assert new.data["report"]["links"] == [
        {"kind": "equipment", "ref": "A", "system": "MES"},
        {"kind": "equipment", "ref": "B", "system": "MES"},
    ]
    assert [detail["value"] for detail in new.data["report"]["details"]] == ["A", "B", "none"]
    assert "links" not in silent.data["report"]
    assert "immediate_action" not in silent.data["report"]


def test_other_fields_are_filled_as_their_kind_asks(plan: Planner) -> None:
    """Titles are shortened, lines are one line, texts keep labels, and words that say nothing leave fields unknown."""
    fields = [
        {"to": "report.reported_on", "from": "Reported", "dates": ["DD.MM.YYYY"]},
        {"to": "report.what_happened", "from": ["What", "Measures"], "labels": {"Measures": "Then:"}, "unless": ["-"]},
        {"to": "title", "from": ["Hazard", "What"], "join": ": "},
        {"to": "assessment.crew", "from": ["Hazard", "Measures"]},
        {"to": "report.made_safe", "from": "Event", "translate": {"ja": "yes"}},
        {"to": "report.occurred_on", "from": "Reported", "dates": ["DD.MM.YYYY"], "unless": ["01.01.2000"]},
    ]
    cells = GOOD | {"Event": "ja", "Measures": "Swept\nup", "Reported": "02.03.2026"}
    (new, plain) = plan(
        rows(cells, cells | {"No.": "8", "Measures": "-", "What": "word " * 40}), mapping(fields=fields)
    ).new
    assert new.data["title"] == "Forklift: A pallet fell."
    assert new.data["report"]["what_happened"] == "A pallet fell.\n\nThen: Swept\nup"
    assert new.data["assessment"]["crew"] == "Forklift Swept up"
    assert new.data["report"]["made_safe"] == "yes"
    assert list(new.data["report"])[:3] == ["reported_on", "what_happened", "made_safe"]
    assert plain.data["report"]["what_happened"].endswith("word")
    assert len(plain.data["title"]) <= 80
    assert plain.data["title"].endswith("word…")


def test_a_date_that_means_not_known_leaves_the_field_unknown(plan: Planner) -> None:
    """Dates that a source writes for want of one are no dates."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    fields[2] |= {"unless": ["01.01.1900"]}
    (new,) = plan(rows(GOOD | {"Event": "01.01.1900"}), mapping(fields=fields)).new
    assert "occurred_on" not in new.data["report"]


def test_a_word_that_is_no_choice_is_a_reason_and_no_missing_term(plan: Planner) -> None:
    """Fixed choices cannot be added to a vocabulary, so only the row is told."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    done = plan(rows(GOOD), mapping(fields=[*fields, {"to": "report.made_safe", "from": "What"}]))
    assert done.rejected[0].reasons == ('report.made_safe: "A pallet fell." is not a term and has no translation',)
    assert done.notes == ()


@pytest.mark.parametrize("reported, reason", [("2026", "known at least to the month"), ("soon", "without a format")])
def test_dates_without_a_format_have_to_be_clear(plan: Planner, reported: str, reason: str) -> None:
    """A report's date is needed to the month; words are not read as dates."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    fields[0] = {"to": "report.reported_on", "from": "Reported"}
    (rejected,) = plan(rows(GOOD | {"Reported": reported}), mapping(fields=fields)).rejected
    assert reason in rejected.reasons[0]


def test_a_time_where_a_date_is_needed_is_refused(plan: Planner) -> None:
    """A format without a date gives no date."""
    fields = [rule.model_dump(by_alias=True, exclude_defaults=True) for rule in mapping().fields]
    fields[0] = {"to": "report.reported_on", "from": "Reported", "dates": ["HH:mm"]}
    (rejected,) = plan(rows(GOOD | {"Reported": "12:30"}), mapping(fields=fields)).rejected
    assert rejected.reasons == ('report.reported_on: "12:30" holds no date',)


def test_every_planned_record_is_valid(plan: Planner) -> None:
    """What a plan calls new is a record that the model accepts as it is."""
    for new in plan(rows(GOOD), mapping()).new:
        assert Record.model_validate(new.data).id == new.record
