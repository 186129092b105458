"""Indicators of reporting: how many near misses come in, from where, how fast, and against how much work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.indicators.definition import Indicator
from nearmiss.engine.indicators.exposed import add_up
from nearmiss.engine.indicators.figures import HUNDRED, MEDIAN, P90, Figure, Gathering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.indicators.cases import Case
    from nearmiss.engine.indicators.ground import Ground

FAMILY = "reporting"
HIGH_POTENTIAL = 4
"""The severity potential from which on a near miss is one of high potential (major and catastrophic)."""
NO_REPORTS = "nothing was reported in the period"
NO_NEAR_MISSES = "no near miss was accepted in the period"


def reported(cases: Sequence[Case], ground: Ground) -> Iterator[Case]:
    """Yield the cases that were reported in the period."""
    return (case for case in cases if case.reported in ground.period)


def accepted(cases: Sequence[Case], ground: Ground) -> Iterator[Case]:
    """Yield the near misses of the period: those that were accepted as such."""
    return (case for case in reported(cases, ground) if case.is_accepted)


def _reports(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in reported(cases, ground):
        gathering.count(case.id, above=1, below=0)
    return gathering.number()


def _near_misses(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in accepted(cases, ground):
        gathering.count(case.id, above=1, below=0)
    return gathering.number()


def _in_whole_months(cases: Sequence[Case], ground: Ground) -> Gathering:
    months = set(ground.period.whole_months())
    gathering = Gathering()
    for case in accepted(cases, ground):
        if case.facts.reported_on[:7] in months:
            gathering.count(case.id, above=1, below=0)
    return gathering


def _frequency(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering, hours = _in_whole_months(cases, ground), add_up(ground, "hours_worked")
    if hours.total is None:
        return gathering.none(hours.why_not)
    return gathering.ratio(times=ground.factor, below=hours.total, why_not="no hours were worked")


def _to_incident(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering, incidents = _in_whole_months(cases, ground), add_up(ground, "incidents_with_harm")
    if incidents.total is None:
        return gathering.none(incidents.why_not)
    return gathering.ratio(below=incidents.total, why_not="there was no incident with harm")


def _share(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering, incidents = _in_whole_months(cases, ground), add_up(ground, "incidents_with_harm")
    if incidents.total is None:
        return gathering.none(incidents.why_not)
    total = sum(one.above for one in gathering.counted) + incidents.total
    return gathering.ratio(times=HUNDRED, below=total, why_not="there was neither a near miss nor an incident")


def _per_hundred_people(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering, months = Gathering(), set(ground.period.whole_months())
    for case in reported(cases, ground):
        if case.facts.reported_on[:7] in months:
            gathering.count(case.id, above=1, below=0)
    people = add_up(ground, "headcount")
    if people.total is None:
        return gathering.none(people.why_not)
    # The sum over months is of person-months; so many months make the mean number of people.
    return gathering.ratio(times=HUNDRED * len(people.months), below=people.total, why_not="nobody was employed")


def _lags(cases: Sequence[Case], ground: Ground) -> Gathering:
    gathering = Gathering()
    for case in reported(cases, ground):
        happened, told = case.occurred, case.reported_exactly
        if happened is None or told is None:
            gathering.leave_out(case.id, "the day of the event or of the report is not known")
        else:
            gathering.took(case.id, (told - happened).days, fault="reported before it happened")
    return gathering


def _lag(cases: Sequence[Case], ground: Ground) -> Figure:
    return _lags(cases, ground).quantile(MEDIAN, why_not="of no report are both days known")


def _lag_p90(cases: Sequence[Case], ground: Ground) -> Figure:
    return _lags(cases, ground).quantile(P90, why_not="of no report are both days known")


def _anonymous(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in reported(cases, ground):
        if case.facts.mode == "external":
            gathering.leave_out(case.id, "imported from another system")
        else:
            gathering.count(case.id, above=int(case.facts.mode == "anonymous"))
    return gathering.percent(why_not=NO_REPORTS)


def _areas(cases: Sequence[Case], ground: Ground) -> Figure:
    """Each area counts once, however many of its records count for it."""
    gathering, seen = Gathering(), set()
    for case in reported(cases, ground):
        area = case.facts.area
        if area not in ground.areas:
            gathering.leave_out(case.id, "the area is not given, or is retired")
        else:
            gathering.count(case.id, above=1, below=0)
            seen.add(area)
    return gathering.ratio(
        times=HUNDRED, above=len(seen), below=len(ground.areas), why_not="the vocabulary has no area"
    )


def _high_potential(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in accepted(cases, ground):
        if case.facts.severity:
            gathering.count(case.id, above=int(case.facts.severity >= HIGH_POTENTIAL))
        else:
            gathering.leave_out(case.id, "the severity potential is not assessed")
    return gathering.percent(why_not=NO_NEAR_MISSES)


WHOLE_MONTHS = "in the whole months of the period"

INDICATORS = (
    Indicator(
        name="reports",
        label="Reports",
        family=FAMILY,
        unit="number",
        definition="Everything that was reported in the period, whatever became of it (`report.reported_on`).",
        above="reports",
        below="",
        compute=_reports,
    ),
    Indicator(
        name="near_misses",
        label="Near misses",
        family=FAMILY,
        unit="number",
        definition="Reports of the period that triage decided to be near misses (`assessment.decision`), and that were "
        "neither declined nor escalated.",
        above="accepted near misses",
        below="",
        compute=_near_misses,
    ),
    Indicator(
        name="near_miss_frequency",
        label="Near-miss frequency",
        family=FAMILY,
        unit="rate",
        definition=f"Accepted near misses reported {WHOLE_MONTHS}, times `indicator_factor` of the settings, divided "
        "by the hours worked in them (`site/data/exposure.yaml`).",
        above="accepted near misses",
        below="hours worked",
        compute=_frequency,
    ),
    Indicator(
        name="near_miss_to_incident",
        label="Near misses to one incident",
        family=FAMILY,
        unit="ratio",
        definition=f"Accepted near misses reported {WHOLE_MONTHS}, divided by the incidents with harm in them "
        "(`site/data/exposure.yaml`); a measured ratio, never a target or a forecast.",
        above="accepted near misses",
        below="incidents with harm",
        compute=_to_incident,
    ),
    Indicator(
        name="near_miss_share",
        label="Near misses among all events",
        family=FAMILY,
        unit="percent",
        definition=f"Accepted near misses reported {WHOLE_MONTHS}, as a share of these and the incidents with harm "
        "together (`site/data/exposure.yaml`).",
        above="accepted near misses",
        below="near misses and incidents with harm",
        compute=_share,
    ),
    Indicator(
        name="reports_per_100_people",
        label="Reports per 100 people",
        family=FAMILY,
        unit="ratio",
        definition=f"Reports {WHOLE_MONTHS}, times 100 and the number of these months, divided by the sum of the "
        "monthly headcounts (`site/data/exposure.yaml`).",
        above="reports",
        below="months of people",
        compute=_per_hundred_people,
    ),
    Indicator(
        name="high_potential_share",
        label="High potential",
        family=FAMILY,
        unit="percent",
        definition="Near misses of the period with a severity potential of 4 or 5 (`assessment.severity_potential`), "
        "among those that have one.",
        above="near misses of severity 4 or 5",
        below="near misses with a severity potential",
        compute=_high_potential,
    ),
    Indicator(
        name="anonymous_share",
        label="Reported without a name",
        family=FAMILY,
        unit="percent",
        definition="Reports of the period whose reporter stays anonymous (`report.reporter.mode`), among all that "
        "people made here; imported ones are left out.",
        above="anonymous reports",
        below="reports made here",
        compute=_anonymous,
    ),
    Indicator(
        name="areas_reporting",
        label="Areas that report",
        family=FAMILY,
        unit="percent",
        definition="Areas from which at least one report came in the period (`report.process_area`), among all areas "
        "of the vocabulary that are not retired.",
        above="areas with a report",
        below="areas",
        compute=_areas,
        not_by=frozenset({"area"}),
    ),
    Indicator(
        name="report_lag",
        label="From event to report, median",
        family=FAMILY,
        unit="days",
        definition="The median of the days from the event (`report.occurred_on`) to the report "
        "(`report.reported_on`), of the reports of the period whose two dates are known to the day.",
        above="days from event to report",
        below="reports with both days",
        compute=_lag,
    ),
    Indicator(
        name="report_lag_p90",
        label="From event to report, 90 %",
        family=FAMILY,
        unit="days",
        definition="The number of days in which nine of ten reports of the period were made after the event; dates as "
        "for the median.",
        above="days from event to report",
        below="reports with both days",
        compute=_lag_p90,
    ),
)
"""The indicators of reporting, in the order in which they are shown."""
