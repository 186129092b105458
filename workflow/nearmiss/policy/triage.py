"""Who may read reports that wait in the intake: those who may sign a record's first step, within their scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.policy.roles import roles_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.models.people import Person
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition


def triage_roles(policy: PolicyVersion) -> frozenset[str]:
    """Return the roles that sign the first step on from the first state, the investigation."""
    return frozenset(role for step in _first_steps(policy) for role in step.signers.roles)


def may_triage(policy: PolicyVersion, person: Person, report: Mapping[str, Any]) -> bool:
    """Say whether a person may read a report that waits, with its messages and contact, and decide what becomes of it.

    A report has no class yet, so a role that is limited to classes does not reach it; one that says no site or area is
    for those whose role is limited to none. Services and people who are not active may never.
    """
    if not person.is_active or person.kind != "person":
        return False
    return not roles_for(policy.people, person, {"report": dict(report)}).isdisjoint(triage_roles(policy))


def may_triage_anything(policy: PolicyVersion, person: Person) -> bool:
    """Say whether there is any place whose reports a person may read while they wait."""
    if not person.is_active or person.kind != "person":
        return False
    wanted = triage_roles(policy)
    return any(grant.role in wanted and grant.classes is None for grant in policy.people.grants_of(person))


def _first_steps(policy: PolicyVersion) -> list[Transition]:
    workflow = policy.workflow
    open_states = {state.state for state in workflow.states if state.kind == "open"}
    leaving = [step for step in workflow.leaving(workflow.first_state) if step.kind == "forward"]
    return [step for step in leaving if open_states.intersection(step.to)]
