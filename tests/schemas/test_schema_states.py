"""What a record needs in each state: the same rule as data for editors and as a function for the check."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from nearmiss.policy.state_needs import judge_needs_of_state, needs_by_state
from nearmiss.policy.workflow import Workflow
from tests.schemas.judges import Rules, plain, refused_by_peer

DETOUR: dict[str, Any] = {
    "investigate": ["assessment.reply", "investigation.evidence[].what", "investigation.timeline[]"],
    "find-root-cause": ["root_cause.causes[].statement", "report.links[]", "report.links"],
}
"""Other needs of level minimal for two transitions, with lists of every kind."""


def changed(workflow: Workflow, needs: dict[str, list[str]]) -> Workflow:
    """Return a workflow whose transitions need something else at level minimal."""
    data = workflow.model_dump(by_alias=True, exclude_none=True, mode="json")
    for transition in data["transitions"]:
        if transition["name"] in needs:
            transition["needs"]["minimal"] = needs[transition["name"]]
    return Workflow.model_validate(data)


def without(data: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a record without what a path reaches: the key in the first entry, or with a closing `[]` an empty list."""
    record = deepcopy(data)
    *above, last = path.split(".")
    place: Any = record
    for step in above:
        place = place[step.removesuffix("[]")]
        if step.endswith("[]"):
            place = place[0]
    if last.endswith("[]"):
        place[last.removesuffix("[]")] = []
    else:
        del place[last]
    return record


@pytest.fixture(scope="module")
def whole(repo_root: Path) -> dict[str, Any]:
    """Return a record that has everything, an escalation too."""
    record = plain(repo_root / "tests" / "examples" / "accepted" / "verified.yaml")
    return record | {"escalation": {"incident_ref": "INC-2026-014"}}


def test_needs_grow_along_the_main_path(rules: Rules) -> None:
    """Each state of the main path needs all that the one before it needs, and the ways out need only their own."""
    needs = needs_by_state(rules.workflow)
    own = {each.name: each.needs.minimal for each in rules.workflow.transitions}

    assert needs["reported"] == ()
    assert needs["investigated"] == own["investigate"]
    assert needs["root-caused"] == (*needs["investigated"], *own["find-root-cause"])
    assert needs["action"] == needs["root-caused"]
    assert needs["verified"] == (*needs["action"], *own["verify"])
    assert needs["declined"] == own["decline"]
    assert needs["escalated"] == own["escalate"]


def test_state_with_two_ways_needs_what_both_need(rules: Rules) -> None:
    """What only one of two ways to a state needs is not asked of a record in it: it may have come the other way."""
    data = rules.workflow.model_dump(by_alias=True, exclude_none=True, mode="json")
    shortcut = deepcopy(next(each for each in data["transitions"] if each["name"] == "investigate"))
    shortcut |= {"name": "shortcut", "to": ["action"], "needs": {"minimal": ["assessment.level", "report.site"]}}
    data["transitions"].append(shortcut)

    needs = needs_by_state(Workflow.model_validate(data))

    assert needs["action"] == ("assessment.level",)
    assert set(needs["verified"]) == {"assessment.level", "lesson.headline", "lesson.do_this", "lesson.release.to"}


def test_state_that_no_way_leads_to_needs_nothing(rules: Rules) -> None:
    """A state that no forward transition reaches asks for nothing, and nor does one that only it leads to."""
    data = rules.workflow.model_dump(by_alias=True, exclude_none=True, mode="json")
    data["states"] += [{"state": name, "kind": "open", "label": {"en": name}} for name in ("parked", "sold")]
    sell = deepcopy(data["transitions"][0]) | {"name": "sell", "from": ["parked"], "to": ["sold"]}
    data["transitions"].append(sell)

    needs = needs_by_state(Workflow.model_validate(data))

    assert (needs["parked"], needs["sold"]) == ((), ())


def test_state_that_is_unknown_is_somebody_elses_finding(rules: Rules, whole: dict[str, Any]) -> None:
    """A state that the workflow lacks is found as such, not as a state without needs."""
    assert list(judge_needs_of_state(whole | {"state": "parked"}, rules.workflow)) == []


def test_finding_names_the_field_and_what_mends_it(rules: Rules, whole: dict[str, Any]) -> None:
    """A missing field is named with the state that needs it and the command that fills it."""
    found = list(judge_needs_of_state(without(whole, "lesson.do_this"), rules.workflow))

    assert [(each.code, each.field, each.message, each.hint) for each in found] == [
        (
            "missing-for-state",
            ("lesson", "do_this"),
            "lesson.do_this is missing, and a record that is verified has it",
            "nearmiss edit NM-2026-7Q4K2 --set lesson.do_this=…, or put the state back as it was",
        )
    ]


@pytest.mark.parametrize("needs", [{}, DETOUR], ids=["standard", "lists"])
def test_each_need_of_each_state_is_judged_alike(
    needs: dict[str, list[str]], rules: Rules, whole: dict[str, Any], tmp_path: Path
) -> None:
    """Whatever one needed thing a record in a state lacks, the check and the schema of the same workflow refuse it."""
    own = Rules(workflow=changed(rules.workflow, needs), vocabulary=rules.vocabulary)
    schema = own.write_schemas(tmp_path)["near-miss.schema.json"]
    right, wrong = [], []
    for state, paths in needs_by_state(own.workflow).items():
        record = whole | {"state": state}
        if "investigation.timeline[]" in paths:
            assert list(judge_needs_of_state(record, own.workflow)) == []
        right.append(tmp_path / f"{state}.json")
        right[-1].write_text(json.dumps(record), encoding="utf-8")
        for number, path in enumerate(paths):
            lacking = without(record, path)
            assert {each.code for each in judge_needs_of_state(lacking, own.workflow)} == {"missing-for-state"}
            wrong.append(tmp_path / f"{state}-{number}.json")
            wrong[-1].write_text(json.dumps(lacking), encoding="utf-8")

    found = refused_by_peer(schema, [*right, *wrong])

    # An entry that lacks what its own model asks for is refused for that as well, by both.
    assert set(found) == set(wrong)
    assert all(own.judge(path.read_bytes()) == [] for path in right)
