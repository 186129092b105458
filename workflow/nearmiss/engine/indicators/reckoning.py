"""Reckoning: all figures of a register as of a day, for the whole of it and for its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.cases import Case
from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.ground import DIMENSIONS, Ground, Group, Period
from nearmiss.engine.indicators.learning import repeats_of
from nearmiss.engine.indicators.tables import TABLES

if TYPE_CHECKING:
    from datetime import date

    from nearmiss.engine.indicators.figures import Figure, Table
    from nearmiss.engine.indicators.reading import Known

Figures = Mapping[str, "Figure"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """The figures of the records with one term of a dimension."""

    group: Group
    label: str
    figures: Figures


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    """All figures as of a day: by name for the whole register, then tables, then the parts that were asked for.

    `records` is how many there are; `left_out` are ids that no figure knows, each with the reason.
    """

    day: date
    commit: str
    period: Period
    factor: int
    records: int
    figures: Figures
    tables: tuple[Table, ...]
    parts: tuple[Part, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    is_public: bool = False


def settle(known: Known, day: date) -> list[Case]:
    """Return the cases of a day: what had been reported by it."""
    cases = (Case(facts, day, known.kinds, known.first_state) for facts in known.facts.values())
    return [case for case in cases if case.exists]


def settle_again(known: Known, then: Known, day: date, cases: Sequence[Case]) -> list[Case]:
    """Return the cases of a day as they are known by now; what is as it was `then` is that case, worked out already."""
    is_alike = (known.kinds, known.first_state) == (then.kinds, then.first_state)
    same = {case.id: case for case in cases} if is_alike else {}
    found = (
        same[facts.id]
        if facts.id in same and then.facts[facts.id] is facts
        else Case(facts, day, known.kinds, known.first_state, facts.id in then.facts)
        for facts in known.facts.values()
    )
    return [case for case in found if case.exists]


def ground_of(known: Known, period: Period, cases: Sequence[Case]) -> Ground:
    """Return what figures of a period are computed from, besides the cases."""
    return Ground(
        period=period,
        kinds=known.kinds,
        first_state=known.first_state,
        factor=known.factor,
        areas=known.areas,
        exposure=known.exposure,
        labels=known.labels,
        repeats=repeats_of(cases),
    )


def figures_of(cases: Sequence[Case], ground: Ground) -> Figures:
    """Work out every indicator."""
    dimension = ground.group.dimension if ground.group else ""
    return {one.name: one.compute(cases, ground) for one in INDICATORS if dimension not in one.not_by}


def reckon(known: Known, period: Period, *, by: str = "") -> Reckoned:
    """Work out everything as of the last day of a period, `by` a dimension where one is named."""
    cases = settle(known, period.last)
    ground = ground_of(known, period, cases)
    return Reckoned(
        day=period.last,
        commit=known.commit,
        period=period,
        factor=known.factor,
        records=len(cases),
        figures=figures_of(cases, ground),
        tables=tuple(table(cases, ground) for table in TABLES),
        parts=tuple(_parts(cases, ground, known, by)) if by else (),
        left_out=_left_out(known, cases),
        notes=(known.exposure_fault,) if known.exposure_fault else (),
    )


def _left_out(known: Known, cases: Sequence[Case]) -> dict[str, str]:
    """No figure knows what cannot be read, nor a report of a day that has not come."""
    counted = {case.id for case in cases}
    later = {record: "reported on a later day" for record in known.facts if record not in counted}
    return dict(sorted((later | dict.fromkeys(known.unreadable, "it cannot be read, see nearmiss check")).items()))


def _parts(cases: Sequence[Case], ground: Ground, known: Known, by: str) -> list[Part]:
    """Return the parts in the order of the vocabulary; then come words that are none of it, and what was given none."""
    vocabulary = DIMENSIONS[by]
    used = {getattr(case.facts, by) for case in cases}
    listed = [term for term in known.terms[vocabulary] if term in used]
    order = [*listed, *sorted(used.difference(listed, [""])), *used.intersection([""])]
    parts = []
    for term in order:
        group = Group(dimension=by, term=term)
        held = [case for case in cases if group.holds(case)]
        figures = figures_of(held, replace(ground, group=group, gathered={}))
        parts.append(Part(group=group, label=ground.label(vocabulary, term), figures=figures))
    return parts
