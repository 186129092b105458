"""What is published: which records, and which of their fields; everything else stays inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.allow_list import FIELDS, cut, published_paths
from nearmiss.engine.publishing.gists import Gist, draw_gist
from nearmiss.engine.publishing.publication import is_account, may_be_counted
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.policy.findings import Finding, Severity

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

SHOWN = {
    "id",
    "report.reported_on",
    "report.links.kind",
    "report.links.ref",
    "report.what_happened",
    "report.what_could_have_happened",
    "report.what_stopped_it.barrier",
    "report.what_stopped_it.how",
    "report.site",
    "report.process_area",
    "assessment.classification",
    "assessment.hazard",
    "assessment.severity_potential",
    "assessment.likelihood",
    "assessment.reply",
    "root_cause.method",
    "root_cause.causes.level",
    "root_cause.causes.category",
    "root_cause.causes.statement",
    "action_plan.actions.what",
    "action_plan.effectiveness.metric",
    "action_plan.effectiveness.baseline",
    "action_plan.effectiveness.target",
    "verification.checks.on",
    "verification.checks.result",
    "verification.checks.measured",
    "verification.checks.substitute",
    "verification.residual.severity_potential",
    "verification.residual.likelihood",
    "lesson.headline",
    "lesson.vulnerability",
    "lesson.change",
    "lesson.do_this",
    "lesson.applies_to",
}
"""Written out a second time on purpose: a field gets onto the site only if somebody changes both lists."""

STEERING = {
    "report.lang",
    "schema",
    "state",
    "lesson.release.to",
    "lesson.release.not_before",
    "lesson.status",
    "assessment.classification",
    "action_plan.actions.id",
    "action_plan.actions.control",
    "progress.action",
    "progress.status",
    "root_cause.method",
    "root_cause.causes.id",
    "root_cause.causes.explains",
    "root_cause.causes.level",
    "id",
}
"""Fields that decide whether and where something is shown: they keep their values when tokens are planted."""


def published(data: SiteData) -> tuple[Any, ...]:
    """Return what the pages of the lessons may show, as far as there are any."""
    return tuple(data.told([gist.id])[gist.id] for gist in data.lessons)


def gist(record: dict[str, Any]) -> Gist:
    """Draw the gist of a record."""
    return draw_gist(record, {})


def plant(value: Any, tokens: dict[str, list[str]], prefix: str, path: str = "") -> Any:
    """Return a copy in which every leaf that does not steer is a unique token, noted under its field."""
    if isinstance(value, dict):
        return {key: plant(item, tokens, prefix, f"{path}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list):
        return [plant(item, tokens, prefix, path) for item in value]
    if path in STEERING or (isinstance(value, int) and path in SHOWN):
        return value
    number = sum(map(len, tokens.values()))
    token = f"{prefix}{number:03d}q"
    tokens.setdefault(path, []).append(token)
    return token


def words_in(folder: Path) -> str:
    """Return everything in a built tree as one text, in lower case."""
    return "\n".join(
        f"{path.relative_to(folder)}\n{path.read_bytes().decode(errors='replace')}".lower()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in {".html", ".json", ".js", ".xml", ".txt", ".css"}
    )


def test_of_a_verified_lesson_only_listed_fields_reach_the_tree(
    make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path]
) -> None:
    """A token in every field of a released lesson: the listed ones are in the built tree, the others nowhere."""
    tokens: dict[str, list[str]] = {}
    record = plant(make_record(), tokens, "zv")
    found = words_in(build(make_data(record)))
    seen = {path for path, planted in tokens.items() if any(token in found for token in planted)}
    assert seen == SHOWN - STEERING - {path for path in SHOWN if path not in tokens}
    assert len(tokens) > 100


def test_of_other_records_nothing_reaches_the_tree(
    make_record: MakeRecord, make_data: MakeData, build: Callable[..., Path]
) -> None:
    """A token in every field of records that are not released, in each state: none is there but month and reply."""
    tokens: dict[str, list[str]] = {}
    states = ("reported", "investigated", "root-caused", "action", "declined", "escalated")
    hidden = [make_record(state=state) for state in states]
    hidden += [make_record(lesson__release={"to": to}) for to in ("team", "nobody", "redacted")]
    hidden += [make_record(lesson__release={"to": "all-staff", "not_before": "2026-11-22"})]
    hidden += [make_record(assessment__classification="security")]
    records = [plant(record, tokens, "zh") for record in hidden]
    for number, record in enumerate(records):
        record["id"] = f"NM-2026-0000{number:X}"
    settings = {"restricted_classes": ["security"]}
    found = words_in(build(make_data(make_record(), *records, settings=settings)))
    for said_of_every_report in ("report.reported_on", "assessment.reply"):
        tokens.pop(said_of_every_report)
    assert [path for path, planted in tokens.items() for token in planted if token in found] == []
    assert [record["id"] for record in records if record["id"].lower() in found] == []
    assert "nm-2026-7qtst" in found


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "escalated"},
        {"state": "action"},
        {"lesson": None},
        {"lesson": "redacted"},
        {"lesson__release": None},
        {"lesson__release": {"to": "team"}},
        {"lesson__release": {"to": "nobody", "because": "x"}},
        {"lesson__release__not_before": "2026-11-22"},
        {"lesson__release__not_before": "redacted"},
        {"lesson__release__not_before": "2026-11"},
        {"lesson__release__not_before": 20260101},
        {"lesson__status": "withdrawn"},
        {"id": "NM-2026-1"},
        {"id": "../../x"},
        {"assessment__classification": "security"},
        {"assessment__classification": "redacted"},
        {"assessment": None},
    ],
)
def test_what_is_not_verified_released_due_and_open_to_all_is_not_published(
    make_record: MakeRecord, make_data: MakeData, changes: dict[str, Any]
) -> None:
    """Each of the conditions alone keeps a record off the site; where a class is restricted, an unknown one is too."""
    settings = {"restricted_classes": ["security"]}
    assert published(make_data(make_record(**changes), settings=settings)) == ()
    assert len(published(make_data(make_record(), settings=settings))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"lesson__release": {"to": "site"}},
        {"lesson__release__not_before": "2026-11-21"},
        {"lesson__status": "amended"},
        {"lesson__status": None},
        {"assessment__classification": "redacted"},
    ],
)
def test_what_is_released_and_due_is_published(
    make_record: MakeRecord, make_data: MakeData, changes: dict[str, Any]
) -> None:
    """Release to the site is enough, the day itself counts, and a withheld class harms only where one is restricted."""
    assert len(published(make_data(make_record(**changes)))) == 1


def test_the_day_decides(make_record: MakeRecord, make_data: MakeData) -> None:
    """The same record is published from its day on."""
    record = make_record(lesson__release__not_before="2026-08-10")
    assert published(make_data(record, today=date(2026, 8, 9))) == ()
    assert len(published(make_data(record, today=date(2026, 8, 10)))) == 1


def test_a_record_with_an_error_is_not_published(make_record: MakeRecord, make_data: MakeData) -> None:
    """What the check found wrong is kept off; a warning keeps nothing off."""
    record = make_record()
    error = Finding(code="sealed-changed", message="was changed", record=record["id"])
    warning = Finding(code="x", message="y", record=record["id"], severity=Severity.WARNING)
    assert published(make_data(record, findings=[error])) == ()
    assert len(published(make_data(record, findings=[warning]))) == 1


def test_settings_take_away_and_never_add(make_record: MakeRecord, make_data: MakeData) -> None:
    """Fewer fields may be chosen; a name that is not on the list opens nothing."""
    settings = {"published_fields": ["headline", "month", "investigation", "report.reporter.person"]}
    (record,) = published(make_data(make_record(), settings=settings))
    assert record == {
        "id": "NM-2026-7QTST",
        "report": {"reported_on": "2026-03"},
        "lesson": {"headline": "A trailer is only parked when something holds it", "status": "current"},
    }
    assert {path[0] for path in published_paths({})} >= {"report", "lesson", "root_cause"}


def test_structure_where_a_value_is_expected_is_dropped(make_record: MakeRecord) -> None:
    """A mapping or list in place of a text, or the other way round, carries nothing through."""
    record = make_record(
        lesson__headline={"hidden": "x"},
        lesson__applies_to=["shipping", {"hidden": "x"}],
        report__what_stopped_it="text",
        root_cause__causes=["text", {"id": "C1", "hidden": "x"}],
    )
    kept = cut(record, published_paths({}))
    assert "headline" not in kept["lesson"]
    assert kept["lesson"]["applies_to"] == ["shipping"]
    assert "what_stopped_it" not in kept["report"]
    assert kept["root_cause"]["causes"] == [{}, {"id": "C1"}][1:]


def test_a_cut_never_changes_the_record(make_record: MakeRecord) -> None:
    """The record that is cut stays whole."""
    record = make_record()
    cut(record, published_paths({}))
    assert record == make_record()


def test_restricted_classes_are_not_counted(make_record: MakeRecord) -> None:
    """A record of a restricted class is in no figure; an untriaged one has no class yet."""
    settings = {"restricted_classes": ["security"]}
    assert not may_be_counted(gist(make_record(assessment__classification="security")), settings)
    assert may_be_counted(gist(make_record()), settings)
    assert may_be_counted(gist(make_record(assessment=None)), settings)


def test_the_names_are_those_of_the_shipped_settings(repo_root: Path) -> None:
    """The setting `published_fields` that is shipped names exactly the fields of the allow-list."""
    from ruamel.yaml import YAML

    settings = YAML(typ="safe", pure=True).load((repo_root / "workflow/policy/settings.yaml").read_text("utf-8"))
    assert set(settings["published_fields"]) == set(FIELDS)


def test_a_joined_report_that_might_be_restricted_is_not_told(make_record: MakeRecord) -> None:
    """Where classes are restricted, who has none yet may turn out to be of one."""
    joined = gist(make_record(id="NM-2026-00001", state="declined", assessment__decision="duplicate"))
    joined = joined._replace(duplicate_of="NM-2026-7QTST")
    settings = {"restricted_classes": ["security"]}
    assert is_account(joined, settings)
    assert not is_account(joined._replace(classification=""), settings)
    assert not is_account(joined._replace(classification="security"), settings)
    assert is_account(joined._replace(classification=""), {})
