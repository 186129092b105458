"""What all staff see of how the past was restated: no record, and no number about a few."""

from __future__ import annotations

from datetime import date

import pytest

from nearmiss.engine.indicators.comparing import compare
from nearmiss.engine.indicators.facts import Facts
from nearmiss.engine.indicators.ground import year_until
from nearmiss.engine.indicators.keeping import comparison_as_kept, revive_comparison
from nearmiss.engine.indicators.public_comparison import (
    PublicLine,
    end_of_last_quarter,
    in_public,
    without_restricted_then_or_now,
)
from tests.indicators.made import facts, ids, known

PAST, TODAY = year_until(date(2026, 3, 31)), year_until(date(2026, 6, 30))
SECURITY = frozenset({"security"})


def line(then: list[Facts], now: list[Facts], name: str, **more: object) -> PublicLine:
    """Return the line of one indicator."""
    public = in_public(compare(known(*then), known(*now, **more), period=PAST, today=TODAY))
    assert revive_comparison(comparison_as_kept(public)) == public
    return next(one for one in public.lines if one.name == name)


@pytest.mark.parametrize(
    "today, end",
    [("2026-11-22", "2026-09-30"), ("2026-10-01", "2026-09-30"), ("2026-02-28", "2025-12-31")],
)
def test_the_last_quarter_ends_before_this_one(today: str, end: str) -> None:
    """The day to compare with is the last one of the quarter before."""
    assert end_of_last_quarter(date.fromisoformat(today)) == date.fromisoformat(end)


def test_many_late_reports_are_told_with_their_number() -> None:
    """Six reports that came late restate twenty: all columns, the number and the way, and no id."""
    old, late = [facts(name) for name in ids(20)], [facts(name) for name in ids(6, letter="B")]
    one = line(old, old + late, "reports")
    assert (one.then.value, one.restated.value, one.now.value, one.is_restated) == (20, 26, 26, True)
    assert (one.records, one.ways) == (6, ("reports that came to the main branch later",))
    assert not any(figure.counted or figure.numerator for figure in (one.then, one.restated, one.now))


def test_a_few_late_reports_hide_what_was_known_then() -> None:
    """Two reports that came late could be had by subtraction, so only how it looks now is told."""
    old, late = [facts(name) for name in ids(20)], [facts(name) for name in ids(2, letter="B")]
    one = line(old, old + late, "reports")
    assert (one.then.is_suppressed, one.restated.value, one.now.value) == (True, 22, 22)
    assert (one.records, one.is_by_few, one.ways) == (0, True, ())


def test_a_few_that_came_since_hide_the_past() -> None:
    """Three reports since then would be what is left of the two columns; five may be told."""
    old = [facts(name) for name in ids(20)]
    few = line(old, old + [facts(name, "2026-05-02") for name in ids(3, letter="B")], "reports")
    assert (few.then.value, few.restated.value, few.now.value) == (None, None, 23)
    more = line(old, old + [facts(name, "2026-05-02") for name in ids(5, letter="B")], "reports")
    assert (more.then.value, more.restated.value, more.now.value, more.is_restated) == (20, 20, 25, False)


def test_a_few_who_fell_out_of_the_period_hide_the_past() -> None:
    """Two reports of a year ago are in the old period and not in the new one."""
    old = [facts(name) for name in ids(20)] + [facts(name, "2025-05-02") for name in ids(2, letter="B")]
    assert line(old, old, "reports").then.is_suppressed


def test_days_are_told_whatever_moved_them() -> None:
    """A median does not tell how many: it is shown though one report was put right."""
    old = [facts(name, occurred_on="2026-02-27") for name in ids(5)]
    now = [*(one._replace(occurred_on="2026-02-25") for one in old[:3]), *old[3:]]
    one = line(old, now, "report_lag")
    assert (one.then.value, one.restated.value, one.is_by_few, one.ways) == (2, 4, True, ())


def test_ways_are_told_where_no_few_share_them() -> None:
    """Six with another severity and five that came late are told; a way of only two of them is not."""
    old = [facts(name) for name in ids(20)]
    changed = [one._replace(severity=5, mode="anonymous" if at < 2 else "named") for at, one in enumerate(old[:6])]
    one = line(old, changed + old[6:] + [facts(name) for name in ids(5, letter="B")], "high_potential_share")
    assert one.records == 11
    assert one.ways == ("reports that came to the main branch later", "the severity potential")


def test_what_is_no_report_is_told_too() -> None:
    """Another factor or another list of areas is told, with no number."""
    old = [facts(name) for name in ids(20)]
    one = line(old, old, "areas_reporting", areas=frozenset({"shipping"}))
    assert (one.records, one.is_by_few, one.ways) == (0, False, ("the vocabulary of areas",))


def test_restricted_records_are_in_no_column() -> None:
    """What is restricted now is left out of the past too, and what was restricted then out of what was known then."""
    secret = [facts(name, classification="security") for name in ids(3, letter="B")]
    opened = [facts(name, classification="safety") for name in ids(3, letter="C")]
    before = known(
        *secret[:1],
        *(one._replace(classification="safety") for one in secret[1:]),
        *(one._replace(classification="security") for one in opened),
        restricted=SECURITY,
    )
    then, now = without_restricted_then_or_now(before, known(*secret, *opened, restricted=SECURITY))
    assert (set(then.facts), set(now.facts)) == (set(), {one.id for one in opened})
    assert revive_comparison(comparison_as_kept(None)) is None
