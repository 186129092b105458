"""SAFENET's exports of any year become records, each column with a place of its own."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from typing import Any

import pytest

from nearmiss.engine.importing.columns import mapped_columns
from nearmiss.engine.importing.mapping import Mapping
from nearmiss.engine.importing.plan import ImportPlan
from nearmiss.store import reader, writer
from nearmiss.store.tables import read_table
from tests.importing.known import known_of

Planner = Callable[..., ImportPlan]
YEARS = ("safenet/SAFENET_2003.csv", "safenet/SAFENET_2012.csv")

# Key: reported, occurred, time, state, position, area, hazard, first words, words of the immediate action.
ROWS = {
    "5UDMPDSAFE": ("2003-12-19", "2003-12-19", "11:00", "MN", "Engine Boss", None, "communication-failure",
                   "Two of our three repeaters", "Only 20% of our radio techs time"),
    "5U5UE3SAFE": ("2003-12-11", "2003-11-04", None, "CA", "Bia Agency Representative", "transport",
                   "communication-failure", "The following incident involved Type 2", "These crews needed to arrive"),
    "5T2LFESAFE": ("2003-11-06", "2003-11-03", "10:15", "MO", "Zone 1 Dispatcher", "field-work",
                   "communication-failure", "On 11/3/03, at approximately 1015", "Have a Catalyst Representative"),
    "5R5T5RSAFE": ("2003-09-06", "2003-09-04", "11:30", "MT", "Safety Officer", "field-work", None,
                   "Shower Unit contractor was refilling", "Do not refuel generators while"),
    "5RHT6GSAFE": ("2003-09-18", "2003-08-01", "08:00", "NM", "C-Faller / Tfld", None, "communication-failure",
                   "Non-certified sawyers cutting", "Training, attention to detail"),
    "5PHNWASGAE": ("2003-07-16", "2003-07-16", "11:50", "OR", "Unknown", "emergency-response", "equipment-failure",
                   "This has been transcribed verbatim", None),
    "5LUH6ASAFE": ("2003-04-22", "2003-04-21", "21:15", "NM", "Zone Center Manager", "transport", None,
                   "At 2100 I was notified by the Albuq", "It is recommended that the Jicarilla FMO"),
    "20130312-0001": ("2013-04-30", "2012-12-19", "08:00", "FL", "Emts, Firefighters", "field-work",
                      "weather-or-terrain", "On December 20th, 2012 an S212", "Training courses have the potential"),
    "8YVQ87SAFE": ("2012-10-08", "2012-10-05", "14:45", "CA", "Dfmo", "emergency-response", "communication-failure",
                   "On Oct.5 2012 @ 10:45am we hear", None),
    "8XTJGZSAFE": ("2012-09-04", "2012-09-01", None, "MT", "Fire Management Specialist", "emergency-response", None,
                   "RAWS station Ekalaka (WIMS ID 245303)", "Notified Remote Sensing / Fire Weather"),
    "8WSW3TSAFE": ("2012-08-02", "2012-08-02", "18:00", "ID", "Engine Superintendent", "emergency-response",
                   "equipment-failure", "An inspection of the Boise BLM", None),
    "8WBKKBSAFE": ("2012-07-18", "2012-07-05", "12:00", "VA", "Engb, Utv Operator", "field-work", None,
                   "Assigned to assist with UTV operations", "I maintained situational awareness"),
    "8VFK4CSAFE": ("2012-06-20", "2012-01-01", None, "ID", "District Fire Management Officer (Fmo)", None, None,
                   "Sawtooth National Forest\n\nUnauthorized", "This is not the first time"),
}  # fmt: skip


@pytest.fixture
def safenet(shipped: Callable[[str], Mapping]) -> Mapping:
    """The shipped mapping."""
    return shipped("safenet")


@pytest.fixture
def records(plan: Planner, safenet: Mapping, foreign: Callable[[str], bytes]) -> dict[str, dict[str, Any]]:
    """Every record of both years, by its key."""
    return {new.key: new.data for path in YEARS for new in plan(foreign(path), safenet).new}


def details(record: dict[str, Any], name: str) -> list[str]:
    """Return the values of a detail."""
    return [detail["value"] for detail in record["report"]["details"] if detail["name"] == name]


def links(record: dict[str, Any], kind: str) -> list[str]:
    """Return what a record is linked to of one kind."""
    return [link["ref"] for link in record["report"]["links"] if link["kind"] == kind]


def test_every_row_is_accounted_for(plan: Planner, safenet: Mapping, foreign: Callable[[str], bytes]) -> None:
    """Of 246 rows 245 become records and one is blank; nothing is rejected and no problem is left."""
    first, second = (plan(foreign(path), safenet) for path in YEARS)
    assert (len(first.new), first.blank_rows) == (112, ())
    assert (len(second.new), second.blank_rows) == (133, (107,))
    assert (*first.rejected, *second.rejected, *first.problems, *second.problems) == ()
    assert [note.code for note in first.notes + second.notes] == ["row-doubtful"]


@pytest.mark.parametrize("path", YEARS)
def test_a_second_import_adds_nothing(
    plan: Planner, safenet: Mapping, foreign: Callable[[str], bytes], path: str
) -> None:
    """What was imported once is known."""
    first = plan(foreign(path), safenet)
    again = plan(foreign(path), safenet, known=known_of(first.new))
    assert (len(again.new), len(again.unchanged)) == (0, len(first.new))
    assert (*again.changed, *again.conflicts, *again.duplicates_in_file) == ()


@pytest.mark.parametrize("key", ROWS)
def test_rows_become_what_they_say(records: dict[str, dict[str, Any]], key: str) -> None:
    """Named fields of a record hold what the row says."""
    reported, occurred, at, state, position, area, hazard, begins, action = ROWS[key]
    record = records[key]
    report = record["report"]
    assert (report["reported_on"], report["occurred_on"], report.get("occurred_at")) == (reported, occurred, at)
    assert links(record, "place") == [state]
    assert details(record, "position-title") == [position]
    assert report.get("process_area") == area
    assert record["assessment"].get("hazard") == hazard
    assert record["assessment"]["classification"] == "safety"
    assert report["what_happened"].startswith(begins)
    assert (report.get("immediate_action") or "").startswith(action or "")
    assert bool(action) == ("immediate_action" in report)
    assert record["title"].startswith(begins.partition("\n")[0])
    assert report["imported_from"]["source"] == "safenet"
    assert record["state"] == "reported"


def test_one_row_whole(records: dict[str, dict[str, Any]]) -> None:
    """A row with an end, a number and lists within cells is kept in all its parts."""
    record = records["20130312-0001"]
    assert record["report"]["occurred_until"] == "2012-12-22"
    assert record["report"]["reporter"] == {"mode": "external", "group": "public-service"}
    assert links(record, "organisation") == ["State"]
    assert details(record, "safenet-number") == ["27862"]
    assert details(record, "incident-name") == ["S212 Wildland Fire Chainsaw Class"]
    assert details(record, "contributing-factor") == ["Environmental", "Human Factors"]
    assert details(record, "human-factor") == ["Decision Making", "Risk Assessment", "Situational Awareness"]
    assert details(record, "event-stop") == ["12/22/2012 12:00"]
    assert links(records["5U5UE3SAFE"], "incident") == ["CA-BDF-010329"]
    assert details(records["5U5UE3SAFE"], "other-factor") == ["Work Rest guidelines"]
    assert records["5U5UE3SAFE"]["assessment"]["crew"] == "5 Type 2 Crews"


def test_markup_of_the_source_is_gone(records: dict[str, dict[str, Any]]) -> None:
    """Line breaks written as tags are line breaks, and no tag is left anywhere."""
    texts = [record["report"][name] for record in records.values() for name in ("what_happened", "immediate_action")
             if name in record["report"]]  # fmt: skip
    assert not [text for text in texts if "<br" in text]
    assert any("prevent\nfurther occurrence" in text for text in texts)


@pytest.mark.parametrize("path", YEARS)
def test_columns_have_places_of_their_own(safenet: Mapping, foreign: Callable[[str], bytes], path: str) -> None:
    """At least four of five columns that hold something are mapped by name; here it is all of them."""
    table = read_table(foreign(path), name=path, layout=safenet.table)
    filled = {name for row in table.rows for name, cell in row.cells.items() if cell.strip()}
    mapped = filled & set(mapped_columns(safenet, table.columns))
    assert len(mapped) / len(filled) >= 0.8
    assert mapped == filled


def test_records_survive_their_file(records: dict[str, dict[str, Any]]) -> None:
    """What the plan says is what a record file says once it is written and read again."""
    for record in records.values():
        assert reader.read(writer.compose(record)).data == record


def test_another_year_in_another_order(plan: Planner, safenet: Mapping, foreign: Callable[[str], bytes]) -> None:
    """Columns in another order, new words in lists and a column more are no obstacle."""
    rows = list(csv.reader(io.StringIO(foreign(YEARS[0]).decode(), newline=""), skipinitialspace=True))
    order = list(range(len(rows[0])))
    random.Random(7).shuffle(order)  # noqa: S311 - any order will do, as long as it is the same at each run
    rows[1][rows[0].index("Contributing Factors")] = "Aviation;Volcano;"
    rows[1][rows[0].index("Event Incident Activity")] = "Night Flying;"
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([*(row[place] for place in order), extra] for row, extra in
                                 zip(rows, ["Season", *["dry"] * 112], strict=True))  # fmt: skip
    done = plan(stream.getvalue().encode(), safenet)
    assert len(done.new) == 112
    record = done.new[0].data
    assert details(record, "contributing-factor") == ["Aviation", "Volcano"]
    assert details(record, "season") == ["dry"]
    assert {note.code for note in done.notes} == {"column-unmapped", "term-left-out", "row-doubtful"}
    known = known_of(plan(foreign(YEARS[0]), safenet).new)
    assert len(plan(stream.getvalue().encode(), safenet, known=known).changed) == 112


HOSTILE = {"Event Start Date": "12/19/03 11:00", "Narrative": "", "SAFENET Create Date": "31/12/2003 00:00"}


@pytest.mark.parametrize("column, cell", HOSTILE.items())
def test_hostile_rows_are_listed_and_the_rest_is_taken(
    plan: Planner, safenet: Mapping, foreign: Callable[[str], bytes], column: str, cell: str
) -> None:
    """Two digits for a year, turned dates and missing narratives keep one row out, not the file."""
    rows = list(csv.reader(io.StringIO(foreign(YEARS[0]).decode(), newline=""), skipinitialspace=True))
    rows[5][rows[0].index(column)] = cell
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    done = plan(stream.getvalue().encode(), safenet)
    assert (len(done.new), [row.row for row in done.rejected]) == (111, [6])


def test_another_file_is_refused_with_what_it_lacks(plan: Planner, safenet: Mapping) -> None:
    """A file of something else is a problem of the mapping, said once."""
    done = plan(b"Name,Date\nx,y\n", safenet)
    assert [problem.code for problem in done.problems] == ["mapping-column-missing"]
    assert '"SAFENET ID"' in done.problems[0].message
