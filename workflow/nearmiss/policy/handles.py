"""Which fields of a record name people, and that these are people of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.values import REDACTED
from nearmiss.policy.deadlines import owner_of
from nearmiss.policy.dossier import listed, values_at
from nearmiss.policy.findings import Field, Finding
from nearmiss.policy.plain import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.models.people import People
    from nearmiss.policy.notes import Notes

HANDLES = (
    "report.reporter.person",
    "assessment.assessed_by",
    "assessment.extent.by",
    "investigation.lead",
    "root_cause.analyst",
    "progress[].by",
    "verification.implemented.by",
    "verification.checks[].by",
    "briefings[].by",
)
"""The paths of fields that hold a handle, besides the owners of actions."""

FORMER = ("report.clarifications[].by", "action_plan.actions[].previous_owners")
"""The paths of those who said something once, or had to do it once: the record is not theirs for that."""

_BY_PART = tuple((steps_of(path)[0][0], path) for path in HANDLES)
_FORMER_BY_PART = tuple((steps_of(path)[0][0], path) for path in FORMER)

NAMING = frozenset({"action_plan", *(part for part, _ in _BY_PART)})
"""The parts in which they lie."""


def people_named(data: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    """Yield every handle that a record names, with the way to it; a withheld one names nobody."""
    for part, path in _BY_PART:
        if part in data:
            yield from ((way, str(value)) for way, value in values_at(data, path) if value != REDACTED)
    for place, action in enumerate(listed(data, "action_plan", "actions")):
        owner = owner_of(action)
        if owner and owner != REDACTED:
            yield ("action_plan", "actions", place, "owner"), owner


def _people_written(data: Mapping[str, Any]) -> Iterator[tuple[Field, str]]:
    """Yield every handle that stands in a record, in whatever part somebody once had in it."""
    yield from people_named(data)
    for part, path in _FORMER_BY_PART:
        for way, value in values_at(data, path) if part in data else ():
            yield from ((way, str(one)) for one in (value if isinstance(value, list) else [value]) if one != REDACTED)


def judge_people(
    before: Mapping[str, Any], after: Mapping[str, Any], people: People, notes: Notes | None = None
) -> Iterator[Finding]:
    """Find handles that a change puts anew and that are nobody's."""
    if notes is not None and _are_known(after, people, notes):
        return
    known = {person.handle for person in people.people} | {handle for _, handle in _people_written(before)}
    for way, handle in _people_written(after):
        if handle not in known:
            yield Finding(
                code="person-unknown",
                message=f"{handle} is nobody in people.yaml",
                hint="mend the handle, or add the person as a policy change",
                field=way,
            )


def _are_known(data: Mapping[str, Any], people: People, notes: Notes) -> bool:
    """Say whether everybody whom a record names is one of the people."""
    strange = [part for part in notes.unknown("people", by=people) if part in NAMING]
    if not strange:
        return True
    named = _people_written({part: data[part] for part in strange})
    if any(people.find(handle) is None for _, handle in named):
        return False
    for part in strange:
        notes.of(part)["people"] = people
    return True
