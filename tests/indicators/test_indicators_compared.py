"""What is known now of a past day: which records restated its figures and how, and what only moved on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from nearmiss.engine.indicators.comparing import Compared, Line, compare
from nearmiss.engine.indicators.facts import Facts
from nearmiss.engine.indicators.ground import year_until
from nearmiss.engine.indicators.reading import Known
from tests.indicators.made import AREAS, action, facts, hours, known

A, B, C = (f"NM-2026-{letter * 5}" for letter in "ABC")
PAST, TODAY = year_until(date(2026, 3, 31)), year_until(date(2026, 6, 30))
PLANNED = ["investigate 2026-03-10", "find-root-cause 2026-03-15", "plan-action 2026-03-20"]


def compared(then: Known, now: Known) -> Compared:
    """Compare the end of March as it was known then with what the end of June knows."""
    return compare(then, now, period=PAST, today=TODAY)


def line(then: list[Facts], now: list[Facts], name: str) -> Line:
    """Return the line of one indicator."""
    return next(one for one in compared(known(*then), known(*now)).lines if one.name == name)


def hows(one: Line) -> dict[str, str]:
    """Return by record how it restated a figure."""
    return {cause.record: cause.how for cause in one.causes}


def test_what_did_not_change_is_not_restated() -> None:
    """The same records give the same figures, and no cause."""
    same = [facts(A, taken=PLANNED), facts(B, "2026-03-30")]
    assert not any(each.is_restated or each.causes for each in compared(known(*same), known(*same)).lines)


def test_a_report_that_was_entered_late_restates() -> None:
    """A record of March that came in May is named, with its day; one of May only moves today's figure."""
    one = line([facts(A)], [facts(A), facts(B, "2026-03-20"), facts(C, "2026-05-02")], "reports")
    assert [one.then.value, one.restated.value, one.now.value] == [1, 2, 3]
    assert hows(one) == {B: "entered after 2026-03-31, reported on 2026-03-20"}


def test_a_report_known_to_the_month_only_is_not_taken_for_late() -> None:
    """A report of `2026-04` that was not there by the tenth came later, not late; one that was there stays there."""
    period = year_until(date(2026, 4, 10))
    then, now = [facts(A, "2026-04")], [facts(A, "2026-04"), facts(B, "2026-04")]
    one = compare(known(*then), known(*now), period=period, today=TODAY).lines[0]
    assert (one.then.value, one.restated.value, one.now.value) == (1, 1, 2)


def test_a_corrected_severity_restates() -> None:
    """The old and the new value are told, with the step that changed it."""
    one = line(
        [facts(A, severity=2, taken=PLANNED)],
        [facts(A, severity=4, taken=[*PLANNED, "reassess 2026-04-20"])],
        "high_potential_share",
    )
    assert (one.then.value, one.restated.value) == (0, 100)
    assert hows(one) == {A: "the severity potential: 2 → 4 (reassess on 2026-04-20)"}


@pytest.mark.parametrize(
    "changes, name, how",
    [
        ({"decision": "hazard"}, "near_misses", "the decision: near-miss → hazard"),
        ({"mode": "anonymous"}, "anonymous_share", "the reporter's mode: named → anonymous"),
        ({"occurred_on": "2026-02-20"}, "report_lag", "the day of the event: 2026-02-27 → 2026-02-20"),
        ({"area": ""}, "areas_reporting", "the area: shipping → unknown"),
        ({"has_reply": False}, "time_to_first_feedback", "the reply: given → none"),
    ],
)
def test_each_changed_fact_is_told(changes: dict[str, Any], name: str, how: str) -> None:
    """Whatever fact changed is named with what it said and what it says."""
    before = facts(A, occurred_on="2026-02-27", assessed_on="2026-03-03", has_reply=True)
    one = line([before], [before._replace(**changes)], name)
    assert one.is_restated
    assert hows(one) == {A: how}


def test_a_corrected_plan_tells_which_actions_changed() -> None:
    """A due date that had been mistyped was wrong in March too; the action that it is of is named."""
    then = facts(A, taken=PLANNED, actions=(action("A1", due="2026-03-25"), action("A2", due="2026-08-01")))
    mended = (action("A1", due="2026-04-25"), then.actions[1])
    one = line([then], [facts(A, taken=[*PLANNED, "correct 2026-04-02"], actions=mended)], "overdue")
    assert (one.then.value, one.restated.value) == (50, 0)
    assert hows(one) == {A: "the actions: A1 changed (correct on 2026-04-02)"}


def test_causes_and_replies_that_changed_are_told_in_words() -> None:
    """Lists are told with what is in them, and one that was empty as none."""
    then = facts(A, occurred_on="2026-02-27", taken=PLANNED[:2])
    now = then._replace(occurred_on="2026-02-26", root_causes=("people", "method"), has_reply=True)
    told = hows(line([then], [now], "report_lag"))[A]
    assert "the root causes: none → people, method" in told
    assert "the reply: none → given" in told


