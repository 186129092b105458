"""The page of the open work: how much there is, how old it is, and where something is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.privacy import NOT_SHOWN
from nearmiss.render.languages import ENGLISH, N_, Words
from nearmiss.render.pictures.stacks import Part, Stack, StackChart, draw_stacks
from nearmiss.render.words import label_of, spell_date
from nearmiss.site.making.charts import Chart, Count, bar_chart, listed_names, stack_chart, told_and_to_come
from nearmiss.site.pages import Page
from nearmiss.site.rules_in_words import kinds_of_states, label_of_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.indicators.open_work import Amount, Lateness, OpenWork
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

OPEN_WORK = "open-work.md"
BY_STATE = N_("What they wait for")
BY_AGE = N_("How old they are")
BY_AREA = N_("Where something is late")


def open_work_page(library: Library) -> Page:
    """Return the page of the open work of the register that the site belongs to."""
    return Page(
        path=OPEN_WORK,
        title=library.words.gettext("Open work"),
        name=library.words.gettext("Open work"),
        template="site/open-work.html.j2",
        data=lambda: open_work_data(library.home, library.words),
        hide=("toc", "navigation"),
        in_nav=True,
    )


def open_work_data(data: SiteData, words: Words = ENGLISH) -> Mapping[str, Any]:
    """Return what the page shows."""
    work = data.open_work
    charts, to_come = _charts_of(work, data, words) if work else ((), ())
    return {
        "is_known": work is not None,
        "total": _number(work.total if work else None, words),
        "overdue": _number(work.overdue if work else None, words),
        "charts": charts,
        "to_come": listed_names(to_come, words),
        "today": spell_date(data.today.isoformat(), words),
        "commit": data.commit[:12],
    }


def _charts_of(work: OpenWork, data: SiteData, words: Words) -> tuple[tuple[Chart, ...], tuple[str, ...]]:
    """Return the charts that may be shown, and the headings of those that have too few reports."""
    labels = {state: label_of_state(state, data.rules, words) for state in kinds_of_states(data.rules)}
    charts, to_come = told_and_to_come(_charts(work, labels, data, words))
    if work.total is None:
        to_come = (*to_come, words.gettext(BY_AGE), words.gettext(BY_AREA))
    return charts, to_come


def _number(number: int | None, words: Words) -> str:
    return "" if number is None else words.number(number)


def _figure(number: int | None, words: Words) -> str:
    return words.plain(NOT_SHOWN) if number is None else words.number(number)


def _charts(work: OpenWork, labels: Mapping[str, str], data: SiteData, words: Words) -> Iterator[Chart]:
    axis = words.gettext("Open reports")
    yield bar_chart(
        "open-by-state",
        words.gettext(BY_STATE),
        words.gettext("Open reports by the state that they are in. Each state ends with a sign-off."),
        [_count(one, labels[one.key]) for one in work.by_state],
        axis,
        words,
    )
    if work.by_age:
        yield stack_chart(
            "open-by-age",
            words.gettext(BY_AGE),
            words.gettext("Open reports by the days since the report."),
            [_count(one, words.plain(one.key)) for one in work.by_age],
            axis,
            words,
        )
    if work.by_area:
        yield _by_area(work.by_area, data, words)


def _count(amount: Amount, label: str) -> Count:
    return Count(label=label, number=amount.number, shown=amount.shown)


def _by_area(areas: tuple[Lateness, ...], data: SiteData, words: Words) -> Chart:
    """Return each area with its open work in two parts: what is late, and what is in time."""
    names = (words.gettext("With something overdue"), words.gettext("In time"))
    rows = [(_area(one.area, data, words), one) for one in areas]
    heading = words.gettext(BY_AREA)
    chart = StackChart(
        title=heading,
        description=words.gettext("Each bar is one area; its first part is what is late."),
        names=names,
        unknown=words.gettext("Areas with a few open reports are in the table only."),
        stacks=tuple(Stack(label=label, parts=_parts(one, words)) for label, one in rows if one.number is not None),
    )
    return Chart(
        name="late-by-area",
        heading=heading,
        definition=words.gettext(
            "Open reports by area. Late is a report of which something is past its day: the next step, an action or a "
            "check."
        ),
        picture=draw_stacks(chart, prefix="late-by-area") if chart.stacks else "",
        headers=("", words.gettext("Open reports"), words.gettext("With something overdue")),
        rows=tuple((label, _figure(one.number, words), _figure(one.overdue, words)) for label, one in rows),
    )


def _area(area: str, data: SiteData, words: Words) -> str:
    return label_of(data.vocabulary, "area", area, words) if area else words.gettext("Area not given")


def _parts(one: Lateness, words: Words) -> tuple[Part, ...]:
    late = one.overdue or 0
    return tuple(Part(value=value, text=words.number(value)) for value in (late, (one.number or 0) - late))
