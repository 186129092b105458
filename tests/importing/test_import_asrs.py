"""Exports of ASRS Database Online become records, whatever columns they have."""

from __future__ import annotations

import csv
import io
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
EXPORT = "asrs/ASRS_DBOnline.csv"

# Key: month, quarter of the day, place, state, group, barrier, detector, first anomaly, beginnings of title and text.
ROWS = {
    "81135": ("1988-01", "0601-1200", "BDR", "CT", "driver", "person", "person-involved", "Conflict NMAC",
              "HELICOPTER ENCOUNTERED SMA ACFT", "F/O FLYING ACFT FROM LEFT SEAT."),
    "81862": ("1988-02", "1201-1800", "BED", "MA", "driver", "person", "person-involved", "Conflict NMAC",
              "CLOSE PROX GA SMA AND PARACHUTIST", "WHILE ON CROSS-COUNTRY VFR FROM ORANGE"),
    "113643": ("1989-06", "1201-1800", "BOS", "MA", "public-service", "person", "control-function",
               "ATC Issue All Types", "ACR CONFLICTED WITH ANOTHER ACFT", "2 AIR CARRIERS WERE OBSERVED"),
    "132374": ("1989-12", "1201-1800", "ORH", "MA", "public-service", "person", "control-function",
               "Conflict Airborne Conflict", "LESS THAN STANDARD SEPARATION", "SMA Y WAS ON A FULL NDB 29 APCH"),
    "250857": ("1993-09", "1801-2400", "WST", "RI", "public-service", "unknown", "control-function",
               "ATC Issue All Types", "ATC EQUIP PROB LOSS OF FREQ.", "ACR X LNDG PVD; ACR Y ENRTE TO JFK"),
    "273888": ("1994-05", "1201-1800", "BDL", "CT", "public-service", "person", "machine",
               "Conflict Airborne Conflict", "ACR X TCASII RA WITH VFR ACFT Y.", "ACR X WAS APPROX 35 MI NW OF BDL"),
    "373796": ("1997-07", "1801-2400", "BOS", "MA", "driver", "person", "person-involved", "Conflict NMAC",
               "SAAB 340 DEPARTED RWY 22R", "WE DEPARTED BOS ON RWY 22R"),
    "445786": ("1999-08", "0601-1200", "LEB.Airport", "NH", "driver", "unknown", "person-involved",
               "Aircraft Equipment Problem Critical", "A PVT PLT FLYING A CHRISTEN", "ON FINAL APCH TO LEB RWY 18"),
    "567649": ("2002-12", "1201-1800", "JSD.Airport", "CT", "driver", "person", "person-involved", "Conflict NMAC",
               "TRANSITIONING CLASS D AA5", "I RPTED ABOUT 8 MI N OF THE SIKORSKY"),
    "621377": ("2004-06", "1201-1800", "PVD.Airport", "RI", "driver", "person", "person-involved",
               "Conflict Airborne Conflict", "MD88 FLT CREW ON DSCNT FOR PVD", "DURING DSCNT ON VECTORS TO PVD"),
    "800886": ("2008-08", "1201-1800", "PVD.Airport", "RI", "public-service", "person", "control-function",
               "ATC Issue All Types", "ZBW RADAR ASSOC DESCRIBED OPERROR", "SOUTHWESTERN BOS ARRS DEVIATED"),
    "1358818": ("2016-05", "1801-2400", "PVD.TRACON", "RI", "public-service", "unknown", "person-involved",
                "ATC Issue All Types", "PVD TRACON Controller reported", "I was providing on the job training"),
    "1474449": ("2017-08", "0601-1200", "BID.Airport", "RI", "driver", "person", "person-involved",
                "Conflict Airborne Conflict", "GA pilot reported being cutoff", "While flying to Block Island"),
}  # fmt: skip


@pytest.fixture
def asrs(shipped: Callable[[str], Mapping]) -> Mapping:
    """The shipped mapping."""
    return shipped("asrs")


@pytest.fixture(scope="module")
def planned() -> dict[str, ImportPlan]:
    """Hold the plan of the whole export, so that it is made once."""
    return {}


@pytest.fixture
def whole(plan: Planner, asrs: Mapping, foreign: Callable[[str], bytes], planned: dict[str, ImportPlan]) -> ImportPlan:
    """The plan of the whole export."""
    if EXPORT not in planned:
        planned[EXPORT] = plan(foreign(EXPORT), asrs)
    return planned[EXPORT]


def details(record: dict[str, Any], name: str) -> list[str]:
    """Return the values of a detail."""
    return [detail["value"] for detail in record["report"]["details"] if detail["name"] == name]


def links(record: dict[str, Any], system: str) -> list[str]:
    """Return what a record is linked to in one system."""
    return [link["ref"] for link in record["report"]["links"] if link.get("system") == system]


