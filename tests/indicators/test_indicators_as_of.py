"""Figures of a register in a real repository: of any day, and the same again whatever came later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app import crew
from nearmiss.engine.indexing.making import PassingIndex
from nearmiss.engine.indicators import public_view as in_public
from nearmiss.engine.indicators.facts import Facts, draw
from nearmiss.engine.indicators.public_view import begin_public_view, is_known, public_view
from nearmiss.engine.indicators.reading import read_known
from nearmiss.engine.indicators.use_case import (
    Answer,
    Asked,
    DaysReversedError,
    NotTogetherError,
    NotYetError,
    work_out,
)
from nearmiss.engine.instance import read_register
from nearmiss.engine.moments import NotADayError, NothingYetError, commit_as_of
from nearmiss.engine.ports import Stamp
from nearmiss.policy.version import make_version, version_bytes, version_file
from tests.engine.scene import FIRST_MORNING, Scene, found_scene, identity_of, walked_scene

EXPOSURE = "site/data/exposure.yaml"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A register that was just founded, on 22 November 2026."""
    made = found_scene(tmp_path)
    yield made
    made.close()


def answer(scene: Scene, **asked: str) -> Answer:
    """Work out the figures of a register."""
    return work_out(scene.desk("r.meyer"), Asked(**asked))  # type: ignore[arg-type]  # the view is a text too


def values(scene: Scene, **asked: str) -> dict[str, float | None]:
    """Return the value of each indicator."""
    return {name: figure.value for name, figure in answer(scene, **asked).reckoned.figures.items()}


def test_facts_are_drawn_from_a_record_and_its_sign_offs(tmp_path: Path) -> None:
    """What was reported, decided, found, planned, done and checked, and every step with the day it was signed."""
    scene, record = walked_scene(tmp_path, upto="verified", level="low")
    dossier = scene.dossier(record)
    register = read_register(scene.repository.tree(scene.rev()), scene.template.documents)
    facts = draw(dossier, register)
    assert (facts.state, facts.site, facts.area, facts.classification) == ("verified", "plant-2", "shipping", "safety")
    assert (facts.mode, facts.decision, facts.severity, facts.has_reply) == ("named", "near-miss", 2, True)
    assert [(step.transition, step.to) for step in facts.steps] == [
        ("investigate", "investigated"),
        ("find-root-cause", "root-caused"),
        ("plan-action", "action"),
        ("verify", "verified"),
    ]
    assert all(step.day >= facts.reported_on for step in facts.steps)
    assert facts.root_causes
    assert [action.control for action in facts.actions] == ["engineering"]
    assert [entry[1] for entry in facts.progress] == ["done"]
    assert [check[1] for check in facts.checks] == ["effective"]
    assert Facts.revive(json.loads(json.dumps(facts))) == facts
    scene.close()


def test_withheld_values_are_no_facts(scene: Scene) -> None:
    """A redacted area or day is one that nobody knows."""
    record = scene.report(occurred_on="2026-11-20").id
    path = scene.path(record)
    text = scene.blob(path).decode().replace('"2026-11-20"', "redacted").replace("shipping", "redacted")
    scene.commit_files({path: text}, branch="main")
    facts = read_known(scene.desk("r.meyer"), scene.rev()).facts[record]
    assert (facts.occurred_on, facts.area) == ("", "")


def test_the_same_day_gives_the_same_figures_whatever_came_later(tmp_path: Path) -> None:
    """A record that moved on, one that came, a severity that was corrected: none of it changes the past."""
    scene, record = walked_scene(tmp_path, upto="investigated")
    day = scene.clock.now().date().isoformat()
    before = answer(scene, as_of=day)
    assert values(scene, as_of=day) == values(scene)
    scene.clock.to("2026-12-20")
    scene.report()
    scene.walk(record=record, upto="action")
    assert answer(scene, as_of=day) == before
    assert values(scene)["reports"] == 2
    assert values(scene)["time_in_root_caused"] is not None
    assert answer(scene, as_of=day, by="site").reckoned.parts[0].figures["reports"].value == 1
    scene.close()


