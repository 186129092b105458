"""What closes a near miss: verification, the lesson, an early alert, briefings, decisions and corrections."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from nearmiss.models.report import Attachment
from nearmiss.models.values import Count, Day, Handle, Line, Many, Name, Part, RecordId, Scale, Text, Vocabulary


class Implemented(Part):
    """That the actions were carried out: the first of two facts with two dates."""

    by: Handle
    on: Day
    evidence: Text


class Check(Part):
    """That they worked: the second fact. Checks are only ever added."""

    on: Day
    by: Handle
    result: Literal["effective", "partial", "ineffective", "not-measurable"]
    measured: Text | None = None
    because: Text | None = None
    substitute: Text | None = Field(
        default=None, description="What was checked instead, where the effect has no measure."
    )
    attachments: Many[Attachment] | None = None


class Residual(Part):
    """The risk that remains."""

    severity_potential: Scale
    likelihood: Scale


class Trained(Part):
    """Who was trained, as roles and a number."""

    what: Line
    roles: Many[Line] | None = None
    count: Count | None = None
    ref: Line | None = None


class Verification(Part):
    """Carried out, and effective: two facts, two dates, and not by those who did the work."""

    implemented: Implemented | None = None
    checks: Many[Check] | None = None
    residual: Residual | None = None
    updated_documents: Many[Line] | None = None
    trained: Many[Trained] | None = None
    attachments: Many[Attachment] | None = None


class Release(Part):
    """Who may read the lesson."""

    to: Literal["all-staff", "site", "team", "nobody"]
    because: Text | None = Field(default=None, description="The reason where it is nobody.")
    not_before: Day | None = None


class Lesson(Part):
    """What was learned, for everybody: the weakness uncovered, what changed, and what the reader should do."""

    headline: Line | None = Field(default=None, description="What a colleague should remember.")
    vulnerability: Text | None = Field(default=None, description="What weakness it uncovered.")
    change: Text | None = Field(default=None, description="What changed, and how it is expected to help.")
    do_this: Text | None = Field(default=None, description="What the reader should do tomorrow.")
    applies_to: Many[Line] | None = None
    release: Release | None = None
    review_on: Day | None = None
    status: Literal["current", "amended", "superseded", "withdrawn"] | None = None
    superseded_by: RecordId | None = None
    attachments: Many[Attachment] | None = None


class Alert(Part):
    """An early warning before the cause is known; published as provisional once signed off."""

    headline: Line
    do_this: Text
    until: Day


class Briefing(Part):
    """Who was told: a number, no names."""

    on: Day
    area: Annotated[Name, Vocabulary("area")] | None = None
    by: Handle | None = None
    attended: Count | None = None


class MeetingDecision(Part):
    """What a meeting decided about the case."""

    on: Day
    body: Line
    decided: Text


class Escalation(Part):
    """That it was, or became, an incident, and where that is handled."""

    incident_ref: Line
    on: Day | None = None
    because: Text | None = None


class Correction(Part):
    """A visible mending of one field: what it said, what it says now, and why."""

    field: Line
    was: Any = None
    now: Any = None
    because: Text
    on: Day
