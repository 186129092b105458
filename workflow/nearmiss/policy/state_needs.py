"""What a record must hold in each state, whatever its level: the least that every way to that state needs."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.policy.findings import Finding, spell_field
from nearmiss.policy.needs import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.policy.workflow import Workflow


def judge_needs_of_state(data: Mapping[str, Any], workflow: Workflow) -> Iterator[Finding]:
    """Find what a record lacks that no record in its state may lack; the code is `missing-for-state`.

    `data` is structurally sound. `workflow` is that of the policy version by which the record came to its state: a
    rule that is newer than the step does not reach back.
    """
    state = str(data["state"])
    for path in _needs(_Itself(workflow)).get(state, ()):
        for way in lacking(data, path):
            yield Finding(
                code="missing-for-state",
                message=f"{spell_field(way)} is missing, and a record that is {state} has it",
                hint=f"nearmiss edit {data['id']} --set {spell_field(way)}=…, or put the state back as it was",
                field=way,
            )


class _Itself:
    """A workflow as a key: itself, not what it says, since comparing two of them takes longer than what is cached."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow

    def __eq__(self, other: object) -> bool:
        """Say whether it is the same object."""
        return isinstance(other, _Itself) and self.workflow is other.workflow

    def __hash__(self) -> int:
        """Return the identity."""
        return id(self.workflow)


@lru_cache(maxsize=32)
def _needs(of: _Itself) -> dict[str, tuple[str, ...]]:
    return needs_by_state(of.workflow)


def needs_by_state(workflow: Workflow) -> dict[str, tuple[str, ...]]:
    """Return for each state the field paths that every way of forward transitions to it needs at the least level.

    A record may come to a state by more than one way (declined at once, or after an investigation), so only what all
    of them need can be asked of whatever is in that state. States that no forward transition reaches need nothing.
    """
    needs: dict[str, tuple[str, ...]] = {workflow.first_state: ()}
    settled = False
    # Each round can only take needs away, so it comes to an end.
    while not settled:
        before = dict(needs)
        for source, target, own in _moves(workflow):
            if source in needs:
                found = tuple(dict.fromkeys((*needs[source], *own)))
                needs[target] = tuple(path for path in needs.get(target, found) if path in found)
        settled = needs == before
    return {state.state: needs.get(state.state, ()) for state in workflow.states}


def _moves(workflow: Workflow) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for transition in workflow.transitions:
        if transition.kind == "forward":
            for source in transition.from_:
                for target in transition.to:
                    yield source, target, transition.needs.minimal
