"""What an indicator is: its name, its words, and how it is worked out, said once and in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nearmiss.engine.indicators.cases import Case
from nearmiss.engine.indicators.figures import Figure
from nearmiss.engine.indicators.ground import Ground

Compute = Callable[[Sequence[Case], Ground], Figure]

FAMILIES = {
    "reporting": "Reporting",
    "answering": "Answering and getting on",
    "acting": "Actions",
    "learning": "Did it help?",
}
"""The parts in which figures are shown, in their order."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One indicator. `unit` is one of number, percent, ratio, days, rate (per so many hours) and points.

    `definition` is one plain sentence that says where the figure comes from; `above` and `below` say what is counted
    over and under the line (for days: of what, and how many there are).
    """

    name: str
    label: str
    family: str
    unit: str
    definition: str
    above: str
    below: str
    compute: Compute
    not_by: frozenset[str] = frozenset()
    """Dimensions by which it makes no sense to tell it apart."""
