"""What every record in a state holds: told from the ways that lead there, whatever their order, and found once."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.policy import state_needs
from nearmiss.policy.state_needs import judge_needs_of_state, needs_by_state
from nearmiss.policy.workflow import Workflow
from tests.policy.builder import DECLINED, ESCALATED, World, near_miss, rules

STATES = ("reported", "investigated", "root-caused", "action", "verified", "declined", "escalated", "unheard-of")


def workflow(**changed: Any) -> Workflow:
    """Return the workflow of this repository with some of its parts replaced."""
    return Workflow.model_validate({**rules()["workflow"], **changed})


@pytest.mark.parametrize("state", STATES)
def test_a_whole_record_has_what_its_state_needs(world: World, state: str) -> None:
    """A record with everything lacks nothing, in any state, nor in one that the workflow does not know."""
    record = near_miss("high", {**DECLINED, **ESCALATED, "state": state})

    assert list(judge_needs_of_state(record, world.newest.workflow)) == []


def test_the_order_of_transitions_does_not_matter() -> None:
    """What a state needs follows from all ways to it, in whichever order they are written."""
    backwards = workflow(transitions=rules()["workflow"]["transitions"][::-1])

    found, usual = needs_by_state(backwards), needs_by_state(workflow())

    assert {state: set(needs) for state, needs in found.items()} == {
        state: set(needs) for state, needs in usual.items()
    }


def test_a_state_without_a_way_needs_nothing() -> None:
    """A state to which no transition leads asks for nothing."""
    parked = {"state": "parked", "kind": "open", "label": {"en": "Parked"}}

    assert needs_by_state(workflow(states=[*rules()["workflow"]["states"], parked]))["parked"] == ()


def test_needs_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For ten thousand records under one workflow its ways are followed once, and again for another workflow."""
    asked: list[Workflow] = []

    def find(of: Workflow) -> dict[str, tuple[str, ...]]:
        asked.append(of)
        return needs_by_state(of)

    monkeypatch.setattr(state_needs, "needs_by_state", find)
    one, other = workflow(), workflow()

    for of in (one, one, other, one, other):
        list(judge_needs_of_state(near_miss(), of))

    assert [id(of) for of in asked] == [id(one), id(other)]
