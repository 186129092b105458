"""The open work in public: right, and never about a handful of people."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from nearmiss.engine.indicators.open_work import OpenWork, count_open_work
from nearmiss.engine.records.summaries import Summary
from tests.indicators.made import KINDS

TODAY = date(2026, 6, 30)
EMPTY: dict[str, Any] = dict.fromkeys(Summary._fields, "")


def summary(state: str = "reported", *, due: str = "", **more: Any) -> Summary:
    """Return the summary of a record; `due` is the day of the next thing."""
    given = EMPTY | {"state": state, "reported_on": "2026-06-20", "area": "shipping", "classification": "safety"}
    return Summary(**given | {"due": (("assess", due, ""),) if due else ()} | more)


def count(*summaries: Summary, restricted: frozenset[str] = frozenset()) -> OpenWork:
    """Count the open work of some records."""
    return count_open_work(summaries, kinds=KINDS, restricted=restricted, today=TODAY)


def test_open_records_are_counted_by_state_age_and_area() -> None:
    """Eleven open ones, five of them late, in two areas: a number stands where no few are told."""
    late = [summary(due="2026-06-01", reported_on="2026-01-05") for _ in range(5)]
    work = count(
        *late, *(summary("action", due="2026-07-10", area="waste") for _ in range(6)), *[summary("verified")] * 9
    )
    assert (work.total, work.overdue) == (11, 5)
    assert {one.key: (one.number, one.shown) for one in work.by_state} == {
        "reported": (None, "not shown"),
        "investigated": (None, "fewer than 5"),
        "root-caused": (None, "fewer than 5"),
        "action": (6, ""),
    }
    assert {one.key: one.number for one in work.by_age if one.number} == {"up to 30 days": 6}
    assert [(one.area, one.number, one.overdue) for one in work.by_area] == [("waste", 6, 0), ("shipping", 5, 5)]


def test_restricted_classes_are_not_counted() -> None:
    """A security report is not there."""
    work = count(*[summary()] * 6, *[summary(classification="security")] * 7, restricted=frozenset({"security"}))
    assert work.total == 6


@pytest.mark.parametrize("number, closed, shown", [(0, 9, 0), (4, 9, None), (5, 9, 5), (9, 3, None), (9, 0, 9)])
def test_a_few_open_or_closed_ones_hide_the_total(number: int, closed: int, shown: int | None) -> None:
    """With the number of all records known, the closed ones are what is left of the open ones."""
    work = count(*[summary()] * number, *[summary("verified")] * closed)
    assert work.total == shown
    assert bool(work.by_age) == (shown is not None)


def test_a_few_late_ones_are_not_told_in_all_nor_in_an_area() -> None:
    """Two late reports hide how many are late, and their area; another area goes with it, or it could be had."""
    work = count(
        *[summary(due="2026-06-01")] * 2,
        *[summary()] * 8,
        *[summary(area="waste")] * 12,
        *[summary(area="storage", due="2026-06-01")] * 5,
    )
    assert (work.total, work.overdue) == (27, 7)
    told = {one.area: (one.number, one.overdue) for one in work.by_area}
    assert told == {"waste": (12, 0), "storage": (None, None), "shipping": (None, None)}


def test_ages_count_from_the_last_day_that_a_report_may_be_of() -> None:
    """A report of a month is as old as its last day says; of a day that is not known, nothing is said but that."""
    work = count(
        *[summary(reported_on="2026-05")] * 6,
        *[summary(reported_on="2024")] * 8,
        *[summary(reported_on="")] * 7,
        *[summary(reported_on="2026-03-01")] * 5,
    )
    assert {one.key: one.number for one in work.by_age if one.number} == {
        "up to 30 days": 6,
        "more than 365 days": 8,
        "Day of the report not known": 7,
    }


@pytest.mark.parametrize("seed", range(60))
def test_nobody_can_subtract_their_way_to_a_few(seed: int) -> None:
    """Whatever the numbers: in each table, what is hidden is together none or at least five, late and in time."""
    draw = random.Random(seed)  # noqa: S311 - examples, not secrets
    given = [
        summary(
            draw.choice([*KINDS, "reported", "reported", "verified"]),
            due=draw.choice(["", "2026-06-01"]),
            area=draw.choice(["shipping", "shipping", "waste", "storage", ""]),
            reported_on=draw.choice(["2026-06-20", "2026-01-03", "2020-01-01"]),
        )
        for _ in range(draw.randrange(90))
    ]
    work = count(*given)
    is_open = [one for one in given if KINDS[one.state] == "open"]
    if work.total is None:
        assert len(is_open) in range(1, 5) or len(given) - len(is_open) in range(1, 5)
        return
    hidden = {one.area for one in work.by_area if one.number is None}
    cells = [one for one in is_open if one.area in hidden]
    late = [one for one in cells if one.due]
    if len(hidden) < len(work.by_area):
        assert not any(number in range(1, 5) for number in (len(cells), len(late), len(cells) - len(late)))
    for amounts in (work.by_state, work.by_age):
        rest = work.total - sum(one.number or 0 for one in amounts)
        assert rest not in range(1, 5)
        assert not any(one.number in range(5) for one in amounts)
