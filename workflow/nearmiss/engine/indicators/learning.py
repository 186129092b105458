"""Indicators of learning: whether what was done helped, whether the same came back, and what had to be reopened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.indicators.cases import day_of
from nearmiss.engine.indicators.definition import Indicator
from nearmiss.engine.indicators.figures import Figure, Gathering
from nearmiss.engine.indicators.ground import WATCHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.indicators.cases import Case
    from nearmiss.engine.indicators.ground import Ground

FAMILY = "learning"


def _effectiveness(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in cases:
        for on, result in case.facts.checks:
            if not on:
                gathering.leave_out(case.id, "the day of the check is withheld")
            elif day_of(on) in ground.period:
                gathering.count(case.id, above=int(result == "effective"))
    return gathering.percent(why_not="no effect was checked in the period")


def repeats_of(cases: Iterable[Case]) -> Mapping[str, tuple[tuple[str, date], ...]]:
    """Return, by the record that is repeated, the repeats that name it, with the day of each; declined ones aside."""
    found: dict[str, list[tuple[str, date]]] = {}
    for case in cases:
        if case.reported is not None and case.state != "declined":
            for original in case.facts.repeat_of:
                found.setdefault(original, []).append((case.id, case.reported))
    return {original: tuple(repeats) for original, repeats in found.items()}


def _recurrence(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in cases:
        closings = [day for day in case.arrivals("done") if day + WATCHED >= ground.period.first]
        if closings:
            days = [day for _, day in ground.repeats.get(case.id, ()) if day in ground.period]
            came_back = any(closed < day <= closed + WATCHED for closed in closings for day in days)
            gathering.count(case.id, above=int(came_back))
    return gathering.percent(why_not="no record was verified in the period or in the 365 days before it")


def _reopened(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in cases:
        closed = [day for day in case.arrivals("done", "closed") if day in ground.period]
        if closed:
            gathering.count(case.id, above=int(case.was_reopened_after(closed[0])))
    return gathering.percent(why_not="no record was closed in the period")


INDICATORS = (
    Indicator(
        name="effectiveness",
        label="Effective",
        family=FAMILY,
        unit="percent",
        definition="Checks of the period that found the actions effective, among all checks made in it "
        "(`verification.checks`); partial, ineffective and not measurable ones count as checked.",
        above="checks with the result effective",
        below="checks",
        compute=_effectiveness,
    ),
    Indicator(
        name="recurrence",
        label="Came back",
        family=FAMILY,
        unit="percent",
        definition="Verified records of which a repeat was reported in the period, within 365 days after a closing "
        "(a `repeat-of` link in `report.links` of the repeat, unless that was declined), among all verified records "
        "whose 365 days reach into the period; some of them are still watched.",
        above="records with a repeat",
        below="verified records at risk",
        compute=_recurrence,
    ),
    Indicator(
        name="reopen_rate",
        label="Reopened",
        family=FAMILY,
        unit="percent",
        definition="Records that were reopened after they had been closed in the period, among all that were verified, "
        "declined or escalated in it, by their sign-offs.",
        above="records reopened since",
        below="records closed in the period",
        compute=_reopened,
    ),
)
"""The indicators of learning, in the order in which they are shown."""
