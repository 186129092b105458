"""Every indicator, worked out by hand on a few records."""

from __future__ import annotations

from datetime import date

import pytest

from nearmiss.engine.indicators.cases import Case
from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.figures import median, nearest_rank
from nearmiss.engine.indicators.ground import Group, Period, year_until
from nearmiss.engine.indicators.tables import by_age, by_cause, by_month, by_state
from tests.indicators.made import KINDS, LAST, YEAR, a_year_of, action, cases, facts, figure, ground, hours

A, B, C, D, E = (f"NM-2026-{letter * 5}" for letter in "ABCDE")
WAY = ("investigate 2026-03-10", "find-root-cause 2026-03-20", "plan-action 2026-04-01", "verify 2026-06-01")


def test_every_indicator_has_its_words_once() -> None:
    """Names and labels differ, and each definition is a sentence that names its parts."""
    assert len({one.name for one in INDICATORS}) == len({one.label for one in INDICATORS}) == len(INDICATORS)
    assert all(one.definition[0].isupper() and one.definition.endswith(".") and one.above for one in INDICATORS)
    assert all(one.below or one.unit == "number" for one in INDICATORS)


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda one: one.name)
def test_nothing_gives_no_value_and_no_error(indicator: object) -> None:
    """Where there is nothing, a number is nought, and every other figure says why it has no value."""
    name = indicator.name  # type: ignore[attr-defined]
    empty = figure(name)
    if name in {"reports", "near_misses"}:
        assert (empty.value, empty.numerator) == (0, 0)
    elif name == "areas_reporting":
        assert (empty.value, empty.numerator, empty.denominator) == (0, 0, 4)
    else:
        assert empty.value is None
        assert empty.why_not


def test_reports_of_the_period_are_counted() -> None:
    """The first and the last day belong to the period; what was reported before it does not count."""
    given = [facts(A, "2025-07-01"), facts(B, "2026-06-30"), facts(C, "2025-06-30"), facts(D, "2026-07-01")]
    reports = figure("reports", *given)
    assert (reports.value, reports.records) == (2, (A, B))


def test_near_misses_are_what_triage_accepted_and_nobody_took_back() -> None:
    """Not yet assessed, another decision, declined, escalated: none of these is an accepted near miss."""
    given = [
        facts(A),
        facts(B, decision=""),
        facts(C, decision="hazard"),
        facts(D, taken=["decline 2026-04-01"], decision="duplicate"),
        facts(E, taken=[*WAY, "escalate 2026-06-10"]),
    ]
    assert figure("near_misses", *given).records == (A,)
    assert figure("reports", *given).value == 5


def test_an_assessment_counts_from_its_day() -> None:
    """A decision that is dated later was not taken yet; one without a date was there with the record."""
    assert figure("near_misses", facts(A, assessed_on="2026-07-01")).value == 0
    assert figure("near_misses", facts(A, assessed_on="2026-06-30")).value == 1
    assert figure("near_misses", facts(A, assessed_on="2026")).value == 1


def test_frequency_is_near_misses_times_the_factor_by_hours() -> None:
    """3 × 200,000 / 1,200,000 hours = 0.5."""
    given = [facts(A), facts(B), facts(C)]
    frequency = figure("near_miss_frequency", *given, exposure=a_year_of(100_000))
    assert (frequency.value, frequency.numerator, frequency.denominator) == (0.5, 3, 1_200_000)


def test_frequency_looks_at_whole_months_only() -> None:
    """A period that ends in the middle of a month leaves the near misses of that month out, as it does its hours."""
    period = Period(first=date(2026, 4, 1), last=date(2026, 6, 15))
    given = [facts(A, "2026-04-02"), facts(B, "2026-06-02"), facts(C, "2026-05")]
    frequency = figure(
        "near_miss_frequency", *given, period=period, exposure=hours(("2026-04", 60_000), ("2026-05", 40_000))
    )
    assert (frequency.value, frequency.records) == (4, (A, C))


