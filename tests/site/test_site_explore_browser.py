"""Finding lessons in a real browser: by filters, words and order, with the address as memory, on any host or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from tests.site.browser import WITHOUT_SEARCH, Watched, needs_browser, served
from tests.site.building import build_from, lay_down_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

pytestmark = needs_browser

PAGE = "plant/lessons/index.html"
"""The site is served from a folder below its host, as many are."""

HOSTILE = "<img src=x onerror=window.pwned=1> Zürich {number}"
IN_2026, IN_2025 = 70, 60
LATE = "NM-2026-90042"
"""A report of 2025 that was entered in 2026, as its id says."""


def records(make_record: MakeRecord) -> list[dict[str, Any]]:
    """Return lessons of two years: every tenth of another area, one catastrophic, one with hostile words."""
    made = []
    for year, number in ((2026, IN_2026), (2025, IN_2025)):
        for each in range(number):
            headline = HOSTILE if (year, each) == (2026, 7) else f"Heading {year} {each:02d}"
            made.append(
                make_record(
                    id=LATE if (year, each) == (2025, 42) else f"NM-{year}-{each:05d}",
                    lesson__headline=headline,
                    report__reported_on=f"{year}-{1 + each % 9:02d}-11",
                    report__process_area="yard" if each % 10 == 0 else "shipping",
                    report__links=[{"kind": "equipment", "ref": f"FLT-{each}"}],
                    assessment__severity_potential=5 if (year, each) == (2025, 3) else 3,
                )
            )
    return made


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, make_record: MakeRecord, make_data: MakeData, repo_root: Path
) -> Path:
    """A host's folder that holds the built site at some depth; tests read it."""
    instance, host = tmp_path_factory.mktemp("instance"), tmp_path_factory.mktemp("host")
    lay_down_site(repo_root, instance)
    build_from(make_data(*records(make_record)), instance, host / "plant")
    return host


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    """Where the page of all lessons is served."""
    with served(built, policy=WITHOUT_SEARCH) as host:
        yield f"{host}{PAGE}"


