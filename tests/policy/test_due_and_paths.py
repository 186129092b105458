"""What is due on a record and whose it is; which class a path belongs to; terms that are retired."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.policy.deadlines import Due, due_items
from nearmiss.policy.findings import Severity
from nearmiss.policy.paths import class_of
from nearmiss.policy.retired import judge_retired
from tests.policy.builder import GONE, Edits, World, near_miss

PLANNED: Edits = {"state": "action", "progress": GONE, "verification": GONE}


@pytest.mark.parametrize(
    "edits, due",
    [
        ({"assessment": GONE}, [("assess", "2026-11-28", "")]),
        ({"assessment.decision": GONE, "report.reported_on": "2026-11"}, [("assess", "2026-12-07", "")]),
        ({"assessment": GONE, "report.reported_on": "redacted"}, []),
        ({}, [("investigate", "2026-12-21", "s.ito")]),
        ({"investigation.lead": GONE}, [("investigate", "2026-12-21", "")]),
        ({"assessment.likelihood": GONE}, []),
        ({"state": "investigated"}, [("root_cause", "2026-12-31", "s.ito")]),
        ({"state": "root-caused"}, [("plan", "2027-01-10", "")]),
    ],
)
def test_steps_due(world: World, edits: Edits, due: list[tuple[str, str, str]]) -> None:
    """Triage is due soon after the report, and each step by the band, counted from the report."""
    edits = {"action_plan": GONE, "progress": GONE, "verification": GONE, **edits}
    within = world.newest.risk.assess_within
    assert within == 7

    items = due_items(near_miss("low", edits), world.newest)

    assert [(item.what, item.on, item.whose) for item in items] == due


@pytest.mark.parametrize(
    "edits, due",
    [
        ({}, [("action A1", "2027-01-15", "t.silva"), ("check of effect", "2027-04-15", "")]),
        (
            {"action_plan.actions.0.owner": {"external": "Dock", "sponsor": "p.lind"}},
            [("action A1", "2027-01-15", "p.lind"), ("check of effect", "2027-04-15", "")],
        ),
        ({"action_plan.actions.0.due": GONE, "action_plan.effectiveness": GONE}, []),
        (
            {"progress": [{"action": "A1", "status": "done", "on": "2027-01-10"}]},
            [("check of effect", "2027-04-15", "")],
        ),
        (
            {"progress": [{"action": "A1", "status": "cancelled", "on": "2027-01-10", "because": "Sold"}]},
            [("check of effect", "2027-04-15", "")],
        ),
        (
            {"verification.checks": [{"on": "2027-04-14", "by": "v.novak", "result": "effective"}]},
            [("action A1", "2027-01-15", "t.silva"), ("check of effect", "2027-04-15", "")],
        ),
        (
            {"verification.checks": [{"on": "2027-04-15", "by": "v.novak", "result": "ineffective"}]},
            [("action A1", "2027-01-15", "t.silva")],
        ),
        ({"state": "verified"}, [("review of the lesson", "2028-01-15", "")]),
        ({"state": "verified", "lesson.status": "withdrawn"}, []),
        ({"state": "verified", "lesson.status": "superseded"}, []),
        (
            {"state": "verified", "root_cause.causes.1.review_on": "2027-11-01"},
            [("review of the lesson", "2028-01-15", "")],
        ),
        (
            {
                "state": "verified",
                "lesson.review_on": GONE,
                "root_cause.causes.1.disposition": "accept-risk",
                "root_cause.causes.1.review_on": "2027-11-01",
            },
            [("review of the accepted risk C2", "2027-11-01", "")],
        ),
        ({"state": "declined"}, []),
        ({"state": "escalated"}, []),
        ({"state": "unheard-of"}, []),
    ],
)
def test_promises_due(world: World, edits: Edits, due: list[tuple[str, str, str]]) -> None:
    """Actions are due when promised, effect and lessons when they are to be looked at; nothing on a closed record."""
    items = due_items(near_miss("low", {**PLANNED, **edits}), world.newest)

    assert [(item.what, item.on, item.whose) for item in items] == due


def test_overdue() -> None:
    """A thing is overdue from the day after it was due."""
    item = Due(what="assess", on="2026-11-28")

    assert [item.is_overdue(f"2026-11-{day}") for day in (27, 28, 29)] == [False, False, True]


@pytest.mark.parametrize(
    "path, kind",
    [
        ("records/2026/11/NM-2026-7Q4K2.yaml", "record"),
        ("records/2026/11/NM-2026-7Q4K2/attachments/dock.jpg", "record"),
        ("workflow/policy/people.yaml", "policy"),
        ("Workflow/Policy/people.yaml", "policy"),
        ("schemas/vocabulary/site.yaml", "policy"),
        ("site/docs/index.md", "site"),
        ("README.md", "free"),
        ("docs/makefile-explained.md", "free"),
        *(
            (path, "policy")
            for path in (
                ".github/workflows/check.yml",
                ".gitlab-ci.yml",
                "records/.gitattributes",
                "records/2026/.GitIgnore",
                ".gitmodules",
                "docs/.mailmap",
                "Jenkinsfile",
                "CODEOWNERS",
                "hooks/pre-receive",
                ".ci/run",
                "ci/hooks/pre-receive",
                "tools/hooks/commit-msg",
                "workflow/nearmiss/policy/step.py",
                "nearmiss/__init__.py",
                "templates/site/topic.html.j2",
                "site/mkdocs.yml",
                "site/MKDOCS.yml",
                "site/theme/main.html",
                "site/docs/extension.py",
                "site/docs/extension.pyc",
                "site/docs/extension.so",
                "pyproject.toml",
                "Makefile",
                ".woodpecker.yaml",
                ".travis.yml",
                ".drone.yml",
                "bitbucket-pipelines.yml",
                ".appveyor.yml",
                "azure-pipelines.yaml",
                "Jenkinsfile.release",
                "docs/GITATT~1",
                "git~1",
                "records/2026/.g\u200citattributes",
                "records/2026/\uff0egitattributes",
                "records/.gitattributes .",
                ".github./workflows/check.yml",
                "docs/conftest.py .",
                "docs/Make\u0085file",
                "docs/Make\u0301file",
                "docs/Make\u200bfile.",
            )
        ),
    ],
)
def test_class_of_a_path(world: World, path: str, kind: str) -> None:
    """What could change how requests are judged is policy, wherever it lies; the rest is what the map says."""
    assert class_of(path, world.newest.settings) == kind


def test_path_that_no_rule_fits(world: World) -> None:
    """What the map does not know is policy."""

    def only_records(rules: dict[str, Any]) -> None:
        rules["settings"]["paths"] = [{"glob": "records/*/x*.yaml", "is": "record"}]

    settings = world.instead(only_records).newest.settings

    assert class_of("records/2026/x1.yaml", settings) == "record"
    assert class_of("records/2026/11/x1.yaml", settings) == "policy"
    assert class_of("README.md", settings) == "policy"


def test_retired_term(world: World) -> None:
    """A retired term that is put anew is warned of; one that was there is left alone."""

    def retire(rules: dict[str, Any]) -> None:
        for term in rules["vocabulary"]["site"]["terms"]:
            term["retired"] = term["term"] == "plant-2"

    policy = world.instead(retire).newest
    fresh = near_miss("low", {"report.site": "plant-1"})

    [finding] = judge_retired(fresh, near_miss(), policy)
    assert (finding.code, finding.field_name, finding.severity) == ("term-retired", "report.site", Severity.WARNING)
    assert list(judge_retired(near_miss(), near_miss(), policy)) == []
    assert list(judge_retired(near_miss(), fresh, policy)) == []
    assert list(judge_retired(fresh, near_miss(), world.newest)) == []


def test_retired_in_a_world_without_the_list(world: World) -> None:
    """A list that the instance does not keep has no retired terms."""
    policy = world.instead(lambda rules: rules["vocabulary"].pop("site")).newest

    assert list(judge_retired({}, near_miss(), policy)) == []