def test_what_came_and_is_dated_later_is_not_called_late() -> None:
    """Steps, progress and checks of May are what happened since, though the record was entered late for another."""
    then = facts(A, taken=PLANNED, actions=(action(due="2026-03-25"),), area="")
    more: dict[str, Any] = {
        "progress": (("A1", "done", "2026-05-24"),),
        "checks": (("2026-05-29", "effective"),),
        "area": "waste",
    }
    now = facts(A, taken=[*PLANNED, "verify 2026-05-30"], actions=then.actions, **more)
    assert hows(line([then], [now], "areas_reporting")) == {A: "the area: unknown → waste"}


def test_late_steps_progress_and_checks_restate() -> None:
    """What is dated before the day and came to the main branch after it is told with its date."""
    plan = (action(due="2026-03-25"),)
    then = facts(A, taken=PLANNED, actions=plan)
    now = facts(
        A,
        taken=[*PLANNED, "verify 2026-03-30"],
        actions=plan,
        progress=(("A1", "done", "2026-03-24"),),
        checks=(("2026-03-29", "effective"),),
    )
    told = "verify, signed on 2026-03-30, came to the main branch later"
    assert told in hows(line([then], [now], "time_in_action"))[A]
    assert "action A1 done on 2026-03-24, entered later" in hows(line([then], [now], "on_time"))[A]
    assert "check on 2026-03-29 (effective), entered later" in hows(line([then], [now], "effectiveness"))[A]


def test_a_reopening_after_the_day_moves_and_does_not_restate() -> None:
    """What was closed in March and reopened in May was closed in March; by now it is reopened."""
    closed = [*PLANNED, "verify 2026-03-30"]
    one = line([facts(A, taken=closed)], [facts(A, taken=[*closed, "reopen>investigated 2026-05-02"])], "reopen_rate")
    assert (one.then.value, one.restated.value, one.now.value, one.causes) == (0, 0, 100, ())


def test_an_amended_plan_does_not_rewrite_the_past() -> None:
    """A due date that was put off in May was the old one in March; a causes' list found anew was another."""
    then = facts(A, taken=PLANNED, actions=(action(due="2026-03-25"),), root_causes=("method",))
    put_off = action(first="2026-03-25", due="2026-08-01", put_off=1)
    now = facts(A, taken=[*PLANNED, "amend-plan 2026-05-02"], actions=(put_off,), root_causes=("method",))
    one = line([then], [now], "overdue")
    assert (one.then.value, one.restated.value, one.now.value) == (100, 100, 0)
    anew = ["send-back>investigated 2026-04-10", "find-root-cause 2026-04-20"]
    again = facts(A, taken=[*PLANNED, *anew], actions=then.actions, root_causes=("people",))
    assert not any(each.is_restated for each in compared(known(then), known(again)).lines)


def test_an_assessment_made_again_was_made_before() -> None:
    """The day of the first assessment stays that of the past, though the record says the later one."""
    then = facts(A, assessed_on="2026-03-05", has_reply=True)
    now = facts(A, assessed_on="2026-05-05", has_reply=True, taken=["reassess 2026-05-05"])
    one = line([then], [now], "near_misses")
    assert (one.then.value, one.restated.value) == (1, 1)


def test_a_repeat_that_was_linked_late_is_named() -> None:
    """The record that came back is told with the repeat that says so."""
    closed = [*PLANNED[:2], "plan-action 2026-03-16", "verify 2026-03-20"]
    then, late = facts(A, taken=closed), facts(B, "2026-03-30", repeat_of=(A,))
    one = line([then], [then, late], "recurrence")
    assert (one.then.value, one.restated.value) == (0, 100)
    assert hows(one)[A] == f"{B} is named as its repeat since"


def test_unreadable_records_are_told() -> None:
    """What could not be read then, or cannot be read any more, is said so."""
    lines = compared(known(unreadable=(A,)), known(facts(A))).lines
    assert hows(lines[0]) == {A: "it could not be read then"}
    lines = compared(known(facts(A)), known(unreadable=(A,))).lines
    assert hows(lines[0]) == {A: "it cannot be read any more"}


def test_what_is_no_record_restates_too() -> None:
    """Hours that were mended, another factor, another vocabulary of areas: each is told, with no record's name."""
    months = tuple(PAST.months())
    then = known(facts(A), exposure=hours(*((month, 1000) for month in months)))
    now = known(
        facts(A), exposure=hours(*((month, 2000) for month in months)), factor=1_000_000, areas=AREAS | {"yard"}
    )
    lines = {one.name: one for one in compared(then, now).lines}
    assert {cause.how for cause in lines["near_miss_frequency"].causes} == {
        "site/data/exposure.yaml says something else since",
        "the factor was 200000, and is 1000000",
        "the vocabulary of areas changed",
    }
    assert {cause.record for cause in lines["areas_reporting"].causes} == {""}
    assert not lines["reports"].causes