@pytest.mark.parametrize("asked", [{}, {"view": "public"}, {"by": "site"}, {"view": "public", "by": "area"}])
def test_figures_are_the_same_from_memory(tmp_path: Path, asked: dict[str, str]) -> None:
    """What is remembered is what was worked out, and is not taken for what was asked otherwise, or changed since."""
    scene, _ = walked_scene(tmp_path, upto="action")
    scene.report(occurred_on="2026-11-20")
    first, again = answer(scene, **asked), answer(scene, **asked)
    assert first == again
    assert answer(scene, since="2026-11-01", **asked).reckoned.period != first.reckoned.period
    scene.report()
    assert answer(scene, **asked).reckoned.commit == scene.rev() != first.reckoned.commit
    assert answer(scene).reckoned.figures["reports"].value == 3
    forgetful = replace(scene.desk("r.meyer"), memory=None)
    assert work_out(forgetful, Asked(**asked)) == answer(scene, **asked)  # type: ignore[arg-type]  # as above
    scene.close()


def test_the_past_is_compared_with_what_is_known_now(scene: Scene) -> None:
    """A report of that day that was entered later is named; today's figure is beside it."""
    scene.report()
    scene.clock.to("2026-12-20")
    late = scene.report(reported_on="2026-11-22").id
    scene.report()
    compared = answer(scene, compare="2026-11-22").compared
    assert compared is not None
    reports = compared.lines[0]
    assert [reports.then.value, reports.restated.value, reports.now.value] == [1, 2, 3]
    assert [(cause.record, cause.how) for cause in reports.causes] == [
        (late, "entered after 2026-11-22, reported on 2026-11-22")
    ]


def test_days_that_cannot_be_looked_at_are_refused(scene: Scene) -> None:
    """A day that has not come, none at all, one before the register, days in the wrong order, ways that do not mix."""
    for asked, error in (
        ({"as_of": "2026-11-24"}, NotYetError),
        ({"as_of": "soon"}, NotADayError),
        ({"as_of": "20261122"}, NotADayError),
        ({"as_of": "2026-11-21"}, NothingYetError),
        ({"compare": "2026-11-22"}, DaysReversedError),
        ({"since": "2026-11-23"}, DaysReversedError),
        ({"compare": "2026-11-21", "by": "area"}, NotTogetherError),
        ({"compare": "2026-11-21", "view": "public"}, NotTogetherError),
    ):
        with pytest.raises(error):
            answer(scene, **asked)


def test_the_exposure_is_that_of_the_day(scene: Scene) -> None:
    """Hours that were mended later are those of before as of a day before."""
    scene.report()
    months = [f"2026-{month:02d}" for month in range(1, 12)]
    for hours, on in ((1000, "2026-12-10"), (2000, "2026-12-20")):
        scene.clock.to(on)
        lines = [f'- {{month: "{month}", hours_worked: {hours}}}' for month in months]
        scene.commit_files({EXPOSURE: "\n".join(["schema: 1", "exposure:", *lines, ""])}, branch="main")
    asked = {"since": "2026-01-01"}
    frequencies = [
        answer(scene, as_of=day, **asked).reckoned.figures["near_miss_frequency"].denominator
        for day in ("2026-12-15", "2026-12-20")
    ]
    assert frequencies == [11_000, 22_000]


@pytest.mark.parametrize(
    "text, codes, words",
    [
        ("schema: 1\nexposure:\n- {month: '2026-13'}\n", {"bad-value"}, "quoted month"),
        ("schema: 1\nexposure:\n- {month: '2026-11', area: nowhere}\n", {"unknown-term"}, "nowhere"),
        (
            "schema: 1\nexposure:\n- {month: '2026-11'}\n- {month: '2026-11', site: plant-1}\n",
            {"exposure-overlap"},
            "line 4",
        ),
        ("schema: 1\nexposure: [\n", {"yaml-syntax"}, "line"),
    ],
)
def test_a_faulty_exposure_is_found_and_not_used(scene: Scene, text: str, codes: set[str], words: str) -> None:
    """The check names what is wrong and where; figures have no rate, and say why."""
    scene.report()
    scene.commit_files({EXPOSURE: text}, branch="main")
    found = scene.check().findings
    assert {finding.code for finding in found} == codes
    assert {finding.path for finding in found} == {EXPOSURE}
    assert all(finding.line for finding in found)
    assert words in answer(scene).reckoned.notes[0]
    assert answer(scene).reckoned.figures["near_miss_frequency"].value is None


