"""The record: one near miss from the first report to the published lesson."""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import Any

from pydantic import Field, create_model

from nearmiss.models.assessment import Assessment
from nearmiss.models.closing import Alert, Briefing, Correction, Escalation, Lesson, MeetingDecision, Verification
from nearmiss.models.investigation import Investigation, RootCause
from nearmiss.models.plan import ActionPlan, Progress
from nearmiss.models.report import Report
from nearmiss.models.values import FormatVersion, Line, Many, Name, Part, RecordId


class Record(Part):
    """A near miss. A section may be drafted at any time; what is required is required by the next transition."""

    schema_: FormatVersion = Field(alias="schema", description="Version of this format.")
    id: RecordId = Field(description="Made by `nearmiss report`; never changes and is never used again.")
    title: Line = Field(description="A short line that tells this near miss from others.")
    state: Name = Field(description="Where the record stands in the workflow; moved by `nearmiss advance`.")
    report: Report
    assessment: Assessment | None = None
    investigation: Investigation | None = None
    root_cause: RootCause | None = None
    action_plan: ActionPlan | None = None
    progress: Many[Progress] | None = None
    verification: Verification | None = None
    lesson: Lesson | None = None
    alert: Alert | None = None
    briefings: Many[Briefing] | None = None
    decisions: Many[MeetingDecision] | None = None
    escalation: Escalation | None = None
    corrections: Many[Correction] | None = None


@lru_cache(maxsize=1)
def required_parts() -> frozenset[str]:
    """Return the keys that every record has."""
    return frozenset(field.alias or name for name, field in Record.model_fields.items() if field.is_required())


@lru_cache(maxsize=1)
def any_parts() -> type[Part]:
    """Return a model of some parts of a record, whichever they are; each is what it must be in a record."""
    fields: dict[str, Any] = {}
    for name, field in Record.model_fields.items():
        fields[name] = (field.annotation, copy(field))
        fields[name][1].default = None
    return create_model("AnyParts", __base__=Part, **fields)
