"""The risk matrix: severity and likelihood give a band, the band a floor for the level of investigation."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import Field

from nearmiss.models.assessment import Level
from nearmiss.models.values import FormatVersion, Labels, Line, Many, Name, Part


class Step(Part):
    """One step of a scale from 1 to 5."""

    value: Annotated[int, Field(ge=1, le=5)]
    label: Labels
    help: Labels | None = None


class Deadlines(Part):
    """Within how many days of the report each step is due for a record of this band."""

    investigate: Annotated[int, Field(ge=0)]
    root_cause: Annotated[int, Field(ge=0)]
    plan: Annotated[int, Field(ge=0)]


class Band(Part):
    """A band of risk: the least level of investigation it asks for, and its deadlines in days."""

    band: Name
    code: Line
    label: Labels
    floor: Level
    deadlines: Deadlines


class Risk(Part):
    """A 5 × 5 matrix. Both numbers are always kept: a matrix loses information (Cox, 2008)."""

    schema_: FormatVersion = Field(alias="schema")
    severity: Annotated[Many[Step], Field(min_length=5, max_length=5)]
    likelihood: Annotated[Many[Step], Field(min_length=5, max_length=5)]
    assess_within: Annotated[int, Field(ge=0)] = Field(description="Days within which a report is assessed.")
    bands: Annotated[Many[Band], Field(min_length=1)]
    matrix: dict[str, Annotated[Many[Line], Field(min_length=5, max_length=5)]] = Field(
        description='For each likelihood, "5" down to "1": the codes of the bands for severity 1 to 5.'
    )

    def band(self, severity: int, likelihood: int) -> Band:
        """Return the band of a severity potential and a likelihood, each from 1 to 5."""
        return self._by_code[self.matrix[str(likelihood)][severity - 1]]

    @cached_property
    def _by_code(self) -> dict[str, Band]:
        # Of a code that two bands have, the first counts.
        return {band.code: band for band in reversed(self.bands)}

    def rank(self, band: Band) -> int:
        """Return the place of a band, from 0 for the lowest."""
        return self.bands.index(band)