@pytest.mark.parametrize(
    "exposure, why",
    [
        ([], "not given for any month"),
        (a_year_of(1000)[1:], "missing for 2025-07"),
        ([*a_year_of(1000, site="plant-1"), *a_year_of(1000, site="plant-2")[4:]], "and 1 more"),
        (a_year_of(0), "no hours were worked"),
    ],
)
def test_missing_hours_give_no_value(exposure: list[object], why: str) -> None:
    """A month without hours makes no frequency, rather than one that is too high; it is named."""
    frequency = figure("near_miss_frequency", facts(A), exposure=exposure)  # type: ignore[arg-type]
    assert frequency.value is None
    assert why in frequency.why_not


def test_a_period_without_a_whole_month_has_no_rate() -> None:
    """A fortnight has no hours that could be known."""
    period = Period(first=date(2026, 6, 10), last=LAST)
    for name in ("near_miss_frequency", "near_miss_to_incident", "near_miss_share", "reports_per_100_people"):
        assert figure(name, facts(A), period=period, exposure=a_year_of(1)).why_not == "the period has no whole month"


def test_the_two_ratios_to_incidents_are_two() -> None:
    """Twelve incidents and three near misses: 0.25 near misses to one incident, and 20 % of all events."""
    given = [facts(A), facts(B), facts(C)]
    ratio = figure("near_miss_to_incident", *given, exposure=a_year_of(1))
    share = figure("near_miss_share", *given, exposure=a_year_of(1))
    assert (ratio.value, ratio.denominator) == (0.25, 12)
    assert (share.value, share.denominator) == (20, 15)


def test_without_incidents_there_is_no_ratio() -> None:
    """Nothing is divided by no incident; nor is there a share where nothing happened at all."""
    quiet = [entry.model_copy(update={"incidents_with_harm": 0}) for entry in a_year_of(1)]
    assert figure("near_miss_to_incident", facts(A), exposure=quiet).why_not == "there was no incident with harm"
    assert figure("near_miss_share", facts(A), exposure=quiet).value == 100
    assert figure("near_miss_share", exposure=quiet).value is None


def test_reports_by_people() -> None:
    """Six reports in a year of a hundred people are six for a hundred; nobody employed gives no value."""
    given = [facts(f"NM-2026-AAAA{number}") for number in range(6)]
    people = figure("reports_per_100_people", *given, exposure=a_year_of(1))
    assert (people.value, people.denominator) == (6, 1200)
    nobody = [entry.model_copy(update={"headcount": 0}) for entry in a_year_of(1)]
    assert figure("reports_per_100_people", *given, exposure=nobody).why_not == "nobody was employed"


def test_exposure_of_a_part_is_that_of_its_place() -> None:
    """A site has the hours of its entries; a class has all hours, and no incidents."""
    exposure = [*a_year_of(1000, site="plant-1"), *a_year_of(3000, site="plant-2")]
    site = Group(dimension="site", term="plant-2")
    kind = Group(dimension="classification", term="safety")
    assert figure("near_miss_frequency", facts(A), exposure=exposure, group=site).denominator == 36_000
    assert figure("near_miss_frequency", facts(A), exposure=exposure, group=kind).denominator == 48_000
    assert "by classification" in figure("near_miss_to_incident", facts(A), exposure=exposure, group=kind).why_not


def test_high_potential_is_severity_four_and_five() -> None:
    """Two of three that have a severity; one without is left out, and said so."""
    given = [facts(A, severity=4), facts(B, severity=5), facts(C, severity=3), facts(D, severity=0)]
    share = figure("high_potential_share", *given)
    assert (share.value, share.numerator, share.denominator) == (66.6667, 2, 3)
    assert [(one.reason, one.records) for one in share.left_out] == [("the severity potential is not assessed", (D,))]
    assert share.records_above == (A, B)


