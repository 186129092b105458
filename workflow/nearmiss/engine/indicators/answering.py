"""Indicators of answering: how soon the reporter hears back, how long each state takes, how old open work is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.indicators.definition import Compute, Indicator
from nearmiss.engine.indicators.figures import MEDIAN, P90, Figure, Gathering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from nearmiss.engine.indicators.cases import Case
    from nearmiss.engine.indicators.ground import Ground

FAMILY = "answering"
UNKNOWN_START = "the day of the report is not known"
NEGATIVE = "it ends before it begins"


def _feedback(cases: Sequence[Case], ground: Ground) -> Gathering:
    gathering = Gathering()
    for case in cases:
        if case.feedback is not None and case.feedback in ground.period:
            _took(gathering, case, case.feedback)
    return gathering


def _took(gathering: Gathering, case: Case, until: date) -> None:
    """Count the days from the report to some day."""
    if case.reported_exactly is None:
        gathering.leave_out(case.id, UNKNOWN_START)
    else:
        gathering.took(case.id, (until - case.reported_exactly).days, fault=NEGATIVE)


def _first_close(cases: Sequence[Case], ground: Ground) -> Gathering:
    gathering = Gathering()
    for case in cases:
        closed = case.arrivals("done")
        if closed and closed[0] in ground.period:
            _took(gathering, case, closed[0])
    return gathering


def _last_close(cases: Sequence[Case], ground: Ground) -> Gathering:
    gathering = Gathering()
    for case in cases:
        closed = case.arrivals("done")
        if case.kind == "done" and closed and closed[-1] in ground.period:
            _took(gathering, case, closed[-1])
    return gathering


def _open_age(cases: Sequence[Case], ground: Ground) -> Gathering:
    gathering = Gathering()
    for case in cases:
        if case.kind == "open":
            _took(gathering, case, ground.period.last)
    return gathering


def _time_in(state: str) -> Callable[[Sequence[Case], Ground], Gathering]:
    def gather(cases: Sequence[Case], ground: Ground) -> Gathering:
        gathering = Gathering()
        for case in cases:
            for stay in case.stays:
                if stay.state != state or stay.until is None or stay.until not in ground.period:
                    continue
                if stay.since is None:
                    gathering.leave_out(case.id, UNKNOWN_START)
                else:
                    gathering.took(case.id, (stay.until - stay.since).days, fault=NEGATIVE)
        return gathering

    return gather


def _quantile(name: str, gather: Callable[[Sequence[Case], Ground], Gathering], share: float, why_not: str) -> Compute:
    def compute(cases: Sequence[Case], ground: Ground) -> Figure:
        if name not in ground.gathered:
            ground.gathered[name] = gather(cases, ground)
        return ground.gathered[name].quantile(share, why_not=why_not)

    return compute


def _both(
    name: str,
    label: str,
    gather: Callable[[Sequence[Case], Ground], Gathering],
    *,
    definition: str,
    above: str,
    below: str,
    why_not: str,
) -> tuple[Indicator, Indicator]:
    """Return the median of some durations and their 90 % point, which are two indicators with one population."""
    middle = Indicator(
        name=name,
        label=f"{label}, median",
        family=FAMILY,
        unit="days",
        definition=f"The median of the days {definition}.",
        above=above,
        below=below,
        compute=_quantile(name, gather, MEDIAN, why_not),
    )
    most = Indicator(
        name=f"{name}_p90",
        label=f"{label}, 90 %",
        family=FAMILY,
        unit="days",
        definition=f"The smallest number of days that nine of ten do not exceed, {definition}.",
        above=above,
        below=below,
        compute=_quantile(name, gather, P90, why_not),
    )
    return middle, most


STATES = {
    "reported": "Reported",
    "investigated": "Investigated",
    "root-caused": "Root-caused",
    "action": "Action",
}
"""The open states, by their labels here."""

INDICATORS = (
    *_both(
        "time_to_first_feedback",
        "To the first answer",
        _feedback,
        definition="from the report to the first answer to the reporter: the assessment that has a reply "
        "(`assessment.assessed_on`), or the first step that was signed on it; of answers given in the period",
        above="days from report to answer",
        below="reports answered",
        why_not="no report was answered in the period",
    ),
    *(
        indicator
        for state, label in STATES.items()
        for indicator in _both(
            f"time_in_{state.replace('-', '_')}",
            f"In state {label.lower()}",
            _time_in(state),
            definition=f"that records spent in the state `{state}` before they left it in the period, each stay for "
            "itself, by the dates of the sign-offs"
            + (", the first from the day of the report" if state == "reported" else ""),
            above=f"days in {state}",
            below="stays that ended",
            why_not="no record left this state in the period",
        )
    ),
    *_both(
        "time_to_first_close",
        "To the first closing",
        _first_close,
        definition="from the report to the first sign-off that it is verified, of records first verified in the period",
        above="days from report to first closing",
        below="records first verified",
        why_not="no record was verified for the first time in the period",
    ),
    *_both(
        "time_to_last_close",
        "To the closing that holds",
        _last_close,
        definition="from the report to the sign-off by which it is verified now, of records whose last closing lies "
        "in the period; one that was reopened since is not among them",
        above="days from report to last closing",
        below="records verified",
        why_not="no record came to be verified in the period",
    ),
    *_both(
        "open_age",
        "Age of open records",
        _open_age,
        definition="since the report (`report.reported_on`), of all records in an open state, whenever they were "
        "reported",
        above="days since the report",
        below="open records",
        why_not="no record is open",
    ),
)
"""The indicators of answering, in the order in which they are shown."""
