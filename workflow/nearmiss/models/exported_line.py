"""The line of an export: one record with its steps, as `nearmiss export` hands it to other programs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema

from nearmiss.models.record import Record
from nearmiss.models.values import FormatVersion, Handle, Instant, Line, Many, Name, Part, RecordId

Number = Annotated[int, Field(ge=1, le=9999)]
Arrival = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?)?$", max_length=20)
]


class ExportedSigner(Part):
    """Who approved a step."""

    by: Handle
    role: Name
    at: Instant = Field(description="When, by the signer's own clock.")
    assurance: Literal["asserted", "forge", "signed"] = Field(description="How sure it is who that was.")


class ExportedStep(Part):
    """A step that the record took, complete with its signatures."""

    seq: Number
    transition: Name
    from_: Name = Field(alias="from")
    to: Name
    in_force: bool = Field(description="False for a step that a later one took back, and for steps back themselves.")
    signed_at: Instant = Field(description="The last approval.")
    signers: Many[ExportedSigner]
    policy_version: Number = Field(description="The version of the policy that judged it.")


class ExportedLine(Part):
    """A record as it is exported to the team. A public export has schema, id, and of the record what may be shown."""

    schema_: FormatVersion = Field(alias="schema", description="Version of this form; keys are only ever added.")
    id: RecordId
    path: Line = Field(description="Where the record lies in the repository.")
    state: Name
    record: Annotated[Record, WithJsonSchema({"type": "object"})] = Field(
        description="The record as it was read, with nothing added and nothing taken away."
    )
    steps: Many[ExportedStep]
    first_on_main: Arrival | None = Field(
        default=None,
        description="When the main branch first held it: an instant in UTC, a day for a confidential report, a month "
        "for an anonymous one; absent where a clone without the whole history cannot tell.",
    )
