"""What is told on which day, by properties: whenever it runs, nobody is forgotten, and nobody told too soon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.reminding.schedule import Item, Telling, Told, last_moment, telling
from nearmiss.models.people import People
from nearmiss.policy.reminders import WEEKDAYS, Climb, Kinds, Reminders, Reminding
from tests.engine.cast import CAST

PEOPLE = People.model_validate({"schema": 1, "people": CAST})
SHIPPED = Reminders.model_validate({"schema": 1})
START = date(2026, 11, 2)
OWNERS = ("t.silva", "s.ito", "v.novak", "l.former", "g.robot", "nobody.known")

DAYS = st.integers(min_value=-60, max_value=90).map(lambda number: START + timedelta(days=number))
ITEMS = st.builds(
    lambda number, kind, due, owners, **place: Item(
        kind=kind, subject=f"NM-2026-{number}", what="do it", due=due.isoformat(), owners=tuple(owners), **place
    ),
    st.integers(min_value=10000, max_value=99999),
    st.sampled_from(sorted(Kinds.model_fields)),
    DAYS,
    st.lists(st.sampled_from(OWNERS), max_size=2, unique=True),
    site=st.sampled_from(["", "plant-2"]),
    area=st.sampled_from(["", "shipping"]),
)
REMINDING = st.builds(
    lambda before, to: Reminding(before_days=tuple(before), to=tuple(to)),
    st.lists(st.integers(min_value=0, max_value=40), max_size=3),
    st.lists(st.sampled_from(["quality-lead", "area-manager", "plant-manager"]), min_size=1, max_size=2),
)
RULES = st.builds(
    lambda weekdays, action, climb: Reminders(
        schema=1,
        weekdays=tuple(weekdays),
        kinds=Kinds(action=action),
        climb=tuple(Climb(after_days=days, to=(role,)) for days, role in sorted(climb.items())),
    ),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True),
    REMINDING,
    st.dictionaries(
        st.integers(min_value=1, max_value=60),
        st.sampled_from(["area-manager", "quality-lead", "risk-owner"]),
        max_size=3,
    ),
)
RUNS = st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=12)
"""Days between one run and the next; with 0, two are on one day."""


def course(items: Sequence[Item], rules: Reminders, gaps: Sequence[int]) -> list[Telling]:
    """Let reminders run, so many days after each other, each knowing when the last one was."""
    day, told, runs = START, Told(), []
    for gap in [0, *gaps]:
        day += timedelta(days=gap)
        runs.append(telling(items, rules, PEOPLE, day, told))
        told = Told(through=day)
    return runs


def told_of(run: Telling, item: Item) -> set[str]:
    """Return who is told of an item in a run."""
    return {one.person.handle for one in run.reminders for entry in one.entries if entry.item == item}


@given(items=st.lists(ITEMS, max_size=8, unique_by=lambda item: item.subject), rules=RULES, gaps=RUNS)
def test_what_is_overdue_is_told_every_week(items: list[Item], rules: Reminders, gaps: list[int]) -> None:
    """Each run tells of what has been overdue untold for a week, so that a daily one leaves nothing for longer."""
    last: dict[tuple[str, str], date] = {}
    for run in course(items, rules, gaps):
        for item in items:
            overdue = (run.day - date.fromisoformat(item.due)).days
            told = told_of(run, item)
            if overdue < 1:
                continue
            assert told or item in run.unheard or item.subject in {key[0] for key in last}
            for handle in told:
                last[item.subject, handle] = run.day
            for (subject, handle), before in last.items():
                if subject == item.subject:
                    # Since the run before this one; what came between two runs is told by the second.
                    assert handle in told or (run.day - before).days < 7


@given(item=ITEMS, rules=RULES)
def test_a_daily_run_leaves_nothing_overdue_for_longer_than_a_week(item: Item, rules: Reminders) -> None:
    """Run every day, whoever is told of something overdue is told again within seven days, from its first day on."""
    days = [one for one in course([item], rules, [1] * 60) if one.day > date.fromisoformat(item.due)]
    quiet = 0
    for run in days:
        quiet = 0 if told_of(run, item) or item in run.unheard else quiet + 1
        assert quiet < 7
    if days and date.fromisoformat(item.due) > START:
        assert told_of(days[0], item) or item in days[0].unheard


@given(items=st.lists(ITEMS, max_size=8, unique_by=lambda item: item.subject), rules=RULES, gaps=RUNS)
def test_nothing_is_told_before_its_window(items: list[Item], rules: Reminders, gaps: list[int]) -> None:
    """No letter names what is not due yet for longer than the rules say."""
    for run in course(items, rules, gaps):
        for one in run.reminders:
            for entry in one.entries:
                rule = getattr(rules.kinds, entry.item.kind)
                before = max(rule.before_days, default=-1)
                assert run.day >= date.fromisoformat(entry.item.due) - timedelta(days=before)


@given(item=ITEMS, rules=RULES, gaps=RUNS)
def test_climbing_only_goes_up(item: Item, rules: Reminders, gaps: list[int]) -> None:
    """Who was told of something that stays undone stays among those who are told, and only more come."""
    reached: set[str] = set()
    steps = 0
    for run in course([item], rules, gaps):
        found = {one.person.handle: entry for one in run.standing for entry in one.entries}
        climbed = max((len(entry.climbed) for entry in found.values()), default=0)
        if run.day > date.fromisoformat(item.due):
            assert reached <= set(found)
            assert climbed >= steps
            overdue = (run.day - date.fromisoformat(item.due)).days
            assert climbed <= sum(step.after_days <= overdue for step in rules.climb)
        reached, steps = set(found), climbed


@given(items=st.lists(ITEMS, max_size=6, unique_by=lambda item: item.subject), rules=RULES, gaps=RUNS)
def test_done_items_are_never_told(items: list[Item], rules: Reminders, gaps: list[int]) -> None:
    """What is no longer open is in no letter, whatever was told before."""
    day, told = START, Told()
    for gap in gaps:
        day += timedelta(days=gap)
        left = items[: len(items) // 2]
        run = telling(left, rules, PEOPLE, day, told)
        assert {entry.item for one in run.reminders for entry in one.entries} <= set(left)
        told = Told(through=day)


@given(items=st.lists(ITEMS, max_size=8), rules=RULES, gaps=RUNS)
def test_two_runs_on_one_day_tell_nothing_twice(items: list[Item], rules: Reminders, gaps: list[int]) -> None:
    """A second run on the same day tells nobody anything."""
    for run in course(items, rules, gaps):
        assert not telling(items, rules, PEOPLE, run.day, Told(through=run.day)).reminders


@given(items=st.lists(ITEMS, max_size=8), rules=RULES, gap=st.integers(min_value=2, max_value=20))
def test_a_missed_day_is_made_up_for(items: list[Item], rules: Reminders, gap: int) -> None:
    """Whoever would have been told on any of the days between is told by the run after them, if it is still open."""
    end = START + timedelta(days=gap)
    daily: dict[str, int] = defaultdict(int)
    for number in range(1, gap + 1):
        day = START + timedelta(days=number)
        for one in telling(items, rules, PEOPLE, day, Told(through=day - timedelta(days=1))).reminders:
            daily[one.person.handle] += 1
    late = telling(items, rules, PEOPLE, end, Told(through=START))
    assert {one.person.handle for one in late.reminders} == set(daily)


@given(items=st.lists(ITEMS, max_size=8), rules=RULES, day=DAYS)
def test_only_people_who_are_here_are_told(items: list[Item], rules: Reminders, day: date) -> None:
    """Nobody who left, no service and no stranger gets a letter; and everybody gets one at most."""
    run = telling(items, rules, PEOPLE, day, Told())
    handles = [one.person.handle for one in run.reminders]
    assert len(handles) == len(set(handles))
    assert not {"l.former", "g.robot", "nobody.known"} & set(handles)


def action(due: str, *owners: str) -> Item:
    """Return an action that is due on a day."""
    return Item(kind="action", subject="NM-2026-AAAAA", what="action A1", due=due, owners=owners, area="shipping")


@pytest.mark.parametrize(
    "day, told",
    [
        ("2026-11-16", False),  # fifteen days before its day
        ("2026-11-17", True),
        ("2026-11-18", False),
        ("2026-11-28", True),  # three days before
        ("2026-12-01", False),  # the day itself
        ("2026-12-02", True),  # a Wednesday: the day after
        ("2026-12-03", False),
        ("2026-12-07", True),  # the Monday after
        ("2026-12-13", False),
        ("2026-12-14", True),
    ],
)
def test_the_days_of_the_shipped_rules(day: str, *, told: bool) -> None:
    """An action is told two weeks and three days before, on the day after, and then each Monday."""
    on = date.fromisoformat(day)
    run = telling([action("2026-12-01", "t.silva")], SHIPPED, PEOPLE, on, Told(through=on - timedelta(days=1)))
    assert bool(run.reminders) is told


def test_the_climb_of_the_shipped_rules() -> None:
    """After a week and a day the area managers are told too, and after three weeks and a day the quality leads."""
    item = action("2026-12-01", "t.silva")

    def people(day: str) -> list[str]:
        run = telling([item], SHIPPED, PEOPLE, date.fromisoformat(day), Told())
        return [one.person.handle for one in run.reminders]

    assert people("2026-12-08") == ["t.silva"]
    assert people("2026-12-14") == ["k.adeyemi", "t.silva"]
    assert people("2026-12-28") == ["c.moreau", "i.garcia", "k.adeyemi", "p.lind", "r.meyer", "s.ito", "t.silva"]


def test_work_of_somebody_who_left_goes_to_the_role() -> None:
    """An action whose owner is not here any more is told to those who answer for the place."""
    run = telling([action("2026-12-01", "l.former")], SHIPPED, PEOPLE, date(2026, 12, 2), Told())
    assert [one.person.handle for one in run.reminders] == ["k.adeyemi", "t.silva"]
    assert all(entry.is_own for one in run.reminders for entry in one.entries)


def test_what_nobody_can_be_told_of_is_said() -> None:
    """Where nobody has any of the roles, the item is among those that nobody hears of, once it is overdue."""
    alone = People.model_validate({"schema": 1, "people": [entry for entry in CAST if entry["handle"] == "m.okafor"]})
    item = action("2026-12-01")
    assert telling([item], SHIPPED, alone, date(2026, 12, 2), Told()).unheard == (item,)
    assert telling([item], SHIPPED, alone, date(2026, 11, 30), Told()).unheard == ()


def test_who_could_not_be_reached_is_told_next_time() -> None:
    """Whoever is behind is told what everybody else has been told already."""
    items = [action("2026-12-01", "t.silva"), action("2026-12-01", "s.ito")]
    told = Told(through=date(2026, 12, 2), behind={"s.ito": date(2026, 12, 1)})
    run = telling(items, SHIPPED, PEOPLE, date(2026, 12, 2), told)
    assert [one.person.handle for one in run.reminders] == ["s.ito"]


@given(rules=RULES, due=DAYS, day=DAYS)
def test_the_last_moment_never_moves_back(rules: Reminders, due: date, day: date) -> None:
    """From one day to the next, the last day on which something was to be told is the same or a later one."""
    one, next_one = (last_moment(rules.kinds.action, rules, due, when) for when in (day, day + timedelta(days=1)))
    assert one is None or (next_one is not None and next_one >= one)
    assert one is None or one <= day
