"""Lessons as views: everything in words, by strength, with causes as a tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.site.causes import DEEPEST, Cause, cause_trees
from nearmiss.site.effects import Change
from nearmiss.site.lessons import Lesson, Term
from nearmiss.site.library import Library

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]


def lessons_of(data: SiteData) -> tuple[Lesson, ...]:
    """Read every lesson of a register."""
    library = Library(home=data)
    return tuple(library.lesson(card) for card in library.cards)


def test_a_lesson_is_told_in_words(make_record: MakeRecord, make_data: MakeData) -> None:
    """Terms have their labels, dates their month, risks their words."""
    (lesson,) = lessons_of(make_data(make_record()))
    assert lesson.card.path == "lessons/2026/NM-2026-7QTST.md"
    assert lesson.month == "March 2026"
    assert [term.label for term in lesson.tags] == ["Safety", "Moving vehicle", "Shipping", "Plant 2"]
    assert lesson.stopped_by == Term(term="luck", label="Luck alone")
    assert lesson.before
    assert lesson.after
    assert (lesson.before.label, lesson.before.severity_in_words, lesson.before.likelihood_in_words) == (
        "High",
        "catastrophic",
        "possible",
    )
    assert (lesson.after.label, lesson.after.likelihood_in_words) == ("Medium", "rare")
    (check,) = lesson.effect.checks
    assert (check.label, check.month, check.measured) == ("It works", "August 2026", "0 in 412 loadings")
    assert lesson.status == "current"


def test_only_done_actions_are_told_strongest_first(make_record: MakeRecord, make_data: MakeData) -> None:
    """What was cancelled or never done is not a change; engineering comes before administration."""
    (lesson,) = lessons_of(make_data(make_record()))
    assert lesson.changes == (
        Change(control="engineering", label="Built in", actions=("A lock holds the trailer while the light is red.",)),
        Change(control="administrative", label="Agreed and taught", actions=("The driver hands in the key.",)),
    )


def test_a_reopened_action_is_not_done(make_record: MakeRecord, make_data: MakeData) -> None:
    """The latest entry of an action tells its status."""
    progress = [{"action": "A2", "status": "done"}, {"action": "A2", "status": "in-progress"}]
    (lesson,) = lessons_of(make_data(make_record(progress=progress)))
    assert lesson.changes == ()


def test_a_bare_lesson_is_still_a_lesson(make_record: MakeRecord, make_data: MakeData) -> None:
    """A minimal record has little to tell, and nothing is made up."""
    record = make_record(
        report={"what_happened": "It slipped."},
        assessment=None,
        root_cause=None,
        action_plan=None,
        progress=None,
        verification=None,
        lesson={"release": {"to": "all-staff"}},
    )
    (lesson,) = lessons_of(make_data(record))
    assert (lesson.headline, lesson.month, lesson.tags) == ("Lesson NM-2026-7QTST", "", ())
    assert (lesson.before, lesson.after, lesson.changes, lesson.causes) == (None, None, (), ())
    assert not lesson.effect


def test_withheld_values_are_withheld_and_index_nothing(make_record: MakeRecord, make_data: MakeData) -> None:
    """`redacted` stays what it is for the renderer, and is no tag."""
    record = make_record(
        lesson__headline="redacted",
        assessment__hazard="redacted",
        assessment__severity_potential="redacted",
        verification__checks=[{"on": "redacted", "result": "odd-one", "measured": 3}],
    )
    (lesson,) = lessons_of(make_data(record))
    assert lesson.headline == "redacted"
    assert [term.label for term in lesson.tags] == ["Safety", "Shipping", "Plant 2"]
    assert lesson.before is None
    (check,) = lesson.effect.checks
    assert (check.label, check.month, check.measured, check.substitute) == ("Odd one", "withheld", "3", "")


def test_lessons_come_newest_first(make_record: MakeRecord, make_data: MakeData) -> None:
    """By month of the report, then by id, so that two builds list them alike."""
    records = [
        make_record(id="NM-2026-0000B", report__reported_on="2026-01-30"),
        make_record(id="NM-2026-0000C", report__reported_on="2026-03-01"),
        make_record(id="NM-2026-0000A", report__reported_on="2026-01-31"),
    ]
    assert [lesson.id[-1] for lesson in lessons_of(make_data(*records))] == ["C", "B", "A"]


def count_all(causes: tuple[Cause, ...]) -> int:
    """Count the causes of trees."""
    return sum(1 + count_all(cause.behind) for cause in causes)


def depth(causes: tuple[Cause, ...]) -> int:
    """Return how deep trees go."""
    return max((1 + depth(cause.behind) for cause in causes), default=0)


def test_a_cause_lies_behind_what_it_explains() -> None:
    """`explains` makes a tree; categories have labels, levels words."""
    causes = [
        {"id": "C1", "level": "immediate", "category": "method", "statement": "one"},
        {"id": "C2", "explains": "C1", "level": "underlying", "statement": "two"},
        {"id": "C3", "explains": "C2", "level": "root", "category": "machine", "statement": "three"},
        {"id": "C4", "explains": "C1", "level": "root", "category": "people", "statement": "four"},
    ]
    (top,) = cause_trees(causes, str.upper)
    assert (top.label, top.category, top.statement) == ("Immediate cause", "METHOD", "one")
    assert [cause.statement for cause in top.behind] == ["two", "four"]
    assert top.behind[0].category == ""
    assert top.behind[0].behind[0].label == "Root cause"


def test_a_chain_deeper_than_a_phone_can_show_is_flattened() -> None:
    """A chain of a thousand causes is shown whole, nested no deeper than can be read, and crashes nothing."""
    causes = [{"id": f"C{n}", "explains": f"C{n - 1}", "statement": str(n)} for n in range(999)]
    trees = cause_trees(causes, str)
    assert (count_all(trees), depth(trees)) == (999, DEEPEST)


@given(
    st.lists(
        st.fixed_dictionaries({"id": st.sampled_from("ABCDEF")}, optional={"explains": st.sampled_from("ABCDEFX")}),
        max_size=8,
        unique_by=lambda cause: cause["id"],
    )
)
def test_no_cause_is_lost_or_told_twice(causes: list[dict[str, str]]) -> None:
    """Loops, gaps and causes that explain themselves still show every cause once."""
    assert count_all(cause_trees(causes, str)) == len(causes)