def test_anonymous_reports_among_those_made_here() -> None:
    """One of two; confidential is not anonymous, and an import was not made here."""
    share = figure(
        "anonymous_share", facts(A, mode="anonymous"), facts(B, mode="confidential"), facts(C, mode="external")
    )
    assert (share.value, share.numerator, share.denominator) == (50, 1, 2)
    assert share.left_out[0].records == (C,)


def test_an_area_counts_once() -> None:
    """Three reports from two of four areas are 50 %; a report without an area, or from a retired one, is left out."""
    given = [facts(A), facts(B), facts(C, area="waste"), facts(D, area=""), facts(E, area="old-shed")]
    areas = figure("areas_reporting", *given)
    assert (areas.value, areas.numerator, areas.denominator) == (50, 2, 4)
    assert areas.records == (A, B, C)
    assert areas.left_out[0].records == (D, E)


def test_report_lag_is_counted_in_days() -> None:
    """0, 2 and 7 days: the median is 2, and nine of ten came within 7."""
    given = [
        facts(A, "2026-03-01", occurred_on="2026-03-01"),
        facts(B, "2026-03-03", occurred_on="2026-03-01"),
        facts(C, "2026-03-08", occurred_on="2026-03-01"),
    ]
    lag = figure("report_lag", *given)
    assert (lag.value, lag.numerator, lag.denominator) == (2, None, 3)
    assert figure("report_lag_p90", *given).value == 7


def test_a_negative_lag_is_a_fault_and_no_number() -> None:
    """What was reported before it happened is left out, as is what is not known to the day."""
    given = [
        facts(A, "2026-03-01", occurred_on="2026-03-02"),
        facts(B, "2026-03-03", occurred_on="2026-03"),
        facts(C, "2026-03", occurred_on="2026-03-01"),
        facts(D, "2026-03-05"),
        facts(E, "2026-03-05", occurred_on="2026-03-01"),
    ]
    lag = figure("report_lag", *given)
    assert lag.value == 4
    assert {one.reason: one.records for one in lag.left_out} == {
        "reported before it happened": (A,),
        "the day of the event or of the report is not known": (B, C, D),
    }


def test_feedback_is_the_first_answer() -> None:
    """The assessment with a reply, or the first step on it where that came earlier, also one that was taken back."""
    given = [
        facts(A, "2026-03-01", assessed_on="2026-03-03", has_reply=True),
        facts(B, "2026-03-01", assessed_on="2026-03-09", has_reply=True, taken=["investigate 2026-03-05"]),
        facts(C, "2026-03-01", assessed_on="2026-03-09"),
        facts(D, "2026-03-01", assessed_on="2026-02-01", has_reply=True),
        facts(E, "2026-03", assessed_on="2026-03-09", has_reply=True),
    ]
    feedback = figure("time_to_first_feedback", *given)
    assert (feedback.value, feedback.denominator) == (3, 2)
    assert {one.reason: one.records for one in feedback.left_out} == {
        "it ends before it begins": (D,),
        "the day of the report is not known": (E,),
    }


def test_time_in_each_state() -> None:
    """From the report to the first step, then from step to step; a record that is still there is not counted."""
    given = [facts(A, "2026-03-01", WAY), facts(B, "2026-03-02", WAY[:2])]
    stays = {
        state: figure(f"time_in_{state}", *given) for state in ("reported", "investigated", "root_caused", "action")
    }
    values = {state: (one.value, one.denominator) for state, one in stays.items()}
    assert values == {"reported": (8.5, 2), "investigated": (10, 2), "root_caused": (12, 1), "action": (61, 1)}


def test_a_second_stay_counts_for_itself() -> None:
    """Sent back, a record is investigated twice: 10 days, then 5."""
    given = facts(A, "2026-03-01", [*WAY[:2], "send-back>investigated 2026-03-25", "find-root-cause 2026-03-30"])
    stays = figure("time_in_investigated", given)
    assert (stays.value, stays.denominator, stays.records) == (7.5, 2, (A,))
    assert figure("time_in_root_caused", given).value == 5


