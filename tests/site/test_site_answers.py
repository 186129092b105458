"""What became of reports, and early warnings: who may be shown, what of it, and for how long."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.site.library import Library
from nearmiss.site.making.answers import ANSWERS, DECISIONS, NEWEST
from nearmiss.site.making.early_warnings import EARLY_WARNINGS, early_warnings
from nearmiss.site.pages import Page, render_page
from nearmiss.site.whole import make_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]


@pytest.fixture
def show(repo_root: Path) -> Callable[[SiteData, str], str]:
    """Return a function that renders one page of a register."""
    renderer = Renderer([repo_root / "templates"])

    def show_it(data: SiteData, path: str) -> str:
        site = make_site(Library(home=data))
        (page,) = (page for page in site.pages if page.path == path)
        return render_page(page, site, renderer, lambda target: f"to:{target}")

    return show_it


def words_of(html: str) -> str:
    """Return what a reader reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_nobody_reports_into_silence(
    make_record: MakeRecord, make_data: MakeData, show: Callable[[SiteData, str], str]
) -> None:
    """A report in each state is there with what became of it and the reply; the lesson is one link away."""
    reply = "Thank you, we are building a lock."
    records = [
        make_record(),
        make_record(id="NM-2026-00001", state="reported", assessment__reply="A draft that nobody signed."),
        make_record(id="NM-2026-00002", state="declined", assessment__decision="hazard", assessment__reply=reply),
        make_record(id="NM-2026-00003", state="action", assessment__reply=reply),
        make_record(id="NM-2026-00004", state="escalated", assessment__reply=reply),
    ]
    records[3]["report"]["lang"] = "de"
    html = show(make_data(*records), ANSWERS)
    assert html.count('class="nm-answer ') == 5
    assert html.count('class="nm-answer__reply" lang="de">') == html.count(" lang=") == 1
    assert html.count(reply) == 3
    assert "A draft" not in html
    assert "A danger without an event: passed on, to be removed" in html
    assert html.count('href="to:lessons/2026/NM-2026-7QTST.md"') == 1
    assert [word for word in ("NM-2026-0000", "t.silva", "dock-3") if word in html] == []


def test_only_the_month_and_a_large_area_are_shown(
    make_record: MakeRecord, make_data: MakeData, show: Callable[[SiteData, str], str]
) -> None:
    """From five reports on an area is named; of the day nothing is."""
    few = [make_record(id=f"NM-2026-0000{n}", state="reported") for n in range(4)]
    assert "Shipping" not in show(make_data(*few), ANSWERS)
    html = show(make_data(*few, make_record()), ANSWERS)
    assert html.count("Shipping") == 5
    assert "March 2026" in html
    assert not re.search(r"\d+ March", words_of(html))


def test_naming_an_area_tells_no_small_number(
    make_record: MakeRecord, make_data: MakeData, show: Callable[[SiteData, str], str]
) -> None:
    """What is left unnamed is together no few, and no few of a named area are without an answer."""
    large = [make_record(id=f"NM-2026-0000{n}", state="action") for n in range(6)]
    small = [make_record(id=f"NM-2026-1000{n}", state="action", report__process_area="yard") for n in range(2)]
    others = [make_record(id=f"NM-2026-2000{n}", state="action", report__process_area="dock") for n in range(5)]
    assert "Shipping" not in show(make_data(*large, *small), ANSWERS)
    html = show(make_data(*large, *small, *others), ANSWERS)
    assert html.count("Shipping") == 6
    assert "Dock" not in html
    unclassified = make_record(id="NM-2026-30000", state="reported", assessment=None)
    settings = {"restricted_classes": ["security"]}
    assert "Shipping" not in show(make_data(*large, unclassified, settings=settings), ANSWERS)
    assert "Shipping" in show(make_data(*large, settings=settings), ANSWERS)


