"""What all staff see of the figures tells nothing of a handful of people, also not to somebody who can subtract."""

from __future__ import annotations

import random
from datetime import date

import pytest

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.facts import Facts
from nearmiss.engine.indicators.ground import Period
from nearmiss.engine.indicators.privacy import NOT_SHOWN, SMALL, publish, without_restricted
from nearmiss.engine.indicators.reckoning import Reckoned, reckon
from nearmiss.engine.indicators.use_case import _period
from tests.indicators.made import YEAR, a_year_of, action, facts, ids, known


def public(*given: Facts, by: str = "", **more: object) -> Reckoned:
    """Return the figures of some records as all staff see them."""
    return publish(reckon(without_restricted(known(*given, **more)), YEAR, by=by))


def test_a_number_below_five_is_not_shown() -> None:
    """Four reports are not shown, five are; none at all points at nobody."""
    assert public(*(facts(name) for name in ids(4))).figures["reports"].is_suppressed
    assert public(*(facts(name) for name in ids(5))).figures["reports"].value == 5
    assert public().figures["reports"].value == 0


@pytest.mark.parametrize("few, shown", [(0, 0), (1, None), (4, None), (5, 50), (6, None), (10, 100)])
def test_a_share_is_shown_where_neither_side_is_small(few: int, shown: float | None) -> None:
    """Of ten reports, one to four without a name would be told, and so would one to four with one."""
    given = [facts(name, mode="anonymous" if place < few else "named") for place, name in enumerate(ids(10))]
    assert public(*given).figures["anonymous_share"].value == shown


def test_a_part_is_not_shown_where_the_rest_of_the_whole_is_small() -> None:
    """Ten reports and eight near misses would tell of two declined ones; so would eight with a severity."""
    given = [
        facts(name, severity=5, decision="hazard" if place < 2 else "near-miss") for place, name in enumerate(ids(10))
    ]
    shown = public(*given).figures
    assert (shown["reports"].value, shown["near_misses"].value, shown["high_potential_share"].value) == (10, None, None)


def test_a_rate_does_not_tell_how_many() -> None:
    """A frequency is shown where the number of near misses is not, rounded and without what it is made of."""
    given = [facts(name, decision="hazard" if place < 2 else "near-miss") for place, name in enumerate(ids(10))]
    frequency = public(*given, exposure=tuple(a_year_of(99_999))).figures["near_miss_frequency"]
    assert (frequency.value, frequency.numerator, frequency.denominator) == (1.3, None, None)


def test_days_do_not_tell_of_how_many_records() -> None:
    """A median of five and more is shown, without their number; one of four is not."""
    given = [facts(name, "2026-03-05", occurred_on="2026-03-01") for name in ids(5)]
    lag = public(*given).figures["report_lag"]
    assert (lag.value, lag.denominator, lag.records) == (4, None, ())
    assert public(*given[:4]).figures["report_lag"].is_suppressed


def test_actions_are_counted_by_their_records() -> None:
    """Ten actions of one record are one record."""
    way = ["investigate 2026-03-02", "find-root-cause 2026-03-03", "plan-action 2026-03-04"]
    many = tuple(action(f"A{number}", due="2026-05-01") for number in range(10))
    assert public(facts(taken=way, actions=many)).figures["overdue"].is_suppressed
    five = [facts(name, taken=way, actions=many[:1]) for name in ids(5)]
    assert public(*five).figures["overdue"].value == 100


def test_restricted_classes_are_neither_counted_nor_a_group() -> None:
    """A security report is not there in public, and is there for the team."""
    given = [facts(name) for name in ids(6)] + [facts(name, classification="security") for name in ids(7, letter="B")]
    shown = public(*given, by="classification", restricted=frozenset({"security"}))
    assert shown.figures["reports"].value == 6
    assert [part.group.term for part in shown.parts] == ["safety"]
    assert reckon(known(*given, restricted=frozenset({"security"})), YEAR).figures["reports"].value == 13


def test_no_record_is_named_in_public() -> None:
    """Neither what counts nor what was left out has an id."""
    given = [facts(name, occurred_on="2026-02-27") for name in ids(20)] + [facts(name) for name in ids(6, letter="B")]
    shown = public(*given, by="area", unreadable=("NM-2026-BBBBB",))
    everything = [*shown.figures.values(), *(one for part in shown.parts for one in part.figures.values())]
    assert not any(one.counted or one.left_out for one in everything)
    assert not any(row.records for table in shown.tables for row in table.rows)
    assert (shown.left_out, shown.records) == ({}, 0)


def test_a_small_part_takes_another_with_it() -> None:
    """Two reports from one area could be had by taking the others from the whole, so the next larger is hidden too."""
    given = [facts(name, area="waste") for name in ids(2, letter="W")]
    given += [facts(name, area="storage") for name in ids(6, letter="X")]
    given += [facts(name, area="shipping") for name in ids(9, letter="Y")]
    shown = public(*given, by="area")
    assert shown.figures["reports"].value == 17
    values = {part.group.term: part.figures["reports"].value for part in shown.parts}
    assert values == {"waste": None, "storage": None, "shipping": 9}