def test_the_first_closing_and_the_one_that_holds_are_kept_apart() -> None:
    """Closed after 92 days, reopened, closed again after 112: both are told."""
    again = [
        "reopen>investigated 2026-06-05",
        "find-root-cause 2026-06-10",
        "plan-action 2026-06-15",
        "verify 2026-06-21",
    ]
    given = facts(A, "2026-03-01", [*WAY, *again])
    assert figure("time_to_first_close", given).value == 92
    assert figure("time_to_last_close", given).value == 112
    open_again = facts(A, "2026-03-01", [*WAY, *again[:1]])
    assert figure("time_to_first_close", open_again).value == 92
    assert figure("time_to_last_close", open_again).value is None


def test_open_records_have_an_age() -> None:
    """Ten days and thirty: the median is twenty; a closed one has none, and one known to the month is left out."""
    given = [facts(A, "2026-06-20"), facts(B, "2026-05-31"), facts(C, "2025-07-01", WAY), facts(D, "2026-05")]
    age = figure("open_age", *given)
    assert (age.value, age.denominator) == (20, 2)
    assert age.left_out[0].records == (D,)
    assert figure("open_age_p90", *given).value == 30


def test_overdue_is_what_is_open_and_past_its_day() -> None:
    """Of three open actions one is past; one due today is not, nor is one that was put off."""
    given = facts(
        A,
        taken=WAY[:3],
        actions=(
            action("A1", due="2026-06-29"),
            action("A2", due="2026-06-30"),
            action("A3", first="2026-05-01", due="2026-08-01", put_off=1),
            action("A4", due="2026-05-01"),
            action("A5", due="2026-05-01"),
            action("A6"),
        ),
        progress=(("A4", "done", "2026-05-03"), ("A5", "cancelled", "2026-05-01"), ("A1", "in-progress", "2026-05-01")),
    )
    overdue = figure("overdue", given)
    assert (overdue.value, overdue.numerator, overdue.denominator) == (33.3333, 1, 3)
    assert overdue.left_out[0].reason == "an action has no due date that is told"


def test_only_promised_actions_count() -> None:
    """A draft promises nothing; a plan that was sent back did."""
    late = (action(due="2026-05-01"),)
    assert figure("overdue", facts(A, taken=WAY[:2], actions=late)).value is None
    sent_back = [*WAY[:3], "send-back>root-caused 2026-04-10"]
    assert figure("overdue", facts(A, taken=sent_back, actions=late)).value == 100


def test_on_time_is_judged_by_the_first_promise() -> None:
    """Of four that were due, one was done in time; one was put off and kept only that."""
    given = facts(
        A,
        taken=WAY[:3],
        actions=(
            action("A1", due="2026-05-01"),
            action("A2", first="2026-05-01", due="2026-06-01", put_off=2),
            action("A3", due="2026-05-20"),
            action("A4", due="2026-06-29"),
            action("A5", due="2026-06-30"),
            action("A6", due="2025-06-30"),
            action("A7", due="2026-05-01"),
            action("A8"),
        ),
        progress=(
            ("A1", "done", "2026-05-01"),
            ("A2", "done", "2026-05-20"),
            ("A3", "done", "2026-05-01"),
            ("A3", "open", "2026-05-10"),
            ("A3", "done", "2026-05-25"),
            ("A3", "done", "2026-05-26"),
            ("A7", "cancelled", "2026-04-20"),
        ),
    )
    on_time = figure("on_time", given)
    assert (on_time.value, on_time.numerator, on_time.denominator) == (25, 1, 4)
    extensions = figure("extensions_per_action", given)
    assert (extensions.value, extensions.numerator, extensions.denominator) == (0.5, 2, 4)
    assert on_time.left_out == extensions.left_out
    assert on_time.left_out[0].records == (A,)


