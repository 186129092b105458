"""The count of discarded reports: how many of a month never became a record, and why; nothing of what they said."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nearmiss.models.values import FormatVersion, Many, Month, Name, Part


class DiscardedCount(Part):
    """How many reports of one month were discarded for one reason."""

    month: Month = Field(description="The month in which they were discarded.", examples=["2026-11"])
    reason: Name = Field(description="Why, as the rules of the intake call it.", examples=["spam"])
    count: Annotated[int, Field(ge=1, le=1_000_000)] = Field(description="How many.")


class Discarded(Part):
    """`site/data/discarded.yaml`, written by the intake: each month and reason stands in it once."""

    schema_: FormatVersion = Field(alias="schema", description="Version of this format.")
    discarded: Many[DiscardedCount] = Field(description="One entry for each month and reason.")