class Visit(Watched):
    """A tab that notes which data it asks for, and what goes wrong."""

    def __init__(self, browser: Any, address: str, *, width: int = 1280, script: bool = True) -> None:
        super().__init__(browser, width=width, java_script_enabled=script)
        self.tab.goto(address, wait_until="load")

    def finds(self, number: int) -> None:
        """Wait until the page says how many it found."""
        self.tab.wait_for_function(
            "number => document.querySelector('.nm-explore__status').textContent === `Lessons found: ${number}`",
            arg=number,
            timeout=20_000,
        )

    def headlines(self) -> list[str]:
        """Return the headlines that are seen."""
        texts: list[str] = self.tab.locator(".nm-card__title:visible").all_inner_texts()
        return texts

    @property
    def data(self) -> list[str]:
        """The files of data that were asked for."""
        return [url.rpartition("/")[2] for url in self.asked if "/data/" in url]

    @property
    def query(self) -> str:
        """What the address asks for."""
        return str(self.tab.evaluate("location.search"))

    def choose(self, name: str, value: str) -> None:
        """Choose a value of a filter."""
        self.tab.locator(f"select[name={name}]").select_option(value)


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Return a function that opens tabs, which are closed in the end."""
    visits: list[Visit] = []

    def open_tab(address: str, **options: Any) -> Visit:
        visits.append(Visit(browser, address, **options))
        return visits[-1]

    yield open_tab
    for one in visits:
        assert one.tab.evaluate("window.pwned") is None
        one.context.close()


def test_filters_narrow_and_the_address_remembers(address: str, visit: Callable[..., Visit]) -> None:
    """Each choice shows what fits and stands in the address; back and forward, and who is sent it, see the same."""
    here = visit(address)
    here.finds(IN_2026 + IN_2025)
    assert here.data == []
    here.choose("area", "yard")
    here.finds(13)
    assert here.query == "?area=yard"
    assert len(here.headlines()) == 13
    here.choose("year", "2025")
    here.finds(6)
    assert here.query == "?area=yard&year=2025"
    assert here.headlines()[0] == "Heading 2025 50"
    assert here.tab.locator(".nm-explore__set").inner_text() == "Filters set: 2"

    here.tab.go_back()
    here.finds(13)
    assert here.tab.locator("select[name=year]").input_value() == ""
    here.tab.go_back()
    here.finds(IN_2026 + IN_2025)
    assert len(here.headlines()) == 30
    here.tab.go_forward()
    here.finds(13)

    there = visit(f"{address}?area=yard&year=2025&hazard=unknown&sort=oldest")
    there.finds(6)
    assert there.headlines()[0] == "Heading 2025 00"
    assert there.data == ["2025.js"]
    there.tab.get_by_role("button", name="Clear all").click()
    there.finds(IN_2026 + IN_2025)
    assert (there.query, there.said, here.said) == ("", [], [])


def test_words_find_lessons_whatever_their_case_and_accents(address: str, visit: Callable[..., Visit]) -> None:
    """Words of the headline, a machine, an id; what is typed is one step back, and text of records is only text."""
    here = visit(address)
    box = here.tab.get_by_label("Words, a machine, a batch")
    box.press_sequentially("zurich {NUMBER}", delay=5)
    here.finds(1)
    assert here.headlines() == [HOSTILE]
    box.fill("flt-11")
    here.finds(2)
    box.fill("no such thing")
    here.tab.wait_for_selector("text=No lesson fits.")
    box.fill(LATE)
    here.finds(1)
    assert here.query == f"?text={LATE}"
    here.tab.locator(".nm-card a").locator("visible=true").click()
    here.tab.wait_for_url(f"**/plant/lessons/2026/{LATE}.html")
    here.tab.go_back()
    here.finds(1)
    here.tab.go_back()
    here.finds(IN_2026 + IN_2025)
    assert here.said == []


def test_lessons_are_sorted(address: str, visit: Callable[..., Visit]) -> None:
    """By age, by how bad it could have been, and by headline."""
    here = visit(f"{address}?sort=severity")
    here.finds(IN_2026 + IN_2025)
    assert here.headlines()[0] == "Heading 2025 03"
    here.choose("sort", "oldest")
    here.tab.wait_for_function(
        "() => document.querySelector('#explore-results a').textContent.startsWith('Heading 2025')"
    )
    assert [one[:12] for one in here.headlines()] == ["Heading 2025"] * 50
    here.choose("sort", "headline")
    here.tab.wait_for_function("() => document.querySelector('#explore-results a').textContent.startsWith('<img')")
    here.choose("severity", "4")
    here.finds(1)


def test_more_are_shown_when_asked_for(address: str, visit: Callable[..., Visit]) -> None:
    """Fifty at a time; the focus goes to the first that is new, and who comes back finds as many as before."""
    here = visit(f"{address}?hazard=moving-vehicle")
    here.finds(130)
    assert len(here.headlines()) == 50
    here.tab.get_by_role("button", name="Show more").click()
    here.tab.wait_for_function("() => document.querySelectorAll('#explore-results .nm-card').length === 100")
    focused = here.tab.evaluate("document.activeElement.textContent")
    assert here.headlines().index(focused) == 50
    here.tab.locator("#explore-results a").nth(60).click()
    here.tab.wait_for_url("**/NM-*.html")
    here.tab.go_back()
    here.tab.wait_for_function("() => document.querySelectorAll('#explore-results .nm-card').length === 100")

    plain = visit(address)
    plain.tab.get_by_role("button", name="Show more").click()
    plain.tab.wait_for_function("() => document.querySelectorAll('#explore-results .nm-card').length === 100")
    assert plain.headlines().index(plain.tab.evaluate("document.activeElement.textContent")) == 30
    assert not plain.tab.locator("#newest-lessons").is_visible()


def test_a_phone_shows_lessons_first_and_needs_no_mouse(address: str, visit: Callable[..., Visit]) -> None:
    """On a phone the filters wait behind a line; keys alone open them, choose, and reach the lessons."""
    here = visit(f"{address}?area=yard", width=390)
    here.finds(13)
    area = here.tab.locator("select[name=area]")
    assert not area.is_visible()
    assert here.tab.locator(".nm-explore__set").inner_text() == "Filters set: 1"
    assert here.tab.evaluate("document.documentElement.scrollWidth") <= 390
    here.tab.locator(".nm-explore summary").focus()
    here.tab.keyboard.press("Enter")
    assert area.is_visible()
    assert here.tab.evaluate("document.documentElement.scrollWidth") <= 390
    here.tab.keyboard.press("Tab")
    here.tab.keyboard.type("flt-20")
    here.finds(2)
    for _ in range(12):
        here.tab.keyboard.press("Tab")
        if here.tab.evaluate("document.activeElement.type") == "reset":
            break
    here.tab.keyboard.press("Tab")
    assert here.tab.evaluate("document.activeElement.closest('.nm-card') !== null")
    here.tab.keyboard.press("Enter")
    here.tab.wait_for_url("**/NM-2026-00020.html")
    assert here.said == []


def test_it_works_from_a_folder(built: Path, visit: Callable[..., Visit]) -> None:
    """Opened by a double click, filters, the address and the way back work as on a server."""
    here = visit(f"file://{built}/{PAGE}")
    here.choose("area", "yard")
    here.finds(13)
    assert here.query == "?area=yard"
    here.tab.go_back()
    here.finds(IN_2026 + IN_2025)
    here.tab.go_forward()
    here.finds(13)
    here.tab.locator("#explore-results a").first.click()
    here.tab.wait_for_url("**/lessons/2026/NM-*.html")
    assert here.said == []


def test_without_a_script_there_are_plain_lists(address: str, browser: Any) -> None:
    """Who lets no script run sees the newest lessons and the ways to all others, and no form that does nothing."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address)
    assert not tab.locator("#explore").is_visible()
    assert not tab.locator("#explore-results button").is_visible()
    assert tab.locator(".nm-card:visible").count() == 30
    tab.get_by_role("link", name="All 130 lessons, by year").click()
    tab.get_by_role("link", name=re.compile("2025")).last.click()
    assert tab.locator(".nm-card:visible").count() == IN_2025
    context.close()