@pytest.mark.parametrize(
    "places",
    [
        ["site: plant-1", "site: plant-2"],
        ["area: shipping", "area: waste"],
        ["site: plant-1, area: shipping", "site: plant-1, area: waste", "site: plant-2"],
    ],
)
def test_entries_of_different_places_stand_side_by_side(scene: Scene, places: list[str]) -> None:
    """Sites, areas, or areas of a site beside another site: each person is in one entry."""
    lines = [f"- {{month: '2026-11', {place}, hours_worked: 5}}" for place in places]
    scene.commit_files({EXPOSURE: "\n".join(["schema: 1", "exposure:", *lines, ""])}, branch="main")
    assert scene.check().findings == ()
    assert scene.check().findings == ()


def test_what_cannot_be_read_is_said(scene: Scene) -> None:
    """A broken record is in no figure, and named with the reason; so is one of a day that has not come."""
    record, other = scene.report().id, scene.report().id
    scene.commit_files({scene.path(record): "a: [\n"}, branch="main")
    later = scene.blob(scene.path(other)).decode().replace('reported_on: "2026-11-22"', 'reported_on: "2026-11-28"')
    scene.commit_files({scene.path(other): later}, branch="main")
    reckoned = answer(scene).reckoned
    assert reckoned.figures["reports"].value == 0
    assert reckoned.left_out == {
        record: "it cannot be read, see nearmiss check",
        other: "reported on a later day",
    }


def test_a_register_without_a_list_of_areas_has_figures(scene: Scene) -> None:
    """Where the vocabulary has no areas, none of them can report; a word that is in no list is still a part."""
    scene.report()
    data = json.loads(scene.blob(version_file(1)))
    del data["rules"]["vocabulary"]["area"]
    version = make_version(1, rules=data["rules"], people=data["people"], waivers=data["waivers"])
    scene.commit_files({version_file(1): version_bytes(version)}, branch="main")
    reckoned = answer(scene, by="area").reckoned
    assert reckoned.figures["areas_reporting"].why_not == "the vocabulary has no area"
    assert [(part.group.term, part.figures["reports"].value) for part in reckoned.parts] == [("shipping", 1)]


def test_the_site_has_the_public_figures(scene: Scene) -> None:
    """Of the commit that is shown, as of today, without small numbers."""
    scene.report()
    figures = public_view(scene.desk("r.meyer"), scene.rev()).figures
    assert (figures.commit, figures.day, figures.is_public) == (scene.rev(), scene.clock.now().date(), True)
    assert figures.figures["reports"].is_suppressed


def test_the_site_compares_with_the_end_of_the_last_quarter(scene: Scene) -> None:
    """A register that was founded in this quarter has nothing to compare; in the next one it has, and it is kept."""
    scene.report()
    assert public_view(scene.desk("r.meyer"), scene.rev()).compared is None
    scene.clock.to("2027-01-15")
    for day in range(10, 18):
        scene.report(reported_on=f"2026-12-{day}")
    view = public_view(scene.desk("r.meyer"), scene.rev())
    assert view.compared is not None
    assert view.compared.day == date(2026, 12, 31)
    reports = view.compared.lines[0]
    assert (reports.then.value, reports.restated.value, reports.now.value) == (None, 9, 9)
    assert (reports.records, reports.ways) == (8, ("reports that came to the main branch later",))
    assert public_view(scene.desk("r.meyer"), scene.rev()) == view