def test_strength_follows_the_hierarchy() -> None:
    """Stronger 3, intermediate 2, weaker 1: (3 + 3 + 2 + 1 + 1) / 5 = 2; what was cancelled has no strength."""
    controls = ("elimination", "substitution", "engineering", "administrative", "ppe", "elimination")
    actions = tuple(action(f"A{place}", control=control) for place, control in enumerate(controls))
    given = facts(A, taken=WAY[:3], actions=actions, progress=(("A5", "cancelled", "2026-05-01"),))
    strength = figure("action_strength", given)
    assert (strength.value, strength.numerator, strength.denominator) == (2, 10, 5)
    old = facts(B, "2025-01-01", ["plan-action 2025-06-01"], actions=actions)
    assert figure("action_strength", old).value is None


def test_effective_among_all_checks() -> None:
    """One of four: not measurable counts as checked, one before the period does not, one without a day is left out."""
    checks = (
        ("2026-05-01", "ineffective"),
        ("2026-05-09", "effective"),
        ("2026-05-10", "not-measurable"),
        ("2026-06-30", "partial"),
        ("2025-06-30", "effective"),
        ("", "effective"),
    )
    effective = figure("effectiveness", facts(A, checks=checks))
    assert (effective.value, effective.numerator, effective.denominator) == (25, 1, 4)
    assert effective.left_out[0].reason == "the day of the check is withheld"


def test_recurrence_is_a_linked_repeat_within_a_year_of_a_closing() -> None:
    """Of three verified records one came back: not on the day itself, not after 366 days, and no declined repeat."""
    closed = ["investigate 2025-08-01", "find-root-cause 2025-08-02", "plan-action 2025-08-03", "verify 2025-08-10"]
    before = [text.replace("2025", "2024") for text in closed]
    given = [
        facts(A, "2025-07-20", closed),
        facts(B, "2024-07-20", [*before[:3], "verify 2025-06-29"]),
        facts(C, "2024-07-20", [*before[:3], "verify 2024-06-30"]),
        facts(D, "2025-07-20", closed),
        facts(E, "2026-06-01", repeat_of=(A, C)),
        facts("NM-2026-FFFFF", "2026-06-30", repeat_of=(B,)),
        facts("NM-2026-GGGGG", "2025-08-10", repeat_of=(D,)),
        facts("NM-2026-HHHHH", "2026-05-01", ["decline 2026-05-02"], repeat_of=(D,), decision="duplicate"),
    ]
    recurrence = figure("recurrence", *given)
    assert recurrence.records == (A, B, D)
    assert recurrence.records_above == (A,)
    assert (recurrence.value, recurrence.numerator, recurrence.denominator) == (33.3333, 1, 3)


def test_a_reopened_record_still_came_back() -> None:
    """The repeat that had it reopened counts by the closing before it."""
    way = [*WAY[:3], "verify 2026-05-01", "reopen>investigated 2026-06-10"]
    given = [facts(A, taken=way), facts(B, "2026-06-01", repeat_of=(A,))]
    assert figure("recurrence", *given).records_above == (A,)


def test_reopened_among_those_closed_in_the_period() -> None:
    """Of three that were closed one is open again; a step sent back before any closing is no reopening."""
    given = [
        facts(A, taken=[*WAY, "reopen>investigated 2026-06-20"]),
        facts(B, taken=[*WAY[:2], "send-back>investigated 2026-03-25", "find-root-cause 2026-03-30", *WAY[2:]]),
        facts(C, taken=["decline 2026-04-01"]),
        facts(D, taken=WAY[:2]),
        facts(E, "2025-01-01", ["decline 2025-02-01", "reopen>reported 2025-08-01"]),
    ]
    rate = figure("reopen_rate", *given)
    assert (rate.records, rate.records_above, rate.value) == ((A, B, C), (A,), 33.3333)


