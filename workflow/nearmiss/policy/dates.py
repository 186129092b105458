"""Dates: what has happened does not lie in the future. Dates only ever add refusals; none is a reason to accept."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.models.values import read_partial_date
from nearmiss.policy.dossier import values_at
from nearmiss.policy.findings import Finding, spell_field
from nearmiss.policy.plain import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from nearmiss.policy.notes import Notes

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


def judge_dates(data: Mapping[str, Any], today: date, notes: Notes | None = None) -> Iterator[Finding]:
    """Find dates of what has happened that lie in the future; parts without any by their notes are passed over."""
    unknown = data if notes is None else notes.unknown(("dates", today), by=True)
    for part, paths in _by_part().items():
        if part not in unknown:
            continue
        found = [finding for path in paths for finding in _in_future(data, path, today)]
        if notes is not None and not found:
            notes.of(part)["dates", today] = True
        yield from found


def _in_future(data: Mapping[str, Any], path: str, today: date) -> Iterator[Finding]:
    for way, value in values_at(data, path):
        span = read_partial_date(value) if isinstance(value, str) else None
        if span and span[0] > today + TIME_ZONES:
            yield Finding(
                code="date-in-future",
                message=f"{spell_field(way)} says {value}, which has not come yet: the clock here says {today}",
                hint="mend the date, or the clock",
                field=way,
            )


@lru_cache(maxsize=1)
def _by_part() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in HAPPENED:
        found.setdefault(steps_of(path)[0][0], []).append(path)
    return found
