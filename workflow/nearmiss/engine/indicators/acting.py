"""Indicators of action: whether what was promised is done, when, how often it was put off, and how strong it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.indicators.cases import day_of
from nearmiss.engine.indicators.definition import Indicator
from nearmiss.engine.indicators.figures import Figure, Gathering

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.indicators.cases import Case, Work
    from nearmiss.engine.indicators.ground import Ground

FAMILY = "acting"
STRENGTH: Mapping[str, int] = {
    "elimination": 3,
    "substitution": 3,
    "engineering": 2,
    "administrative": 1,
    "ppe": 1,
}
"""The points of a control after the action hierarchy of RCA² (IHI, 2015): 3 stronger, 2 intermediate, 1 weaker.

RCA² counts an engineering control as stronger where it forces the right thing. A record does not tell forcing functions
from others, so all of them are intermediate here, and the index never flatters.
"""


def _due(cases: Sequence[Case], ground: Ground) -> Iterator[tuple[Case, Work, date | None]]:
    """Yield the actions that were first due in the period and on a day that is over; None where that is withheld."""
    for case in cases:
        for work in case.work:
            due = day_of(work.fact.due_original)
            if work.status != "cancelled" and (due is None or (due in ground.period and due < ground.period.last)):
                yield case, work, due


def _overdue(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in cases:
        for work in case.work:
            due = day_of(work.fact.due)
            if not work.is_open:
                continue
            if due is None:
                gathering.leave_out(case.id, "an action has no due date that is told")
            else:
                gathering.count(case.id, above=int(due < ground.period.last))
    return gathering.percent(why_not="no action is open")


def _on_time(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case, work, due in _due(cases, ground):
        if due is None:
            gathering.leave_out(case.id, "an action has no due date that is told")
        else:
            gathering.count(case.id, above=int(work.done_on is not None and work.done_on <= due))
    return gathering.percent(why_not="no action was first due in the period")


def _extensions(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case, work, due in _due(cases, ground):
        if due is None:
            gathering.leave_out(case.id, "an action has no due date that is told")
        else:
            gathering.count(case.id, above=work.fact.extensions)
    return gathering.ratio(why_not="no action was first due in the period")


def _strength(cases: Sequence[Case], ground: Ground) -> Figure:
    gathering = Gathering()
    for case in cases:
        if case.planned is None or case.planned not in ground.period:
            continue
        for work in case.work:
            if work.status != "cancelled":
                gathering.count(case.id, above=STRENGTH[work.fact.control])
    return gathering.ratio(why_not="no plan came into force in the period")


INDICATORS = (
    Indicator(
        name="overdue",
        label="Overdue actions",
        family=FAMILY,
        unit="percent",
        definition="Open actions whose due date, extensions included, has passed (`action_plan.actions[].due`), among "
        "all open actions of plans that were ever signed off.",
        above="open actions past their due date",
        below="open actions",
        compute=_overdue,
    ),
    Indicator(
        name="on_time",
        label="Done on time",
        family=FAMILY,
        unit="percent",
        definition="Actions done by their original due date (`due_original`, and the day of `done` in `progress`), "
        "among those whose original due date passed in the period and that were not cancelled.",
        above="actions done by the original due date",
        below="actions due in the period",
        compute=_on_time,
    ),
    Indicator(
        name="extensions_per_action",
        label="Extensions per action",
        family=FAMILY,
        unit="ratio",
        definition="How often due dates were put off (`action_plan.actions[].extensions`), divided by the actions "
        "whose original due date passed in the period and that were not cancelled.",
        above="extensions",
        below="actions due in the period",
        compute=_extensions,
    ),
    Indicator(
        name="action_strength",
        label="Strength of actions",
        family=FAMILY,
        unit="points",
        definition="The mean points of the actions of plans first signed off in the period, cancelled ones aside, "
        "after the action hierarchy of RCA²: elimination and substitution are stronger (3), engineering is "
        "intermediate (2), administrative and protective equipment are weaker (1) (`action_plan.actions[].control`).",
        above="points",
        below="actions",
        compute=_strength,
    ),
)
"""The indicators of action, in the order in which they are shown."""