def test_middle_and_ninety_percent() -> None:
    """The median of an even number is the mean of the two in the middle; nine of ten is the nearest rank."""
    assert (median([1]), median([1, 4]), median([1, 2, 9])) == (1, 2.5, 2)
    assert [nearest_rank(list(range(1, number + 1)), 0.9) for number in (1, 2, 9, 10, 11, 20)] == [1, 2, 9, 9, 10, 18]


def test_the_usual_period_is_twelve_months() -> None:
    """It begins with the month eleven months before, also over the turn of a year."""
    assert year_until(date(2026, 6, 15)).first == date(2025, 7, 1)
    assert year_until(date(2026, 12, 31)).first == date(2026, 1, 1)
    assert len(list(year_until(date(2026, 2, 28)).months())) == 12
    assert list(year_until(date(2026, 2, 27)).whole_months())[-1] == "2026-01"
    assert list(Period(first=date(2026, 1, 2), last=date(2026, 2, 28)).whole_months()) == ["2026-02"]


def test_a_report_of_a_month_counts_on_its_last_day() -> None:
    """Or on the day looked at, where the month is not over and the record is there; a year's precision likewise."""
    assert Case(facts(A, "2026-05"), LAST, KINDS, "reported").reported == date(2026, 5, 31)
    assert Case(facts(A, "2026-06"), date(2026, 6, 10), KINDS, "reported").reported == date(2026, 6, 10)
    assert not Case(facts(A, "2026-06"), date(2026, 6, 10), KINDS, "reported", is_known=False).exists
    assert not Case(facts(A, ""), LAST, KINDS, "reported").exists
    assert figure("reports", facts(A, "2026-06"), period=Period(first=YEAR.first, last=date(2026, 6, 3))).value == 1


def test_what_is_dated_later_has_not_happened() -> None:
    """As of a day, later steps, progress and checks do not count, though the file has them."""
    given = facts(
        A,
        taken=WAY,
        actions=(action(due="2026-05-01"),),
        progress=(("A1", "done", "2026-04-20"), ("A1", "open", "2026-05-20")),
        checks=(("2026-05-25", "effective"),),
    )
    period = Period(first=YEAR.first, last=date(2026, 5, 10))
    assert cases(given, day=period.last)[0].state == "action"
    assert figure("on_time", given, period=period).value == 100
    assert figure("effectiveness", given, period=period).value is None


def test_tables_count_states_months_ages_and_causes() -> None:
    """Each row has its number, its share and its records; the causes also what all so far make up."""
    given = [
        facts(A, "2026-06-20"),
        facts(B, "2026-03-10", WAY, root_causes=("method", "machine")),
        facts(C, "2024-01-10", root_causes=("people",)),
        facts(D, "2026-05", WAY[:2], root_causes=("method",)),
        facts(E, "2026-03-10", WAY[:1], root_causes=("people",)),
    ]
    made = cases(*given)
    of = ground(made)
    states = {row.key: row.number for row in by_state(made, of).rows}
    assert states == dict.fromkeys(KINDS, 0) | {"reported": 2, "verified": 1, "root-caused": 1, "investigated": 1}
    months = {row.key: row.number for row in by_month(made, of).rows if row.number}
    assert months == {"2026-03": 2, "2026-05": 1, "2026-06": 1}
    assert len(by_month(made, of).rows) == 12
    ages = {row.key: row.records for row in by_age(made, of).rows if row.number}
    assert ages == {
        "up to 30 days": (A,),
        "91 to 180 days": (E,),
        "more than 365 days": (C,),
        "Day of the report not known": (D,),
    }
    causes = by_cause(made, of)
    assert [(row.label, row.number, row.share, row.so_far) for row in causes.rows] == [
        ("Method", 2, 66.6667, 66.6667),
        ("Machine", 1, 33.3333, 100),
        ("People", 0, 0, 100),
    ]
    assert [row.so_far for row in by_cause([], of).rows] == [None] * 3
