"""The way of a record: each transition of the workflow, what it needs at each level, and where it may start."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from nearmiss.models.assessment import LEVELS
from nearmiss.policy.findings import spell_field
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.needs import judge_content, lacking
from nearmiss.policy.workflow import Needs
from tests.policy.builder import ESCALATED, GONE, RISKS, Edits, World, edited, near_miss, rules, transition_of

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")


@pytest.mark.parametrize("level", RISKS)
def test_whole_way(world: World, level: str) -> None:
    """A complete record of every level travels from report to verified, one signed step at a time."""
    case = world.case(level).travel(*FORWARD)

    assert case.state == "verified"
    assert case.steps == 4


def test_needs_of_a_level() -> None:
    """A level needs what it names and what the lower ones do; one that is unheard of needs everything."""
    needs = Needs.model_validate({"minimal": ["id"], "low": ["title"], "medium": ["lesson"], "high": ["report"]})

    assert [needs.at(level) for level in ("minimal", "medium", "high")] == [
        ("id",),
        ("id", "title", "lesson"),
        ("id", "title", "lesson", "report"),
    ]
    assert needs.at("unheard-of") == needs.at("high")


ALERT = {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}


def needed() -> Iterator[tuple[str, str, str]]:
    """Yield every field that the workflow of this repository requires, with its transition and lowest level."""
    for transition in rules()["workflow"]["transitions"]:
        for level, paths in transition.get("needs", {}).items():
            yield from ((transition["name"], level, path) for path in paths)


def spelled(path: str) -> str:
    """Spell a needed path as the edit that takes its value out; a list that must not be empty goes whole."""
    return path.removesuffix("[]").replace("[].", ".0.")


def missing_of(world: World, transition: str, level: str, edits: Edits) -> set[str]:
    """Return the required fields that a record of a level lacks for a transition."""
    found = world.newest.workflow.transition(transition)
    assert found is not None
    whole = near_miss(level, {**ESCALATED, "alert": ALERT, "lesson.status": "current", "assessment.level": level})
    context = StepContext(before=None, after=edited(whole, edits), transition=found, policy=world.newest)
    return {finding.field_name for finding in judge_content(context) if finding.code == "needs-field"}


@pytest.mark.parametrize("transition, level, path", [*needed()])
def test_needed_field(world: World, transition: str, level: str, path: str) -> None:
    """Each required field is missed at its level and at every deeper one, and not at the level above."""
    without = {spelled(path): GONE}
    name = path.removesuffix("[]").replace("[].", "[0].")
    at = LEVELS.index(level)

    assert missing_of(world, transition, level, {}) == set()
    assert all(missing_of(world, transition, deeper, without) == {name} for deeper in LEVELS[at:])
    assert all(missing_of(world, transition, shallower, without) == set() for shallower in LEVELS[:at])


@pytest.mark.parametrize("transition", [entry["name"] for entry in rules()["workflow"]["transitions"]])
def test_levels_add_up(world: World, transition: str) -> None:
    """A level needs all that the levels below it need, and more."""
    found = world.newest.workflow.transition(transition)
    assert found is not None
    needs = [found.needs.at(level) for level in LEVELS]

    assert all(set(less) <= set(more) for less, more in pairwise(needs))
    assert found.needs.at("unheard-of") == needs[-1]


def test_everything_missing_at_once(world: World) -> None:
    """A refusal lists all that is missing, each with its field and the command that mends it."""
    least: dict[str, Any] = {
        "assessment": {"decision": "near-miss", "classification": "safety", "level": "high"},
        "investigation": {"lead": "s.ito"},
        "root_cause": GONE,
        "action_plan": GONE,
        "progress": GONE,
    }

    findings = world.case(edits=least).propose("investigate").judge().findings

    missing = [finding for finding in findings if finding.code == "needs-field"]
    assert len(missing) >= 15
    assert all(finding.hint.startswith("nearmiss edit NM-2026-7Q4K2 --set ") for finding in missing)
    assert all(finding.path == "records/2026/11/NM-2026-7Q4K2.yaml" for finding in findings)


LACKING: list[tuple[Any, str, list[str]]] = [
    ({"a": {"b": 1}}, "a.b", []),
    ({"a": {"b": False}}, "a.b", []),
    ({"a": {}}, "a.b", ["a.b"]),
    ({}, "a.b", ["a.b"]),
    ({"a": "redacted"}, "a.b", ["a.b"]),
    ({"a": []}, "a[]", ["a"]),
    ({"a": [1]}, "a[]", []),
    ({"a": []}, "a[].b", ["a"]),
    ({"a": [{"b": 1}, {}]}, "a[].b", ["a[1].b"]),
    ({"a": [{"b": []}, {"b": [0]}]}, "a[].b[]", ["a[0].b"]),
]


@pytest.mark.parametrize("data, path, fields", LACKING)
def test_lacking(data: Any, path: str, fields: list[str]) -> None:
    """What a needed path does not find is told by its field, entry by entry."""
    assert [spell_field(way) for way in lacking(data, path)] == fields


@pytest.mark.parametrize(
    "transition, states",
    [(entry["name"], entry["from"]) for entry in rules()["workflow"]["transitions"]],
)
def test_starts_only_where_it_may(world: World, transition: str, states: list[str]) -> None:
    """A transition starts in the states that the workflow names, and in no other."""
    found = world.newest.workflow.transition(transition)
    assert found is not None

    for state in world.newest.workflow.states:
        targets = found.targets(state.state)
        assert bool(targets) is (state.state in states)
        if found.kind == "keep" and targets:
            assert targets == (state.state,)


def test_paths_forward(world: World) -> None:
    """The shortest way forward between two states is found, and none where there is none."""
    workflow = world.newest.workflow

    def names(start: str, goal: str) -> list[str] | None:
        path = workflow.forward_path(start, goal)
        return None if path is None else [transition.name for transition in path]

    assert names("reported", "verified") == list(FORWARD)
    assert names("reported", "reported") == []
    assert names("reported", "escalated") == ["escalate"]
    assert names("verified", "action") is None
    assert workflow.first_state == "reported"
    verified = workflow.state("verified")
    assert verified is not None
    assert verified.kind == "done"
    assert workflow.state("closed") is None
    assert workflow.transition("leap") is None


def test_transition_of_names_one(world: World) -> None:
    """No two transitions of the workflow have the same name."""
    names = [transition.name for transition in world.newest.workflow.transitions]

    assert len(names) == len(set(names))
    assert all(transition_of(rules(), name)["name"] == name for name in names)
