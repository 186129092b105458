"""The rules of the intake: languages, modes, batches, what a person confirms, how long what is private is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nearmiss.models.values import FormatVersion, Labels, Language, Many, Name, Part
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.policy.version import PolicyVersion

Days = Annotated[int, Field(ge=0, le=3660)]
PerMinute = Annotated[int, Field(ge=1, le=1_000_000)]


Mode = Literal["confidential", "anonymous", "named"]
"""How a reporter is known: to the team's private store only, to nobody, or by name."""


class Batching(Part):
    """When reports without a name are committed together, so that neither time nor order tells whose they are."""

    every_days: Annotated[int, Field(ge=1, le=31)] = Field(default=1, description="So often a batch is looked for.")
    at_least: Annotated[int, Field(ge=1, le=100)] = Field(
        default=3, description="So many reports make a batch: one among fewer could be guessed."
    )
    wait_at_most_days: Days = Field(
        default=7, description="After so many days a report is committed even if fewer than that have come."
    )


class Alarming(Part):
    """Who is told at once, with area and hazard only, when something is not safe."""

    roles: Many[Name] = Field(default=("area-manager",), description="Roles whose holders answer for a place.")


class Limits(Part):
    """How much is taken, of everybody together: nothing is counted by person or address."""

    reports_per_minute: PerMinute = Field(default=30_000, description="Reports taken in a minute.")
    tries_per_minute: PerMinute = Field(default=60, description="Wrong keys that are looked at in a minute.")
    largest_request_bytes: Annotated[int, Field(ge=65_536, le=104_857_600)] = Field(
        default=26_214_400, description="Bytes of the largest request, files included."
    )
    files: Annotated[int, Field(ge=0, le=20)] = Field(default=5, description="Files that a report may carry.")


class DiscardReason(Part):
    """Why a report may be discarded before it becomes a record."""

    reason: Name = Field(description="How it is written in the count.")
    label: Labels = Field(description="What people read.")


class IntakeRules(Part):
    """`workflow/policy/intake.yaml`. No step is judged by it, so it is in no policy version; a request changes it."""

    schema_: FormatVersion = Field(alias="schema", default=1, description="Version of this format.")
    languages: Annotated[Many[Language], Field(min_length=1)] = Field(
        default=("en", "de", "es", "pl"),
        description="Languages in which people may report. A page speaks the one that the browser asks for, "
        "else that of the settings, else the first.",
    )
    modes: Annotated[Many[Mode], Field(min_length=1)] = Field(
        default=("confidential", "anonymous", "named"), description="Ways to report, in the order of the form."
    )
    batch: Batching = Batching()
    confirm: Literal["always", "when-marked"] = Field(
        default="always", description="Whether a person reads every report, or only what may tell who somebody is."
    )
    contact_kept_days: Days = Field(
        default=180, description="How long the contact of a reporter is kept after the record is closed."
    )
    contact_kept_at_most_days: Annotated[int, Field(ge=1, le=3660)] = Field(
        default=730, description="How long it is kept at the latest, closed or not."
    )
    alarm: Alarming = Alarming()
    limits: Limits = Limits()
    discard_reasons: Annotated[Many[DiscardReason], Field(min_length=1)] = Field(
        default=(
            DiscardReason(reason="spam", label={"en": "Spam", "de": "Unerwünschte Werbung"}),
            DiscardReason(reason="test", label={"en": "A test of the form", "de": "Probe des Formulars"}),
            DiscardReason(
                reason="nothing-said", label={"en": "Nothing that could be understood", "de": "Nichts Verständliches"}
            ),
            DiscardReason(reason="sent-twice", label={"en": "Sent twice", "de": "Doppelt gesendet"}),
        ),
        description="Why a report may be discarded; each is counted by month.",
    )


def judge_intake_rules(rules: IntakeRules, policy: PolicyVersion) -> Iterator[Finding]:
    """Judge what the rules of the intake say of the register: roles that nobody can have."""
    roles = {role.role for role in policy.workflow.roles}
    for place, role in enumerate(rules.alarm.roles):
        if role not in roles:
            hint = f"roles that workflow.yaml knows: {', '.join(sorted(roles))}"
            message = f"the role {role} is not known"
            yield Finding(code="policy-name-unknown", message=message, hint=hint, field=("alarm", "roles", place))
