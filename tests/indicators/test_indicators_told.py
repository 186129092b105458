"""What `nearmiss indicators` says to people and to programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.figures import Figure
from nearmiss.engine.indicators.spelling import spell_number, spell_parts, spell_value
from tests.cli.shell import Shell
from tests.engine.scene import Scene, found_scene, walked_scene

BY_NAME = {one.name: one for one in INDICATORS}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A register with three reports, of which one is on its way."""
    made, _ = walked_scene(tmp_path, upto="action")
    made.report("s.ito", site="plant-1", occurred_on="2026-11-22")
    made.report("", mode="anonymous", site="plant-1")
    yield made
    made.close()


def said(scene: Scene, *words: str) -> str:
    """Return what the command says."""
    outcome = Shell(directory=scene.root, scene=scene).run("r.meyer", "indicators", *words)
    assert outcome.code == 0, outcome.said
    return outcome.said


def as_json(scene: Scene, *words: str) -> dict[str, Any]:
    """Return what a command says to a program."""
    return Shell(directory=scene.root, scene=scene).json("r.meyer", *words)


def test_each_figure_has_its_definition_and_its_parts(scene: Scene) -> None:
    """The number, what it is made of, and the sentence that defines it, with the day, the commit and the period."""
    text = said(scene)
    assert text.startswith(
        "Figures as of 2026-11-22, from commit COMMIT, 3 records.\nThe period is 2025-12-01 to 2026-11-22.\n"
    )
    for indicator in INDICATORS:
        assert f"  {indicator.label}: " in text
        assert indicator.definition in text
    assert "  Reported without a name: 33.3 %\n    = 1 anonymous reports / 3 reports made here\n" in text
    assert "  Near-miss frequency: no value – hours worked: not given for any month of the period\n" in text
    assert "2 left out: the day of the event or of the report is not known" in text
    assert "Root causes by kind (Pareto)" in text


def test_records_are_named_when_asked_for(scene: Scene) -> None:
    """Each figure can be traced: which records count, which above the line, which were left out."""
    record = as_json(scene, "list", "--state", "action")["records"][0]["id"]
    text = said(scene, "--records")
    assert f"Counted: {record}" in text
    assert "Above the line: NM-" in text
    assert "is not known (NM-" in text
    assert "Counted:" not in said(scene)


def test_parts_stand_below_their_figure(scene: Scene) -> None:
    """By site, each figure has a line for each site in its words; areas by area would say nothing."""
    text = said(scene, "--by", "site")
    assert "    Plant 1: 2\n    Plant 2: 1\n" in text
    assert "    Plant 1: no value  (no action is open)\n" in text
    by_area = as_json(scene, "indicators", "--by", "area")
    assert {part["term"] for part in by_area["parts"]} == {"shipping"}
    assert all("areas_reporting" not in part["indicators"] for part in by_area["parts"])


def test_the_public_view_shows_no_small_number(scene: Scene) -> None:
    """Three reports are too few to be shown, and nobody is named."""
    text = said(scene, "--public", "--records")
    assert "  Reports: not shown – too few reports to be shown\n" in text
    assert "NM-" not in text
    assert "fewer than 5" in text
    data = as_json(scene, "indicators", "--public")
    assert data["indicators"][0]["suppressed"] is True
    assert "NM-" not in str(data)


def test_json_has_all_of_it(scene: Scene) -> None:
    """Every indicator with its words, its value and its records; tables with rows; what was left out."""
    data = as_json(scene, "indicators", "--by", "site")
    assert (data["ok"], data["as_of"], data["from"], data["until"]) == (True, "2026-11-22", "2025-12-01", "2026-11-22")
    assert [one["name"] for one in data["indicators"]] == [one.name for one in INDICATORS]
    reports = data["indicators"][0]
    assert (reports["value"], reports["numerator"], len(reports["records"])) == (3, 3, 3)
    assert {table["name"] for table in data["tables"]} == {
        "records_by_state",
        "reports_by_month",
        "open_by_age",
        "causes",
    }
    assert [part["label"] for part in data["parts"]] == ["Plant 1", "Plant 2"]
    assert data["records"] == 3