def test_where_data_do_not_come_the_lists_stay(address: str, visit: Callable[..., Visit]) -> None:
    """A file that is missing or of another form is said, the lists are left, and the next try asks again."""
    here = visit(address)
    here.tab.route("**/data/2025.js", lambda route: route.abort())
    other = 'nearmissLessons({"format":0,"path":"2026.js"})'
    here.tab.route("**/data/2026.js", lambda route: route.fulfill(body=other, content_type="text/javascript"))
    here.choose("year", "2025")
    here.tab.wait_for_selector("text=The lessons could not be loaded.")
    assert len(here.headlines()) == 30
    here.choose("year", "2026")
    here.tab.wait_for_function(
        "() => performance.getEntriesByName(document.querySelector('[data-year=\"2026\"]').href).length"
    )
    assert here.tab.get_by_text("The lessons could not be loaded.").is_visible()
    here.tab.unroute_all()
    here.choose("year", "2025")
    here.finds(IN_2025)


def test_a_poster_prints_on_one_sheet(address: str, browser: Any, tmp_path: Path) -> None:
    """A poster fills one sheet of A4 or Letter paper, and no more."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address.replace("lessons/index.html", "posters/area-shipping.html"))
    for paper in ("A4", "Letter"):
        printed = tmp_path / f"{paper}.pdf"
        tab.pdf(path=str(printed), format=paper)
        assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) == 1
    context.close()
