"""The exposure: hours worked, people employed and incidents with harm, by month, which rates are counted against."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nearmiss.models.values import Count, FormatVersion, Many, Month, Name, Part, Vocabulary

Hours = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Exposed(Part):
    """One month of one place: of an area, of a site, of an area at a site, or of everything where none is named."""

    month: Month = Field(description="The month that the numbers are of.", examples=["2026-11"])
    site: Annotated[Name, Vocabulary("site")] | None = Field(default=None, description="The site, if of one only.")
    area: Annotated[Name, Vocabulary("area")] | None = Field(default=None, description="The area, if of one only.")
    hours_worked: Hours | None = Field(default=None, description="Hours worked; absent while they are not known.")
    headcount: Count | None = Field(default=None, description="People employed on average.")
    incidents_with_harm: Count | None = Field(
        default=None, description="Incidents in which somebody or something was harmed; 0 only if that is known."
    )


class Exposure(Part):
    """`site/data/exposure.yaml`. Each entry is of other people than the others: none is a sum of some of them."""

    schema_: FormatVersion = Field(alias="schema", description="Version of this format.")
    exposure: Many[Exposed] = Field(description="One entry for each month and place.")
