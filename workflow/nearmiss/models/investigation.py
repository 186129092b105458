"""The investigation and the causes it finds: evidence, controls, similar cases, and a tree of causes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nearmiss.models.report import Attachment, Link
from nearmiss.models.values import Day, Handle, Line, LocalId, Many, Name, Part, RecordId, Text, Vocabulary


class Event(Part):
    """One entry of the timeline."""

    at: Line = Field(description="A time, a date or both, as precisely as it is known.", examples=["14:20"])
    event: Text


class Evidence(Part):
    """A piece of evidence: people, paper, electronic, physical or position (after IMO)."""

    id: LocalId
    kind: Annotated[Name, Vocabulary("evidence-kind")]
    what: Text
    link: Link | None = None


class Control(Part):
    """A control that should have prevented it, and how it stood."""

    control: Line
    state: Literal["present-worked", "present-failed", "absent", "bypassed"]
    note: Text | None = None


class Similar(Part):
    """The search for similar cases (ISO 9001 and ISO 45001 10.2), kept even when it found none."""

    searched: Line = Field(description="The words that were searched for.")
    found: Many[RecordId] = Field(description="Ids of similar records; an empty list says that none was found.")
    note: Text | None = None


class Investigation(Part):
    """What was found out, by whom, from which evidence."""

    lead: Handle | None = None
    team_roles: Many[Line] | None = Field(default=None, description="Roles that took part; no names.")
    worker_involved: bool | None = Field(default=None, description="Whether somebody who does this work took part.")
    timeline: Many[Event] | None = None
    evidence: Many[Evidence] | None = None
    controls: Many[Control] | None = None
    similar: Similar | None = None
    findings: Text | None = None
    attachments: Many[Attachment] | None = None


Disposition = Literal["act", "control-adequate", "accept-risk", "outside-our-control"]


class Cause(Part):
    """One cause of the tree: `explains` names the cause above it, `disposition` what follows from a root cause."""

    id: LocalId
    explains: LocalId | None = None
    level: Literal["immediate", "underlying", "root"]
    category: Annotated[Name, Vocabulary("cause-category")]
    statement: Text
    evidence: Many[LocalId] | None = None
    disposition: Disposition | None = None
    because: Text | None = Field(default=None, description="The reason of a disposition other than `act`.")
    review_on: Day | None = Field(default=None, description="When an accepted risk is looked at again.")


class RootCause(Part):
    """The analysis: a tree of causes by a named method, never a single line."""

    analyst: Handle | None = None
    method: Literal["five-whys", "ishikawa", "fault-tree", "barrier", "other"] | None = None
    causes: Many[Cause] | None = None
    attachments: Many[Attachment] | None = None
