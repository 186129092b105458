"""Dates are read by declared formats, and never by a guess."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.importing.dates import Moment, Ways, check_format, question


@pytest.mark.parametrize(
    "text, form, on, at",
    [
        ("12/19/2003 11:00", "MM/DD/YYYY HH:mm", "2003-12-19", "11:00"),
        ("1/5/2003 0:00", "MM/DD/YYYY HH:mm", "2003-01-05", "00:00"),
        ("24.12.2025", "DD.MM.YYYY", "2025-12-24", ""),
        ("198801", "YYYYMM", "1988-01", ""),
        ("20030204", "YYYYMMDD", "2003-02-04", ""),
        ("2003", "YYYY", "2003", ""),
        ("02/2003", "MM/YYYY", "2003-02", ""),
        ("3/4/2003 12:05 AM", "MM/DD/YYYY hh:mm AM", "2003-03-04", "00:05"),
        ("3/4/2003 12:05 p.m.", "MM/DD/YYYY hh:mm AM", "2003-03-04", "12:05"),
        ("14:20:59", "HH:mm:ss", "", "14:20"),
        ("2003-12-19T11:00", "DD.MM.YYYY", "2003-12-19", "11:00"),
    ],
)
def test_declared_formats_are_read(text: str, form: str, on: str, at: str) -> None:
    """A date is read as its format says; year-month-day is always understood."""
    assert Ways(formats=(form,)).readings(text) == {Moment(on=on, at=at)}


@pytest.mark.parametrize(
    "text, form",
    [
        ("19/12/2003", "MM/DD/YYYY"),
        ("12/19/03", "MM/DD/YYYY"),
        ("31.02.2003", "DD.MM.YYYY"),
        ("198813", "YYYYMM"),
        ("12/19/2003 25:00", "MM/DD/YYYY HH:mm"),
        ("12/19/2003 11:75", "MM/DD/YYYY HH:mm"),
        ("12/19/2003 13:00 PM", "MM/DD/YYYY hh:mm AM"),
        ("yesterday", "DD.MM.YYYY"),
        ("1988013", "YYYYMMDD"),
    ],
)
def test_other_dates_are_not_read(text: str, form: str) -> None:
    """What a format does not cover, or no calendar has, is no date."""
    assert not Ways(formats=(form,)).readings(text)


def test_two_digits_mean_the_hundred_years_from_the_first() -> None:
    """A two-digit year is the one of that ending from the declared first year on."""
    ways = Ways(formats=("DD.MM.YY",), first_year=1970)
    assert ways.readings("01.02.70") == {Moment(on="1970-02-01")}
    assert ways.readings("01.02.69") == {Moment(on="2069-02-01")}


def test_two_formats_can_disagree() -> None:
    """Every meaning of a date is returned, so that nobody has to guess which was meant."""
    ways = Ways(formats=("DD/MM/YYYY", "MM/DD/YYYY"))
    assert ways.readings("03/04/2003") == {Moment(on="2003-04-03"), Moment(on="2003-03-04")}
    assert ways.readings("13/04/2003") == {Moment(on="2003-04-13")}


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2199, 12, 31)))
def test_every_day_survives_every_order(day: date) -> None:
    """A day written in any declared order is read as that day."""
    for form, written in (
        ("DD.MM.YYYY", f"{day.day}.{day.month}.{day.year}"),
        ("MM/DD/YYYY", f"{day.month:02d}/{day.day:02d}/{day.year}"),
        ("YYYYMMDD", f"{day.year}{day.month:02d}{day.day:02d}"),
    ):
        assert Ways(formats=(form,)).readings(written) == {Moment(on=day.isoformat())}
    assert Ways().readings((day + timedelta(days=1)).isoformat()) == {Moment(on=(day + timedelta(days=1)).isoformat())}


@pytest.mark.parametrize(
    "form, words",
    [
        ("DD.MM.YY", "leaves the century open"),
        ("DD.MM.JJJJ", "is not a date format"),
        ("D.M.YYYY", "is not a date format"),
        ("%d.%m.%Y", "is not a date format"),
        ("", "is not a date format"),
        ("DD.DD.YYYY", "is not a date format"),
        ("DD.YYYY", "does not fit together"),
        ("YYYY YY", "does not fit together"),
        ("HH:mm AM", "does not fit together"),
        ("YYYY-DD-MM", "day before the month after the year"),
    ],
)
def test_formats_that_leave_something_open_are_refused(form: str, words: str) -> None:
    """A format says everything about a date or is refused with the question that it leaves."""
    assert words in check_format(form, None)


@pytest.mark.parametrize("form", ["DD.MM.YYYY HH:mm", "YYYYMM", "HH:mm", "YYYY-MM-DDTHH:mm:ss", "hh:mm AM"])
def test_whole_formats_are_accepted(form: str) -> None:
    """A format that leaves nothing open is accepted."""
    assert not check_format(form, None)


@pytest.mark.parametrize(
    "text, asked",
    [
        ("03/04/2026", 'dates: ["DD/MM/YYYY"] if the day comes first, ["MM/DD/YYYY"] if the month does'),
        ("03.04.26", "first_year: 1970"),
        ("2026/03/04", 'dates: ["YYYY/MM/DD"]'),
        ("198801", "How are these written?"),
    ],
)
def test_questions_offer_the_answers(text: str, asked: str) -> None:
    """A question about a date names the entries that would answer it."""
    assert asked in question(text)