def export(*rows: dict[str, str]) -> bytes:
    """Write rows by `Group / Name` as an export does: two header rows, and a comma at the end of each."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    parts = [column.partition(" / ") if " / " in column else (" ", "", column) for column in columns]
    stream = io.StringIO(newline="")
    writer_of_rows = csv.writer(stream)
    writer_of_rows.writerow([*(group for group, _, _ in parts), ""])
    writer_of_rows.writerow([*(name for _, _, name in parts), ""])
    writer_of_rows.writerows([*(row.get(column, "") for column in columns), ""] for row in rows)
    return stream.getvalue().encode()


LEAST = {"ACN": "2000001", "Time / Date": "202401", "Report 1 / Narrative": "We saw a drone."}


def test_every_row_is_accounted_for(whole: ImportPlan) -> None:
    """All 926 rows become records; the blank row below the header is told."""
    assert (len(whole.new), whole.blank_rows) == (926, (3,))
    assert (whole.rejected, whole.problems, whole.duplicates_in_file) == ((), (), ())
    assert [note.code for note in whole.notes] == ["column-absent"]


def test_a_second_import_adds_nothing(
    plan: Planner, asrs: Mapping, foreign: Callable[[str], bytes], whole: ImportPlan
) -> None:
    """What was imported once is known."""
    again = plan(foreign(EXPORT), asrs, known=known_of(whole.new))
    assert (len(again.new), len(again.unchanged)) == (0, 926)
    assert (again.changed, again.conflicts) == ((), ())


@pytest.mark.parametrize("key", ROWS)
def test_rows_become_what_they_say(whole: ImportPlan, key: str) -> None:
    """Named fields of a record hold what the row says."""
    month, quarter, place, state, group, barrier, detector, anomaly, title, begins = ROWS[key]
    (record,) = [new.data for new in whole.new if new.key == key]
    report = record["report"]
    assert (report["occurred_on"], report["reported_on"], "occurred_at" in report) == (month, month, False)
    assert details(record, "local-time-of-day") == [quarter]
    assert links(record, "FAA locations")[0] == place
    assert links(record, "US states") == [state]
    assert report["reporter"] == {"mode": "external", "group": group}
    assert report["what_stopped_it"]["barrier"] == barrier
    assert record["assessment"]["detected"]["by"] == detector
    assert record["assessment"]["hazard"] == "traffic-conflict"
    assert details(record, "anomaly")[0] == anomaly
    assert record["title"].startswith(title)
    assert report["what_happened"].startswith(begins)
    assert record["id"].startswith(f"NM-{month[:4]}-")


def test_one_row_whole(whole: ImportPlan) -> None:
    """Two aircraft, two persons and lists within cells are kept apart, each under its own name."""
    (record,) = [new.data for new in whole.new if new.key == "621377"]
    assert record["report"]["what_stopped_it"]["how"] == (
        "Air Traffic Control Issued Advisory / Alert; Flight Crew Took Evasive Action"
    )
    assert links(record, "Aircraft types") == ["MD-80 Series (DC-9-80) Undifferentiated or Other Model"]
    assert links(record, "Aircraft components") == ["Traffic Collision Avoidance System (TCAS)"]
    assert details(record, "altitude-above-sea") == ["8000"]
    assert details(record, "aircraft-2-make-model-name") == ["Small Transport; Low Wing; 2 Recip Eng"]
    assert details(record, "person-2-function") == ["Pilot Not Flying", "First Officer"]
    assert details(record, "person-2-asrs-report-number-accession-number") == ["622070"]
    assert details(record, "miss-distance") == ["Horizontal 1500", "Vertical 500"]
    assert details(record, "detector")[0] == "Automation Aircraft RA"
    assert details(record, "primary-problem") == ["Human Factors"]
    assert details(record, "synopsis") == [record["title"]]


def test_a_second_report_is_told_from_the_first(whole: ImportPlan) -> None:
    """Both narratives of an event are kept, the second one under its own words; empty phrases are not."""
    second = [new for new in whole.new if "\n\nSecond report: " in new.data["report"]["what_happened"]]
    assert len(second) == 22
    assert "Second report: Boston Center called out Airbus traffic" in second[0].data["report"]["what_happened"]
    assert not [new for new in whole.new if "no additional information.]" in new.data["report"]["what_happened"]]


def test_damaged_quotation_marks_are_repaired(whole: ImportPlan) -> None:
    """Control characters that stand for quotation marks in this source come out as what they were."""
    (record,) = [new.data for new in whole.new if new.key == "615628"]
    assert "OUR \u2018NEW\u2019 PROCS" in record["report"]["what_happened"]


def test_columns_have_places_of_their_own(asrs: Mapping, foreign: Callable[[str], bytes]) -> None:
    """At least four of five columns that hold something are mapped by name; here it is all of them."""
    table = read_table(foreign(EXPORT), name=EXPORT, layout=asrs.table)
    filled = {name for row in table.rows for name, cell in row.cells.items() if cell.strip()}
    mapped = filled & set(mapped_columns(asrs, table.columns))
    assert len(filled) == 74
    assert len(mapped) / len(filled) >= 0.8
    assert mapped == filled


def test_no_text_dump(whole: ImportPlan) -> None:
    """The narrative is the narrative: what other columns say is not in it."""
    (record,) = [new.data for new in whole.new if new.key == "1474449"]
    assert "Block Island State Airport" in record["report"]["what_happened"]
    for foreign_words in ("Part 91", "Conflict Airborne Conflict", "Daylight", "Flight Crew Private"):
        assert foreign_words not in record["report"]["what_happened"]


def test_records_survive_their_file(whole: ImportPlan) -> None:
    """What the plan says is what a record file says once it is written and read again."""
    for new in whole.new[::20]:
        assert reader.read(writer.compose(new.data)).data == new.data


def test_the_least_export_is_enough(plan: Planner, asrs: Mapping) -> None:
    """A number, a month and a narrative make a record; all other columns may lack."""
    done = plan(export(LEAST), asrs)
    assert done.problems == ()
    assert done.new[0].data["title"] == "We saw a drone."
    assert done.new[0].data["report"]["process_area"] == "transport"


def test_columns_of_newer_exports_are_kept(plan: Planner, asrs: Mapping) -> None:
    """Columns that came later, a third person and a callback have places; unheard-of ones are kept and told."""
    newer = LEAST | {
        "Report 1 / Callback": "He called back.",
        "Aircraft 1 / Control Mode (UAS)": "Manual; Autonomous",
        "Person 3 / Function": "Observer",
        "Weather / Moon": "full",
        "Report 1.1 / Synopsis": "A drone near the field.",
    }
    done = plan(export(newer), asrs)
    (record,) = [new.data for new in done.new]
    assert record["title"] == "A drone near the field."
    assert record["report"]["what_happened"] == "We saw a drone.\n\nCallback: He called back."
    assert details(record, "aircraft-1-control-mode-uas") == ["Manual", "Autonomous"]
    assert details(record, "person-3-function") == ["Observer"]
    assert details(record, "weather-moon") == ["full"]
    assert details(record, "synopsis") == ["A drone near the field."]
    assert any(note.code == "column-unmapped" and "Weather / Moon" in note.message for note in done.notes)


@pytest.mark.parametrize("functions, group", [
    ("Instructor; Approach", "public-service"), ("Instructor; Pilot Not Flying", "driver"), ("Instructor", "driver"),
    ("Flight Attendant (On Duty)", "employee"), ("Astronaut", None),
])  # fmt: skip
def test_reporters_are_grouped_by_what_they_did(
    plan: Planner, asrs: Mapping, functions: str, group: str | None
) -> None:
    """The function of the first person says what the reporter is to the organisation."""
    (new,) = plan(export(LEAST | {"Person 1 / Function": functions}), asrs).new
    assert new.data["report"]["reporter"].get("group") == group


@pytest.mark.parametrize("result, barrier", [
    ("Aircraft Automation Overrode Flight Crew", "engineering"),
    ("Aircraft Automation Overrode Flight Crew; Flight Crew Took Evasive Action", "person"),
    ("General Declared Emergency", "unknown"),
    ("Something New", "unknown"),
])  # fmt: skip
def test_results_say_what_stopped_it(plan: Planner, asrs: Mapping, result: str, barrier: str) -> None:
    """The kind of barrier follows from the result, whose words are kept."""
    (new,) = plan(export(LEAST | {"Events / Result": result}), asrs).new
    assert new.data["report"]["what_stopped_it"] == {"barrier": barrier, "how": result}


@pytest.mark.parametrize("month", ["24-01", "1/2024", "202413", "Jan 2024"])
def test_other_dates_are_rejected(plan: Planner, asrs: Mapping, month: str) -> None:
    """A date that is not year and month keeps its row out."""
    done = plan(export(LEAST, LEAST | {"ACN": "2", "Time / Date": month}), asrs)
    assert (len(done.new), [row.row for row in done.rejected]) == (1, [4])


def test_one_header_row_is_not_enough(plan: Planner, asrs: Mapping) -> None:
    """An export whose group row was cut off is refused, with the question about header rows."""
    raw = b"ACN,Date,Narrative\n1,202401,x\n2,202402,y\n"
    (problem,) = plan(raw, asrs).problems
    assert "Is header_rows right" in problem.hint
