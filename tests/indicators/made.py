"""Records made for figures: short ways to say what matters, with everything else left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from nearmiss.engine.indicators.cases import Case
from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.facts import ActionFact, Facts, StepFact
from nearmiss.engine.indicators.figures import Figure
from nearmiss.engine.indicators.ground import Ground, Period
from nearmiss.engine.indicators.learning import repeats_of
from nearmiss.engine.indicators.reading import Known
from nearmiss.models.exposure import Exposed

KINDS = {
    "reported": "open",
    "investigated": "open",
    "root-caused": "open",
    "action": "open",
    "verified": "done",
    "declined": "closed",
    "escalated": "closed",
}
STEPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "investigate": ("forward", ("title", "report", "assessment", "investigation")),
    "find-root-cause": ("forward", ("root_cause",)),
    "plan-action": ("forward", ("action_plan",)),
    "amend-plan": ("keep", ("action_plan",)),
    "verify": ("forward", ("progress", "verification", "lesson")),
    "decline": ("forward", ("title", "report", "assessment")),
    "escalate": ("forward", ("escalation",)),
    "reassess": ("keep", ("assessment",)),
    "correct": ("keep", ("report", "corrections")),
    "send-back": ("back", ()),
    "reopen": ("back", ()),
}
"""Kind and seals of each transition."""
TO = {
    "investigate": "investigated",
    "find-root-cause": "root-caused",
    "plan-action": "action",
    "verify": "verified",
    "decline": "declined",
    "escalate": "escalated",
}
LAST = date(2026, 6, 30)
YEAR = Period(first=date(2025, 7, 1), last=LAST)
AREAS = frozenset({"shipping", "storage", "waste", "offices"})

Day = str


def steps(*taken: str) -> tuple[StepFact, ...]:
    """Return steps from texts such as `investigate 2026-03-04` or `reopen>investigated 2026-05-01`."""
    made, state = [], "reported"
    for text in taken:
        words, day = text.split()
        name, _, target = words.partition(">")
        kind, seals = STEPS[name]
        to = state if kind == "keep" else target or TO[name]
        made.append(StepFact(transition=name, kind=kind, from_=state, to=to, at=f"{day}T10:00:00Z", seals=seals))
        state = to
    return tuple(made)


def action(
    name: str = "A1", *, due: Day = "", first: Day = "", control: str = "engineering", put_off: int = 0
) -> ActionFact:
    """Return an action; `first` is its original due date, where it was put off."""
    return ActionFact(id=name, control=control, due_original=first or due, due=due, extensions=put_off)


def facts(id_: str = "NM-2026-AAAAA", reported: Day = "2026-03-01", taken: Iterable[str] = (), **more: Any) -> Facts:
    """Return a record's facts: accepted as a near miss on the day after, unless something else is said."""
    way = steps(*taken)
    given: dict[str, Any] = {
        "id": id_,
        "state": way[-1].to if way else "reported",
        "reported_on": reported,
        "occurred_on": "",
        "site": "plant-1",
        "area": "shipping",
        "classification": "safety",
        "mode": "named",
        "decision": "near-miss",
        "severity": 2,
        "assessed_on": "",
        "has_reply": False,
        "root_causes": (),
        "actions": (),
        "progress": (),
        "checks": (),
        "steps": way,
        "repeat_of": (),
    }
    return Facts(**given | more)


def cases(*all_facts: Facts, day: date = LAST) -> list[Case]:
    """Return the cases of a day."""
    made = (Case(one, day, KINDS, "reported") for one in all_facts)
    return [case for case in made if case.exists]


def ground(of: Sequence[Case] = (), *, period: Period = YEAR, exposure: Sequence[Exposed] = (), **more: Any) -> Ground:
    """Return the ground of some cases."""
    given: dict[str, Any] = {
        "period": period,
        "kinds": KINDS,
        "first_state": "reported",
        "factor": 200_000,
        "areas": AREAS,
        "exposure": tuple(exposure),
        "labels": {("cause-category", name): name.title() for name in ("people", "machine", "method")},
        "repeats": repeats_of(of),
    }
    return Ground(**given | more)


def figure(
    name: str, *all_facts: Facts, period: Period = YEAR, exposure: Sequence[Exposed] = (), **more: Any
) -> Figure:
    """Work out one indicator of some records."""
    made = cases(*all_facts, day=period.last)
    indicator = next(one for one in INDICATORS if one.name == name)
    return indicator.compute(made, ground(made, period=period, exposure=exposure, **more))


def hours(*months: tuple[str, int], **place: str) -> list[Exposed]:
    """Return the exposure of some months: hours worked, with a hundred people and one incident in each."""
    return [Exposed(month=m, hours_worked=h, headcount=100, incidents_with_harm=1, **place) for m, h in months]


def a_year_of(amount: int, **place: str) -> list[Exposed]:
    """Return the same exposure for each month of the usual period."""
    return hours(*((month, amount) for month in YEAR.months()), **place)


def known(*all_facts: Facts, **more: Any) -> Known:
    """Return what a commit knows."""
    given: dict[str, Any] = {
        "commit": "c" * 40,
        "facts": {one.id: one for one in all_facts},
        "unreadable": (),
        "kinds": KINDS,
        "first_state": "reported",
        "factor": 200_000,
        "areas": AREAS,
        "restricted": frozenset(),
        "labels": {},
        "terms": {
            "site": ("plant-1", "plant-2"),
            "area": tuple(sorted(AREAS)),
            "classification": ("safety", "quality", "security"),
            "cause-category": ("people", "machine", "method"),
        },
        "exposure": (),
    }
    return Known(**given | more)


def ids(number: int, *, letter: str = "A") -> list[str]:
    """Return so many ids of records."""
    return [f"NM-2026-{letter}{place:04d}" for place in range(number)]
