"""The tables beside the figures: records by state, reports by month, the age of open work, the causes by their kind."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.figures import DIGITS, HUNDRED, Row, Table, tabulate
from nearmiss.engine.indicators.reporting import accepted, reported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.indicators.cases import Case
    from nearmiss.engine.indicators.ground import Ground

AGES = ((30, "up to 30 days"), (90, "31 to 90 days"), (180, "91 to 180 days"), (365, "181 to 365 days"))
OLDER, UNTOLD = "more than 365 days", "Day of the report not known"


def by_state(cases: Sequence[Case], ground: Ground) -> Table:
    """Return how many records are in each state."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        found[case.state].append(case.id)
    table = tabulate(
        "records_by_state",
        "Records by state",
        "All records by the state that their sign-offs leave them in, whenever they were reported.",
        counts="records",
        rows=[(state, ground.label("state", state), found[state]) for state in ground.kinds],
    )
    return replace(table, groups=open_and_closed(ground.kinds))


def open_and_closed(kinds: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the states in which there is work left, and the others: how many are open in all is told too."""
    is_open = frozenset(state for state, kind in kinds.items() if kind == "open")
    return is_open, frozenset(kinds) - is_open


def by_month(cases: Sequence[Case], ground: Ground) -> Table:
    """Return how many reports came in each month of the period."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in reported(cases, ground):
        found[case.facts.reported_on[:7]].append(case.id)
    return tabulate(
        "reports_by_month",
        "Reports by month",
        "Reports of the period by the month of `report.reported_on`.",
        counts="reports",
        rows=[(month, month, found[month]) for month in ground.period.months()],
    )


def by_age(cases: Sequence[Case], ground: Ground) -> Table:
    """Return how old the open records are."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in cases:
        if case.kind == "open":
            found[_age(case, ground)].append(case.id)
    names = [*(words for _, words in AGES), OLDER, UNTOLD]
    return tabulate(
        "open_by_age",
        "Open records by age",
        "All records in an open state by the days since the report.",
        counts="open records",
        rows=[(words, words, found[words]) for words in names],
    )


def _age(case: Case, ground: Ground) -> str:
    if case.reported_exactly is None:
        return UNTOLD
    days = (ground.period.last - case.reported_exactly).days
    return next((words for most, words in AGES if days <= most), OLDER)


def by_cause(cases: Sequence[Case], ground: Ground) -> Table:
    """Return the root causes by their kind, the most frequent first, each with the share that all so far make up."""
    found: dict[str, list[str]] = defaultdict(list)
    for case in accepted(cases, ground):
        if case.has_signed_causes:
            for category in case.facts.root_causes:
                found[category].append(case.id)
    known = {term: found[term] for vocabulary, term in ground.labels if vocabulary == "cause-category"} | found
    order = sorted(known, key=lambda category: (-len(known[category]), category))
    table = tabulate(
        "causes",
        "Root causes by kind (Pareto)",
        "Causes of the level root (`root_cause.causes`) in near misses that were reported in the period and whose "
        "causes were signed off, the most frequent kind first; the last column adds the shares up.",
        counts="root causes",
        rows=[(category, ground.label("cause-category", category), known[category]) for category in order],
    )
    return replace(table, cumulative=True, rows=cumulated(table))


def cumulated(table: Table) -> tuple[Row, ...]:
    """Return the rows of a table with the share of all up to and with each."""
    rows, so_far = [], 0
    for row in table.rows:
        so_far += row.number
        rows.append(replace(row, so_far=round(HUNDRED * so_far / table.total, DIGITS) if table.total else None))
    return tuple(rows)


TABLES = (by_state, by_month, by_age, by_cause)
"""All tables, in the order in which they are shown."""
