"""The workflow as data: states, transitions, what each needs, seals and means, and who may sign it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from nearmiss.models.assessment import LEVELS
from nearmiss.models.values import FormatVersion, Labels, Many, Name, Part, Text

FieldPath = Annotated[str, Field(pattern=r"^[a-z_]+(\[\])?(\.[a-z_]+(\[\])?)*$")]
"""A way to values in a record: `action_plan.actions[].due` means that of every action, and that there is one."""


class State(Part):
    """A state of a record. Only records in an open state are worked on."""

    state: Name
    kind: Literal["open", "done", "closed"]
    label: Labels


class Role(Part):
    """A role that people can hold."""

    role: Name
    label: Labels
    help: Labels | None = None


class Needs(Part):
    """Required fields by level of investigation; each level needs also what the levels before it need."""

    minimal: Many[FieldPath] = ()
    low: Many[FieldPath] = ()
    medium: Many[FieldPath] = ()
    high: Many[FieldPath] = ()

    def at(self, level: str) -> tuple[str, ...]:
        """Return all that a level needs."""
        return self._by_level[level if level in LEVELS else LEVELS[-1]]

    # An audit asks it of every step.
    @cached_property
    def _by_level(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        needed: tuple[str, ...] = ()
        for level in LEVELS:
            needed = found[level] = (*needed, *getattr(self, level))
        return found


class Count(Part):
    """How many people must sign, by the band of the risk; `default` where there is no band yet."""

    default: Annotated[int, Field(ge=1, le=9)] = 1
    bands: dict[Name, Annotated[int, Field(ge=1, le=9)]] = Field(default_factory=dict)

    def at(self, band: str | None) -> int:
        """Return the number for a band."""
        return self.bands.get(band or "", self.default)


class MoreSigners(Part):
    """A circumstance, named by a guard, in which more people must sign, one in a given role, or with more certainty."""

    when: Name
    count: Annotated[int, Field(ge=1, le=9)] | None = None
    role: Name | None = None
    assurance: Literal["asserted", "forge", "signed"] | None = None


class NeverIf(Part):
    """People who must not sign in a circumstance that a guard names."""

    when: Name
    paths: Annotated[Many[FieldPath], Field(min_length=1)]


class Signers(Part):
    """Who may sign, how many, who may not, and how sure we must be that it was they."""

    roles: Annotated[Many[Name], Field(min_length=1)]
    count: Count = Count.model_construct()
    more: Many[MoreSigners] = ()
    never: Many[FieldPath] = Field(default=(), description="Record paths that hold the handles of who must not sign.")
    never_if: Many[NeverIf] = ()
    never_closers: bool = Field(default=False, description="Whoever signed the step that closed the record must not.")
    contributors: Literal["never", "allowed"] = "never"
    assurance: Literal["asserted", "forge", "signed"] = "asserted"


class Waivable(Part):
    """A rule that certain roles may waive for a step, saying why; every report counts it."""

    rule: Name
    by: Annotated[Many[Name], Field(min_length=1)]


class Transition(Part):
    """One move of the state machine.

    `kind` says what it does to the stack of steps in force: `forward` is pushed, `keep` renews seals and leaves the
    state, `back` takes steps off down to its target.
    """

    name: Name
    kind: Literal["forward", "keep", "back"]
    from_: Annotated[Many[Name], Field(min_length=1, alias="from")]
    to: Many[Name] = Field(default=(), description="The target; empty for `keep`, more than one where one may choose.")
    label: Labels
    seals: Many[FieldPath] = Field(default=(), description="Sections of the record, and `title`.")
    needs: Needs = Needs.model_construct()
    guards: Many[Name] = ()
    reason: Literal["required", "optional"] = "optional"
    signers: Signers
    waivable: Many[Waivable] = ()
    meaning: Text

    def targets(self, state: str) -> tuple[str, ...]:
        """Return the states to which this can take a record from a state; none where it does not start there."""
        if state not in self.from_:
            return ()
        return (state,) if self.kind == "keep" else tuple(target for target in self.to if target != state)


class Parameters(Part):
    """The figures and terms that guards read, so that no rule hides a constant of its own."""

    extent_classes: Many[Name] = Field(description="Classifications for which the extent must be checked.")
    people_category: Name = Field(description="The cause category that never stands alone at the root.")
    strong_control_severity: Annotated[int, Field(ge=1, le=5)] = Field(
        description="From this severity potential on, only administrative and PPE controls need a second signer, and "
        "the circumstance severe-potential is there."
    )
    risk_owner_bands: Many[Name] = Field(description="Bands in which accepting a risk needs a risk owner.")
    largest_actual_level: Annotated[int, Field(ge=0, le=5)] = Field(description="More actual harm is an incident.")


class PolicyChange(Part):
    """How the policy itself is changed: who signs a new version, under the old one."""

    signers: Signers
    waivable: Many[Waivable] = ()
    meaning: Text


class Workflow(Part):
    """The state machine."""

    schema_: FormatVersion = Field(alias="schema")
    states: Annotated[Many[State], Field(min_length=1)]
    roles: Annotated[Many[Role], Field(min_length=1)]
    transitions: Annotated[Many[Transition], Field(min_length=1)]
    policy_change: PolicyChange
    parameters: Parameters
    close_levels: Many[Name] = Field(description="Levels at which several forward steps may go in one request.")

    @property
    def first_state(self) -> str:
        """The state of a new record."""
        return self.states[0].state

    def state(self, name: str) -> State | None:
        """Return a state by name."""
        return self._states.get(name)

    def transition(self, name: str) -> Transition | None:
        """Return a transition by name."""
        return self._transitions.get(name)

    # Of a name that is given twice, the first counts.
    @cached_property
    def _states(self) -> dict[str, State]:
        return {state.state: state for state in reversed(self.states)}

    @cached_property
    def _transitions(self) -> dict[str, Transition]:
        return {transition.name: transition for transition in reversed(self.transitions)}

    @cached_property
    def barring_paths(self) -> dict[str, frozenset[str]]:
        """Each record path that keeps people from signing, with the states in which its section is sealed."""
        paths = {path for transition in self.transitions for path in transition.signers.never}
        return {path: self.sealed_states(path.split(".")[0]) for path in paths}

    def sealed_states(self, section: str) -> frozenset[str]:
        """Return the open states in which a section has been signed off: those from the step on that seals it."""
        ends = {state.state for state in self.states if state.kind == "closed"}
        forward = [step for step in self.transitions if step.kind == "forward" and step.to[0] not in ends]
        states = {step.to[0] for step in forward if section in step.seals}
        while more := {step.to[0] for step in forward if states.intersection(step.from_)} - states:
            states |= more
        return frozenset(states)

    def leaving(self, state: str) -> tuple[Transition, ...]:
        """Return the transitions that start in a state."""
        return tuple(transition for transition in self.transitions if state in transition.from_)

    def forward_path(self, start: str, goal: str) -> tuple[Transition, ...] | None:
        """Return the shortest run of forward transitions from one state to another, or None."""
        frontier: list[tuple[str, tuple[Transition, ...]]] = [(start, ())]
        seen = {start}
        for state, path in frontier:
            if state == goal:
                return path
            for transition in self.leaving(state):
                if transition.kind == "forward" and transition.to[0] not in seen:
                    seen.add(transition.to[0])
                    frontier.append((transition.to[0], (*path, transition)))
        return None
