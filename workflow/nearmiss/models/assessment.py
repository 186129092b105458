"""The assessment: what triage decides about a report, with both numbers of the risk kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nearmiss.models.report import Attachment
from nearmiss.models.values import (
    ActualLevel,
    Day,
    Handle,
    Line,
    Many,
    Name,
    Part,
    PartialDate,
    RecordId,
    Scale,
    Text,
    Vocabulary,
)

Decision = Literal[
    "near-miss",
    "incident",
    "hazard",
    "routine-variation",
    "hypothetical",
    "duplicate",
    "insufficient",
    "other-process",
]
Level = Literal["minimal", "low", "medium", "high"]
LEVELS: tuple[Level, ...] = ("minimal", "low", "medium", "high")
"""How deep an investigation goes (after HSE, HSG245), from the least to the most."""


class Detected(Part):
    """How it was caught (after ASRS): who or what noticed, and when."""

    by: Annotated[Name, Vocabulary("detector")] | None = None
    when: Annotated[Name, Vocabulary("detected-when")] | None = None


class Actual(Part):
    """What did happen, from 0 nothing to 5: more than 1 (a pause, an alarm, rework) is not a near miss."""

    level: ActualLevel
    what: Text | None = None


class Extent(Part):
    """Whether the same got through elsewhere (required for quality and security)."""

    checked: Text = Field(description="What was looked at: batches, doors, accounts, …")
    result: Literal["none-affected", "affected-contained", "affected", "unknown"]
    by: Handle | None = None
    on: Day | None = None


class Referral(Part):
    """Where a concern went that another process takes up."""

    to: Annotated[Name, Vocabulary("referral")]
    ref: Line | None = None
    on: Day | None = None


class Assessment(Part):
    """Triage: near miss or not, how bad it could have been, how deep to go, and a reply to the reporter."""

    decision: Decision | None = None
    reason: Text | None = Field(default=None, description="Why it was decided so.")
    classification: Annotated[Name, Vocabulary("classification")] | None = None
    hazard: Annotated[Name, Vocabulary("hazard")] | None = None
    shift: Annotated[Name, Vocabulary("shift")] | None = None
    crew: Line | None = None
    detected: Detected | None = None
    actual: Actual | None = None
    extent: Extent | None = None
    severity_potential: Scale | None = Field(default=None, description="1 negligible … 5 catastrophic.")
    likelihood: Scale | None = Field(
        default=None, description="1 rare … 5 almost certain: of this happening again with that consequence."
    )
    level: Level | None = Field(default=None, description="How deep to go; at or above the floor of the risk band.")
    duplicate_of: RecordId | None = Field(default=None, description="The record that this report is joined with.")
    referred: Many[Referral] | None = None
    reply: Text | None = Field(default=None, description="One to three sentences to the reporter and to staff.")
    assessed_by: Handle | None = None
    assessed_on: PartialDate | None = None
    attachments: Many[Attachment] | None = None
