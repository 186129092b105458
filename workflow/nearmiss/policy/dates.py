"""Dates: what has happened does not lie in the future. Dates only ever add refusals; none is a reason to accept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nearmiss.models.values import read_partial_date
from nearmiss.policy.dossier import values_at
from nearmiss.policy.findings import Finding, spell_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

HAPPENED = (
    "report.reported_on",
    "report.occurred_on",
    "report.clarifications[].on",
    "assessment.assessed_on",
    "assessment.extent.on",
    "progress[].on",
    "verification.implemented.on",
    "verification.checks[].on",
    "briefings[].on",
    "decisions[].on",
    "escalation.on",
    "corrections[].on",
)
"""The fields that tell when something was done or happened."""

TIME_ZONES = timedelta(days=1)
"""Somewhere on earth it may be tomorrow already."""


def judge_dates(data: Mapping[str, Any], today: date) -> Iterator[Finding]:
    """Find dates of what has happened that lie in the future."""
    for path in HAPPENED:
        for way, value in values_at(data, path):
            span = read_partial_date(value) if isinstance(value, str) else None
            if span and span[0] > today + TIME_ZONES:
                yield Finding(
                    code="date-in-future",
                    message=f"{spell_field(way)} says {value}, which has not come yet: the clock here says {today}",
                    hint="mend the date, or the clock",
                    field=way,
                )
