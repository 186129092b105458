"""The action plan and its progress: what is done about each root cause, by whom, until when, and how it is judged."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from nearmiss.models.report import Attachment, Link
from nearmiss.models.values import Day, Handle, Line, LocalId, Many, Name, Part, Text

ControlKind = Literal["elimination", "substitution", "engineering", "administrative", "ppe"]
HIERARCHY_OF_CONTROLS: tuple[ControlKind, ...] = (
    "elimination",
    "substitution",
    "engineering",
    "administrative",
    "ppe",
)
"""The hierarchy of controls (ISO 45001 8.1.2), strongest first."""
WEAK_CONTROLS = frozenset({"administrative", "ppe"})


class ExternalOwner(Part):
    """An owner outside the organisation, and the person inside who answers for them."""

    external: Line
    sponsor: Handle


# Pydantic puts these into the place of an error; with a blank they are no key that data could have.
_PERSON, _OUTSIDER = "a person", "an outsider"


def _kind_of_owner(owner: Any) -> str:
    return _PERSON if isinstance(owner, str) else _OUTSIDER


Owner = Annotated[
    Annotated[Handle, Tag(_PERSON)] | Annotated[ExternalOwner, Tag(_OUTSIDER)], Discriminator(_kind_of_owner)
]


class Extension(Part):
    """One postponement of a due date. The first due date is kept for ever."""

    from_: Day = Field(alias="from")
    to: Day
    because: Text


class Action(Part):
    """One action: which causes it addresses, how strong a control it is, and when it counts as done."""

    id: LocalId
    addresses: Many[LocalId]
    kind: Literal["immediate", "corrective", "preventive", "improvement"]
    control: ControlKind
    what: Text
    owner: Owner | None = None
    previous_owners: Many[Handle] | None = Field(default=None, description="Everybody who owned it before.")
    due: Day | None = None
    due_original: Day | None = None
    extensions: Many[Extension] | None = None
    acceptance: Text | None = Field(default=None, description="What must be so for it to count as done.")
    side_effects: Text | None = Field(default=None, description="What the change itself could make worse.")
    links: Many[Link] | None = None


class Effectiveness(Part):
    """How it will be judged whether the actions worked; fixed before the work."""

    method: Literal["measure", "observe", "test", "audit", "sample", "other"] | None = None
    metric: Line | None = None
    baseline: Line | None = None
    target: Line | None = None
    check_on: Day | None = None
    checker_role: Name | None = None


class ActionPlan(Part):
    """The actions and the measure of their effect."""

    actions: Many[Action] | None = None
    effectiveness: Effectiveness | None = None
    attachments: Many[Attachment] | None = None


class Progress(Part):
    """One report on an action. The latest entry of an action tells its status."""

    action: LocalId
    status: Literal["open", "in-progress", "done", "cancelled"]
    on: Day
    by: Handle | None = None
    evidence: Text | None = None
    because: Text | None = Field(default=None, description="Why it was cancelled or opened again.")
    attachments: Many[Attachment] | None = None
