"""Every indicator equals what SQL over the exported JSON lines says, for the whole register and for each part."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.figures import Figure
from nearmiss.engine.indicators.ground import Period
from nearmiss.engine.indicators.reckoning import Figures, reckon
from nearmiss.models.exposure import Exposed
from tests.indicators.generated import LAST, Lot, drawn, exported
from tests.indicators.queries import Oracle, Rows, read_queries

PERIOD = Period(first=date(2025, 8, 10), last=LAST)
WHOLE_MONTHS = tuple(f"{2025 + (month > 12)}-{(month - 1) % 12 + 1:02d}" for month in range(9, 19))
EXPOSURE = tuple(
    Exposed(month=month, hours_worked=40_000 + number, headcount=300 + number, incidents_with_harm=number % 3)
    for number, month in enumerate(WHOLE_MONTHS)
)
TIMES = {"near_miss_frequency": 200_000, "near_miss_to_incident": 1, "extensions_per_action": 1, "action_strength": 1}
TIMES |= {"reports_per_100_people": 100 * len(WHOLE_MONTHS)}
WITH_INCIDENTS = frozenset({"near_miss_to_incident", "near_miss_share"})
AGAINST_EXPOSURE = WITH_INCIDENTS | {"near_miss_frequency", "reports_per_100_people"}


@contextmanager
def oracle_of(lines: list[str], whole: list[str], areas: frozenset[str]) -> Iterator[Oracle]:
    """Put lines into a database with the period and the exposure of these tests."""
    numbers = [(one.month, one.hours_worked or 0, one.headcount or 0, one.incidents_with_harm or 0) for one in EXPOSURE]
    rows = Rows(first=str(PERIOD.first), last=str(PERIOD.last), exposure=tuple(numbers), areas=tuple(areas))
    oracle = Oracle(lines, whole, rows)
    try:
        yield oracle
    finally:
        oracle.close()


def hold(name: str, figure: Figure, oracle: Oracle) -> None:
    """Hold one figure against its query."""
    duration = name.removesuffix("_p90")
    if ("days", duration) in oracle.queries:
        days = oracle.days(duration)
        assert figure.denominator == len(days), name
        ninth = days[math.ceil(len(days) * 9 / 10) - 1] if days else None
        middle = statistics.median(days) if days else None
        assert figure.value == (middle if name == duration else ninth), name
    elif ("below", name) not in oracle.queries:
        assert figure.value == figure.numerator == oracle.number("above", name), name
    else:
        above, below = oracle.number("above", name), oracle.number("below", name)
        if below:
            assert (figure.numerator, figure.denominator) == (above, below), name
        worth = pytest.approx(above / below * TIMES.get(name, 100), abs=1e-4) if below else None
        assert figure.value == worth, name


def hold_all(figures: Figures, oracle: Oracle) -> int:
    """Hold all figures against their queries; return how many have a value."""
    for name, figure in figures.items():
        hold(name, figure, oracle)
    return sum(figure.value is not None for figure in figures.values())


def test_every_indicator_has_its_query() -> None:
    """No indicator is without its query, nor a query without its indicator."""
    named = {name for kind, name in read_queries() if kind in {"days", "above"}}
    assert named == {one.name.removesuffix("_p90") for one in INDICATORS}


@pytest.mark.parametrize("seed", [1, 20261122, 77])
def test_figures_are_what_sql_says(seed: int) -> None:
    """Three hundred records drawn by lot: each figure of the whole, and each table, is equal."""
    lot = Lot(seed)
    dossiers = lot.dossiers(300)
    lines, known = exported(lot, dossiers), drawn(lot, dossiers, EXPOSURE)
    reckoned = reckon(known, PERIOD)

    with oracle_of(lines, lines, known.areas) as oracle:
        assert hold_all(reckoned.figures, oracle) == len(INDICATORS)
        for table in reckoned.tables:
            assert {row.key: row.number for row in table.rows if row.number} == oracle.table(table.name), table.name
    assert sum(bool(one.left_out) for one in reckoned.figures.values()) > 5


@pytest.mark.parametrize(
    "by, way, without",
    [
        ("site", ("report", "site"), AGAINST_EXPOSURE),
        ("area", ("report", "process_area"), AGAINST_EXPOSURE),
        ("classification", ("assessment", "classification"), WITH_INCIDENTS),
    ],
)
def test_figures_of_each_part_are_what_sql_says(by: str, way: tuple[str, str], without: frozenset[str]) -> None:
    """Each part is the register of its records alone, but for repeats, which may come from anywhere.

    The exposure is of the whole here, so rates by site and area have no value; a class is counted against all hours.
    """
    lot = Lot(4711)
    dossiers = lot.dossiers(250)
    lines, known = exported(lot, dossiers), drawn(lot, dossiers, EXPOSURE)
    reckoned = reckon(known, PERIOD, by=by)

    held = 0
    for part in reckoned.parts:
        mine = [line for line in lines if _said(json.loads(line)["record"], way) == part.group.term]
        assert {part.figures[name].value for name in without} == {None}
        figures = {name: figure for name, figure in part.figures.items() if name not in without}
        with oracle_of(mine, lines, known.areas) as oracle:
            held += hold_all(figures, oracle)
    assert held > 20 * len(reckoned.parts)
    assert sum(part.figures["reports"].value or 0 for part in reckoned.parts) == reckoned.figures["reports"].value


def _said(record: dict[str, Any], way: tuple[str, str]) -> str:
    return str(record.get(way[0], {}).get(way[1], ""))
