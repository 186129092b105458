"""How the pages of the desk tell what a record says and lacks: by names, in sentences of their own, where to go on."""

from __future__ import annotations

from pathlib import Path

from tests.engine.scene import walked_scene
from tests.intake.desk.hosting import Team, team_of


def test_what_is_missing_leads_to_where_it_is_put_right(tmp_path: Path) -> None:
    """An action that is open is put right by saying how it stands: the plan that it is of is sealed."""
    scene, record = walked_scene(tmp_path, upto="action")
    for team in team_of(scene, tmp_path / "state"):
        page = team.browser("r.meyer").get(f"/desk/records/{record}")
    scene.close()

    lacks = page.partition("Still missing:")[2].partition("action A1 is ")[2]
    assert lacks.partition("/sections/")[2].startswith("progress")


def test_a_name_that_was_typed_in_is_told_as_one(team: Team) -> None:
    """Who reported by name without an account stands in the report as a name, not as a fact of another system."""
    details = [{"name": "reported-by", "value": "Kim <Lee>"}]
    record = team.scene.report(details=details).id

    page = team.browser("r.meyer").get(f"/desk/records/{record}")

    assert "Name that was typed in</dt><dd>Kim &lt;Lee&gt;" in page
    assert "reported-by" not in page


def test_what_a_step_waits_for_is_told_in_the_language_of_the_reader(team: Team) -> None:
    """How many of which roles are asked for is a sentence of the desk, not one of the engine with labels in it."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    browser = team.browser("r.meyer")

    told = browser.get(f"/desk/proposals/{record}")
    browser.client.headers["accept-language"] = "de"
    in_german = browser.get(f"/desk/proposals/{record}")

    assert "1 of: Quality or EHS lead, Area manager" in told
    assert "1 von: Leitung Qualität oder Arbeitssicherheit, Bereichsleitung" in in_german


def test_what_nobody_can_answer_is_told_in_words(team: Team) -> None:
    """A field of the report that stays as it was said has the label of its term, and its day as people write it."""
    record = team.scene.report().id

    page = team.browser("r.meyer").get(f"/desk/records/{record}/sections/report")

    assert '<p class="stands">Plant 2</p>' in page
    assert '<p class="stands">plant-2</p>' not in page
    assert '<p class="stands">Yes</p>' in page
    assert "`" not in page


def test_a_report_that_was_not_safe_is_marked_until_somebody_looked_into_it(team: Team) -> None:
    """The page of a record says so beside its state."""
    unsafe, safe = team.scene.report(made_safe="no").id, team.scene.report().id
    browser = team.browser("r.meyer")

    marked = [
        '<span class="badge late">not safe</span>' in browser.get(f"/desk/records/{one}") for one in (unsafe, safe)
    ]

    assert marked == [True, False]