def test_tables_hide_small_rows_and_what_would_tell_them() -> None:
    """In a table that adds up, a single small row takes the next one with it; shares added up stop before it."""
    given = [facts(name, root_causes=("method",), taken=_caused()) for name in ids(8, letter="W")]
    given += [facts(name, root_causes=("machine",), taken=_caused()) for name in ids(6, letter="X")]
    given += [facts(name, root_causes=("people",), taken=_caused()) for name in ids(1, letter="Y")]
    tables = {table.name: table for table in public(*given, labels=_labels()).tables}
    rows = {row.key: (row.shown, row.number, row.so_far) for row in tables["causes"].rows}
    assert rows == {
        "method": ("", 8, 53.3333),
        "machine": (NOT_SHOWN, 0, None),
        "people": (SMALL, 0, None),
    }
    assert "open_by_age" not in tables


@pytest.mark.parametrize(
    "months, rows",
    [
        ({"2025-07": 5, "2026-06": 7}, {"2025-07": 5, "2026-06": 7, "2025-08": 0}),
        ({"2025-07": 2, "2025-09": 4, "2026-06": 7}, {"2025-07/2025-09": 6, "2026-04/2026-06": 7}),
        ({"2025-07": 2, "2025-11": 4, "2026-06": 7}, {"2025-07/2025-12": 6, "2026-01/2026-06": 7}),
        ({"2025-07": 2, "2026-06": 7}, {"2025-07/2026-06": 9}),
    ],
)
def test_months_are_put_together_until_none_is_small(months: dict[str, int], rows: dict[str, int]) -> None:
    """Months, quarters, halves or the year: the shortest of which no number is small, and never two of them."""
    given = [
        facts(name, f"{month}-02")
        for letter, (month, number) in zip("ABC", months.items(), strict=False)
        for name in ids(number, letter=letter)
    ]
    [table] = [one for one in public(*given).tables if one.name == "reports_by_month"]
    found = {row.key: row.number for row in table.rows}
    assert rows.items() <= found.items()
    assert sum(found.values()) == sum(months.values())
    assert not any(row.shown or row.records or 0 < row.number < 5 for row in table.rows)


def test_a_year_of_a_few_is_hidden_as_a_whole() -> None:
    """Three reports of the whole period are fewer than five; a period of months that make no quarters is one row."""
    [table] = [one for one in public(*map(facts, ids(3))).tables if one.name == "reports_by_month"]
    assert [(row.shown, row.number, row.share) for row in table.rows] == [(SMALL, 0, None)]
    period = Period(first=date(2026, 2, 1), last=date(2026, 6, 30))
    reckoned = publish(reckon(known(*map(facts, ids(6)), facts("NM-2026-BBBBB", "2026-04-02")), period))
    [table] = [one for one in reckoned.tables if one.name == "reports_by_month"]
    assert [(row.key, row.number, row.share) for row in table.rows] == [("2026-02/2026-06", 7, 100)]


def test_states_can_be_added_up_to_the_open_ones() -> None:
    """How many are open is told too: of the open states, and of the others, no few are hidden together."""
    given = [facts(name) for name in ids(8)]
    given += [facts(name, taken=["investigate 2026-03-02"]) for name in ids(2, letter="B")]
    given += [facts(name, taken=["decline 2026-03-02"]) for name in ids(9, letter="C")]
    [table] = [one for one in public(*given).tables if one.name == "records_by_state"]
    shown = {row.key: row.shown for row in table.rows}
    assert (shown["reported"], shown["investigated"]) == (NOT_SHOWN, SMALL)
    assert (shown["declined"], shown["verified"]) == ("", SMALL)
    given += [facts(name, taken=["escalate 2026-03-02"]) for name in ids(1, letter="D")]
    [table] = [one for one in public(*given).tables if one.name == "records_by_state"]
    assert {row.key: row.shown for row in table.rows}["declined"] == NOT_SHOWN


def _caused() -> list[str]:
    return ["investigate 2026-03-02", "find-root-cause 2026-03-03"]


def _labels() -> dict[tuple[str, str], str]:
    return {("cause-category", name): name for name in ("people", "machine", "method")}


@pytest.mark.parametrize("seed", range(40))
def test_nobody_can_subtract_their_way_to_a_few(seed: int) -> None:
    """Whatever the numbers: the hidden parts of a figure together are none, or at least five, on both sides of it."""
    draw = random.Random(seed)  # noqa: S311 - examples, not secrets
    given = [
        facts(
            name,
            area=draw.choice(["shipping", "storage", "waste", "offices", ""]),
            mode=draw.choice(["named", "named", "anonymous"]),
            severity=draw.choice([0, 2, 2, 4]),
            decision=draw.choice(["near-miss", "near-miss", "near-miss", "hazard"]),
        )
        for name in ids(draw.randrange(60))
    ]
    team = reckon(known(*given), YEAR, by="area")
    shown = publish(team)
    for name in ("reports", "near_misses", "anonymous_share", "high_potential_share"):
        hidden = [one.group.term for one in shown.parts if one.figures[name].is_suppressed]
        parts = [one.figures[name] for one in team.parts if one.group.term in hidden]
        if len(hidden) == len(shown.parts):
            continue
        counted = {record for one in parts for record in one.records}
        above = {record for one in parts for record in one.records_above}
        assert len(counted) not in range(1, 5)
        assert len(above) not in range(1, 5)
        assert len(counted - above) not in range(1, 5)
    for indicator in INDICATORS:
        is_hidden = shown.figures[indicator.name].is_suppressed
        assert is_hidden or len(team.figures[indicator.name].records) not in range(1, 5)


def test_a_period_may_begin_where_it_is_told() -> None:
    """A first day that is named is the first day."""
    assert _period("2026-02-03", date(2026, 6, 1)).first == date(2026, 2, 3)
