"""Figures on the home page: right, and never about a handful of people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.indicators.privacy import suppress
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.render.languages import Words
from nearmiss.site.library import Library
from nearmiss.site.making.counts import Cell, count, show
from nearmiss.site.pages import render_page
from nearmiss.site.whole import make_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]


def test_numbers_from_five_are_shown_and_smaller_ones_are_not() -> None:
    """Four is `fewer than 5`; none is none."""
    assert [show(number) for number in (0, 1, 4, 5, 12)] == ["none", "fewer than 5", "fewer than 5", "5", "12"]


def test_a_single_small_number_takes_another_one_with_it() -> None:
    """One hidden cell could be worked out from the total, so the next larger one goes too."""
    assert suppress({"a": 1, "b": 9, "c": 20}) == {"a": "fewer than 5", "b": "not shown"}
    assert suppress({"a": 3, "b": 4, "c": 20}) == {"a": "fewer than 5", "b": "fewer than 5"}
    assert suppress({"a": 8, "b": 9}) == {}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(min_value=0, max_value=12)))
def test_hidden_cells_together_are_never_few(numbers: dict[str, int]) -> None:
    """With the total known, the hidden cells add up to at least five, or everything is hidden."""
    hidden = suppress(numbers)
    assert all((words == "fewer than 5") == (numbers[name] < 5) for name, words in hidden.items())
    assert {name for name, number in numbers.items() if number < 5} <= set(hidden)
    assert not hidden or sum(numbers[name] for name in hidden) >= 5 or len(hidden) == len(numbers)


def test_records_are_counted_by_state_and_kind(make_record: MakeRecord, make_data: MakeData) -> None:
    """States come in the order of the work, kinds by name, what has no known kind last; restricted ones not at all."""
    records = [make_record() for _ in range(6)]
    records += [make_record(state="action", assessment__classification="quality") for _ in range(5)]
    records += [make_record(state="reported", assessment=None) for _ in range(2)]
    records += [make_record(state="on-hold", assessment__classification="unheard-of") for _ in range(3)]
    records += [make_record(state="reported", assessment__classification="security") for _ in range(9)]
    counts = count(make_data(*records, settings={"restricted_classes": ["security"]}), Words(language="de"))
    assert counts.total == "16"
    assert counts.by_state == (
        Cell(label="Reported, being assessed", shown="fewer than 5"),
        Cell(label="Investigated, cause being found", shown="fewer than 5"),
        Cell(label="Cause found, action being planned", shown="fewer than 5"),
        Cell(label="Action under way", shown="5"),
        Cell(label="Verified: it works", shown="6"),
        Cell(label="Answered, not a near miss", shown="fewer than 5"),
        Cell(label="Handled as an incident", shown="fewer than 5"),
        Cell(label="On hold", shown="fewer than 5"),
    )
    assert counts.by_classification == (
        Cell(label="Quality", shown="5"),
        Cell(label="Sicherheit", shown="6"),
        Cell(label="Not yet classified, or other", shown="5"),
    )


def test_one_report_in_one_state_cannot_be_told_from_none(make_record: MakeRecord, make_data: MakeData) -> None:
    """An empty row looks like a small one, or the rows that are left would say how small they are."""
    settings: dict[str, Any] = {"restricted_classes": []}
    one = count(make_data(make_record(state="action"), settings=settings))
    other = count(make_data(make_record(state="declined"), settings=settings))
    assert one == other


def test_the_verified_are_told_as_the_list_of_lessons_tells_them(make_record: MakeRecord, make_data: MakeData) -> None:
    """Where the number itself would give a small one away, it is at least as many as everybody can count there."""
    records = [make_record(id=f"NM-2026-0000{n}") for n in range(5)]
    records += [make_record(id=f"NM-2026-1000{n}", state="action") for n in range(9)]
    records += [make_record(id=f"NM-2026-2000{n}", state="declined") for n in range(2)]
    rows = {cell.label: cell for cell in count(make_data(*records)).by_state}
    assert rows["Verified: it works"].shown == "at least 5"
    assert not rows["Verified: it works"].is_told
    assert rows["Action under way"].shown == "9"
    unreleased = [make_record(id=f"NM-2026-0000{n}", lesson__release={"to": "team"}) for n in range(5)]
    rows = {cell.label: cell for cell in count(make_data(*unreleased, *records[5:])).by_state}
    assert rows["Verified: it works"].shown == "not shown"


def test_a_table_in_which_nothing_may_be_shown_is_a_sentence(
    make_record: MakeRecord, make_data: MakeData, repo_root: Path
) -> None:
    """Eight reports fill no table: it is named with why; a row that may be shown brings it back."""
    renderer = Renderer([repo_root / "templates"])

    def shown(*records: dict[str, Any]) -> str:
        site = make_site(Library(home=make_data(*records)))
        return render_page(site.parts["counts"], site, renderer, lambda path: path)

    few = shown(*[make_record(id=f"NM-2026-0000{n}") for n in range(8)])
    assert "<table" not in few
    assert "“Where they are now” and “What they were about”" in few
    assert few.count("so that nobody can be recognised by it") == 1
    many = [make_record(id=f"NM-2026-1000{n}", state="action") for n in range(7)]
    assert "<caption>Where they are now</caption>" in shown(
        *many, *[make_record(id=f"NM-2026-2000{n}") for n in range(6)]
    )
    assert "recognised" not in shown()


def test_retired_classes_have_no_row_of_their_own(make_record: MakeRecord, make_data: MakeData) -> None:
    """A class that is no longer used is counted among those without one."""
    vocabulary = {"classification": {"safety": {"label": {"en": "Safety"}, "retired": True}}}
    counts = count(make_data(*[make_record()] * 5, vocabulary=vocabulary))
    assert counts.by_classification == (Cell(label="Not yet classified, or other", shown="5"),)


def test_before_the_first_report_there_is_no_table(make_data: MakeData) -> None:
    """Nothing is counted where nothing was reported."""
    counts = count(make_data())
    assert (counts.total, counts.by_state, counts.by_classification) == ("none", (), ())