def test_a_comparison_has_three_columns_and_names_what_restated(scene: Scene) -> None:
    """As known then, as known now, by now; below it, each record with what it changed and how."""
    scene.clock.to("2026-12-20")
    late = scene.report(reported_on="2026-11-22").id
    text = said(scene, "--compare", "2026-11-22")
    [line] = [line for line in text.splitlines() if line.startswith("Reports  ")]
    assert line.split() == ["Reports", "3", "4", "4", "1", "cause,", "below"]
    assert f"{late}: entered after 2026-11-22, reported on 2026-11-22\n    changes: Reports; " in text
    data = as_json(scene, "indicators", "--compare", "2026-11-22")
    first = data["compared"]["indicators"][0]
    assert [first[column]["value"] for column in ("then", "restated", "now")] == [3, 4, 4]
    assert first["because"] == [{"record": late, "how": "entered after 2026-11-22, reported on 2026-11-22"}]


def test_a_past_that_holds_is_said_to_hold(scene: Scene) -> None:
    """Where nothing was restated, that is the answer."""
    scene.clock.to("2026-12-20")
    assert "Nothing: every figure of that day is what it was." in said(scene, "--compare", "2026-11-22")


def test_notes_and_what_was_left_out_stand_above_the_figures(scene: Scene) -> None:
    """A faulty exposure and a record that cannot be read are told before any number."""
    record = scene.report().id
    scene.commit_files({scene.path(record): "a: [\n", "site/data/exposure.yaml": "schema: 2\n"}, branch="main")
    text = said(scene)
    assert "site/data/exposure.yaml cannot be used: " in text
    assert f"Left out of all figures: {record}, it cannot be read, see nearmiss check.\n" in text
    scene.clock.to("2026-12-20")
    assert "site/data/exposure.yaml cannot be used: " in said(scene, "--compare", "2026-11-22")


def test_before_the_first_report_there_are_no_causes(tmp_path: Path) -> None:
    """An empty register has its figures and its tables, and says that there is nothing."""
    scene = found_scene(tmp_path)
    assert "There are none." in said(scene)
    scene.close()


@pytest.mark.parametrize("word", ["colour", ""])
def test_an_unknown_part_is_told_those_that_there_are(scene: Scene, word: str) -> None:
    """All that can be asked for is named, and nothing that cannot."""
    outcome = Shell(directory=scene.root, scene=scene).run("r.meyer", "indicators", "--by", word)
    assert outcome.code == 2
    assert f"'{word}' is not one of 'site', 'area', 'classification'." in outcome.said


@pytest.mark.parametrize(
    "words, code",
    [
        (("--as-of", "2027-01-01"), 2),
        (("--as-of", "yesterday"), 2),
        (("--by", "weather"), 2),
        (("--compare", "2026-11-22"), 2),
        (("--as-of", "2020-01-01"), 1),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(scene: Scene, words: tuple[str, ...], code: int) -> None:
    """Each refusal has the exit code of its kind, and no figures."""
    outcome = Shell(directory=scene.root, scene=scene).run("r.meyer", "indicators", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err


@pytest.mark.parametrize(
    "number, text",
    [
        (0, "0"),
        (12, "12"),
        (12.5, "12.5"),
        (12.25, "12.2"),
        (0.0625, "0.06"),
        (1234.0, "1,234"),
        (100.0, "100"),
        (0.5, "0.5"),
    ],
)
def test_numbers_are_short(number: float, text: str) -> None:
    """One place at most, two below one, thousands apart, and no dangling nought."""
    assert spell_number(number) == text


def test_each_unit_is_spelt() -> None:
    """Days have a plural, a rate its factor, a share its sign; what is not shown is not spelt."""
    names = ("reports", "overdue", "report_lag", "near_miss_frequency", "action_strength", "near_miss_to_incident")
    spelt = {name: spell_value(BY_NAME[name], Figure(value=1), factor=200_000) for name in names}
    assert spelt == {
        "reports": "1",
        "overdue": "1 %",
        "report_lag": "1 day",
        "near_miss_frequency": "1 per 200,000 hours worked",
        "action_strength": "1 of 3",
        "near_miss_to_incident": "1",
    }
    assert spell_parts(BY_NAME["report_lag"], Figure(value=1, denominator=None)) == ""
    assert spell_parts(BY_NAME["overdue"], Figure(value=1)) == ""
