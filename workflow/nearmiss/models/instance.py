"""The instance: the identity of one register, and the bad merges that were repaired in sight of everybody."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from nearmiss.models.values import Day, FormatVersion, Many, Name, Part, Text

Uuid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", max_length=36)
]
CommitId = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
"""A whole object id, SHA-1 or SHA-256: a shortened one could come to mean two commits."""


class Instance(Part):
    """`workflow/policy/instance.yaml`: what tells this register from its forks and from every other plant's."""

    schema_: FormatVersion = Field(alias="schema", description="Version of this format.")
    instance: Uuid = Field(
        description="Made by `nearmiss init`, never changed: every sign-off names it, so that none can be replayed.",
        examples=["6f1c2d9e-0b7a-4c35-9a41-5d2f8e7b6c10"],
    )


class WaivedFinding(Part):
    """One finding of the audit that is known and was repaired. It never makes a missing sign-off count."""

    commit: CommitId = Field(description="The whole id of the commit on the main branch that the audit names.")
    code: Name = Field(description="The code of the finding.", examples=["sign-off-tampered"])
    because: Text = Field(description="What happened, and how it was repaired.")
    on: Day = Field(description="When it was looked at.")


class Waivers(Part):
    """`workflow/policy/waivers.yaml`: bad merges that a policy change lets stand, each with its reason."""

    schema_: FormatVersion = Field(alias="schema", description="Version of this format.")
    waivers: Many[WaivedFinding]