def test_a_commit_before_the_founding_has_nothing_to_compare(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was no register yet at the end of the quarter is as one that was not there."""
    tree = scene.git("mktree").strip()
    first = scene.git("commit-tree", "-m", "Begin", tree, who="s.ito").strip()
    monkeypatch.setattr(in_public, "commit_as_of", lambda *_: first)
    assert public_view(scene.desk("r.meyer"), scene.rev()).compared is None


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "lost"])
def test_a_helper_works_out_the_public_figures(scene: Scene, monkeypatch: pytest.MonkeyPatch, *, lost: bool) -> None:
    """It says what one would say at the same instant, is asked once, and is remembered; what is lost is found here."""
    scene.clock.to("2027-01-15")
    for day in range(10, 18):
        scene.report(reported_on=f"2026-12-{day}")
    alone = public_view(replace(scene.desk("r.meyer"), memory=None), scene.rev())
    if lost:
        monkeypatch.setattr(crew, "_BEGIN", "raise ValueError")
    else:
        monkeypatch.setattr(in_public, "_work_out", None)  # here; the helper has its own
    desk = replace(scene.desk("r.meyer"), memory=PassingIndex())
    assert not is_known(desk, scene.rev())
    view = begin_public_view(desk, scene.rev(), crew.Crew(hands=1), folder=str(scene.root))
    assert (view(), view()) == (alone, alone)
    assert is_known(desk, scene.rev())
    assert public_view(desk, scene.rev()) == alone


def test_the_past_is_read_as_well_from_what_changed_since(tmp_path: Path) -> None:
    """Records that moved on, came, were lost, cannot be read or have strays beside them, and other rules: the same."""
    scene, record = walked_scene(tmp_path, upto="investigated")
    strange, lost = scene.report().id, scene.report().id
    tips = [scene.rev()]
    scene.walk(record=record, upto="action")
    tips.append(scene.rev())
    for files in (
        {scene.path(strange): "id: [", scene.path(lost): None},
        {f"{scene.path(record).removesuffix('.yaml')}/attachments/notes.txt": "seen"},
        {"records/stray.txt": "nothing that belongs here"},
        {"records/stray.txt": None, EXPOSURE: "exposure: 7"},
        {f"records/2025/01/{record}.yaml": "twice"},
    ):
        scene.commit_files(files, branch="main")
        tips.append(scene.rev())
    desk = scene.desk("r.meyer")
    for later in tips:
        known = read_known(desk, later)
        for earlier in tips:
            assert read_known(desk, earlier, later=known) == read_known(desk, earlier)
    by_other_rules = replace(known, policy="another one")
    assert read_known(desk, tips[0], later=by_other_rules) == read_known(desk, tips[0])
    assert [len(read_known(desk, tip).unreadable) for tip in tips] == [0, 0, 1, 1, 1, 1, 2]
    scene.close()


# The newest commit of a day


def commit_at(scene: Scene, when: datetime, name: str) -> str:
    """Commit something with a clock that says some time."""
    tip = scene.rev()
    stamp = Stamp(identity=identity_of("s.ito"), when=when)
    return scene.repository.commit(
        branch="main",
        expected=tip,
        parents=[tip],
        files={f"notes/{name}.txt": name.encode()},
        message=f"{name}\n",
        author=stamp,
        committer=stamp,
    )


def as_of(scene: Scene, day: str) -> str:
    """Return the commit of a day."""
    return commit_as_of(scene.desk("s.ito"), scene.rev(), date.fromisoformat(day))


def test_a_day_ends_at_midnight_in_utc(scene: Scene) -> None:
    """A commit just before midnight in UTC is of that day, wherever it was made; one just after is of the next."""
    scene.clock.to("2026-12-20")
    before = commit_at(scene, datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC), "before")
    after = commit_at(scene, datetime(2026, 11, 26, 0, 0, 0, tzinfo=UTC), "after")
    assert (as_of(scene, "2026-11-25"), as_of(scene, "2026-11-26")) == (before, after)
    assert as_of(scene, "2026-12-20") == after


def test_a_clock_that_went_back_changes_no_past_day(scene: Scene) -> None:
    """A later commit that says an earlier day is as old as the one before it."""
    scene.clock.to("2026-12-20")
    right = commit_at(scene, FIRST_MORNING + timedelta(days=10), "right")
    of_that_day = as_of(scene, "2026-11-25")
    back = commit_at(scene, FIRST_MORNING + timedelta(days=2), "back")
    assert as_of(scene, "2026-11-25") == of_that_day
    assert as_of(scene, "2026-12-02") == back != right


def test_a_clock_that_ran_ahead_hides_nothing(scene: Scene) -> None:
    """A commit of the year 2099 is as old as the one before it, and those after it are found by their own days."""
    scene.clock.to("2026-12-20")
    commit_at(scene, FIRST_MORNING + timedelta(days=1), "first")
    ahead = commit_at(scene, datetime(2099, 1, 1, tzinfo=UTC), "ahead")
    later = commit_at(scene, FIRST_MORNING + timedelta(days=5), "later")
    assert as_of(scene, "2026-11-25") == ahead
    assert as_of(scene, "2026-11-27") == later


def test_asked_is_plain(scene: Scene) -> None:
    """Without any wish, it is today, the whole, for the team."""
    asked: dict[str, Any] = vars(Asked())
    assert asked == {"as_of": "", "since": "", "by": "", "compare": "", "view": "team"}
    assert answer(scene).reckoned.day == scene.clock.now().date()