def test_a_restricted_class_is_not_answered_in_public(
    make_record: MakeRecord, make_data: MakeData, show: Callable[[SiteData, str], str]
) -> None:
    """Nor is what may turn out to be of one; of records with errors nothing is shown."""
    settings = {"restricted_classes": ["security"]}
    hidden = [
        make_record(id="NM-2026-00001", assessment__classification="security"),
        make_record(id="NM-2026-00002", state="reported", assessment=None),
    ]
    html = show(make_data(make_record(), *hidden, settings=settings), ANSWERS)
    assert html.count('class="nm-answer ') == 1


def test_every_reason_to_decline_is_told_in_words() -> None:
    """Each decision but the near miss has its sentence, and none of them says `rejected`."""
    from nearmiss.models.assessment import Decision

    assert {*DECISIONS, "near-miss"} == set(Decision.__args__)  # type: ignore[attr-defined]  # a Literal
    assert not any("reject" in sentence.lower() for sentence in DECISIONS.values())


def test_many_answers_have_a_page_for_each_year(make_record: MakeRecord, make_data: MakeData) -> None:
    """The first page has the newest; each year its own, which stays as it is when another year goes on."""
    records = [
        make_record(id=f"NM-{year}-000{n:02}", report__reported_on=f"{year}-03-20", state="action")
        for year in (2025, 2026)
        for n in range(30)
    ]
    before = make_site(Library(home=make_data(*records)))
    paths = [page.path for page in before.pages if page.path.startswith("you-said")]
    assert paths == ["you-said-we-did/2026.md", "you-said-we-did/2025.md", ANSWERS]
    assert len(records) > NEWEST
    after = make_site(Library(home=make_data(*records, make_record())))

    def keys(pages: tuple[Page, ...]) -> dict[str, str]:
        return {page.path: page.key for page in pages}

    assert keys(before.pages)["you-said-we-did/2025.md"] == keys(after.pages)["you-said-we-did/2025.md"]
    assert keys(before.pages)["you-said-we-did/2026.md"] != keys(after.pages)["you-said-we-did/2026.md"]


def test_an_early_warning_stands_until_its_day_is_over(
    make_record: MakeRecord, make_data: MakeData, show: Callable[[SiteData, str], str]
) -> None:
    """It is marked as provisional, counts on its last day, and is gone on the next."""
    record = make_record(state="investigated")
    on_the_day = make_data(record, today=date(2026, 4, 30))
    html = show(on_the_day, EARLY_WARNINGS)
    assert words_of(html).count("Provisional until 30 April 2026 Check the chocks Look first.") == 1
    assert early_warnings(Library(home=make_data(record, today=date(2026, 5, 1)))) == ()
    assert " lang=" not in html
    german = make_record(state="investigated", report__lang="de")
    html = show(make_data(german, today=date(2026, 4, 30)), EARLY_WARNINGS)
    assert re.findall(r'class="nm-warning__(title|do)" lang="de">', html) == ["title", "do"]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "verified"},
        {"state": "declined"},
        {"state": "escalated"},
        {"alert__until": "2026-04"},
        {"alert__until": "redacted"},
        {"alert": None},
        {"assessment__classification": "security"},
    ],
)
def test_what_is_no_early_warning_any_more_is_none(
    make_record: MakeRecord, make_data: MakeData, changes: dict[str, Any]
) -> None:
    """A case that is closed has its lesson or its reply; a day that is none lets nothing stand."""
    record = make_record(**{"state": "action"} | changes)
    settings = {"restricted_classes": ["security"]}
    assert early_warnings(Library(home=make_data(record, today=date(2026, 4, 1), settings=settings))) == ()


def test_a_draft_of_an_early_warning_is_not_shown(make_record: MakeRecord, make_data: MakeData) -> None:
    """Only a sign-off puts it in force."""
    record = make_record(state="reported")
    assert early_warnings(Library(home=make_data(record, today=date(2026, 4, 1)))) == ()
