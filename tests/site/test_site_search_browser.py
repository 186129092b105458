"""Search in a real browser: by keyboard, on a phone, under a strict policy, and with few bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from tests.site.browser import Watched, needs_browser, served
from tests.site.building import build_from, lay_down_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

pytestmark = needs_browser

BELOW = "plant/lessons/"
"""The site is served from a folder below its host, as many are."""

ONE_QUERY = 300_000
"""Bytes that the first query may take in all: the program, its words, and what it asks for."""

HOSTILE = "<img src=x onerror=window.pwned=1><mark>Findme</mark> &lt;b&gt;"


COUNT_RESULTS = """
window.shown = 0;
addEventListener("DOMContentLoaded", () => {
  const count = (changes) => changes.forEach(({ addedNodes }) => { window.shown += addedNodes.length; });
  new MutationObserver(count).observe(document.getElementById("nm-find-results"), { childList: true });
});
"""

VOCABULARY: dict[str, Any] = {
    "area": {
        "shipping": {"label": {"en": "Shipping", "de": "Versand"}},
        "storage": {"label": {"en": "Storage", "de": "Lagerung"}, "synonyms": ["Einlagerung"]},
        "laboratory": {"label": {"en": "Laboratory", "de": "Labor"}},
    },
}


def records(make_record: MakeRecord) -> list[dict[str, Any]]:
    """Return fourteen lessons: two that say near miss, one that says lorry, two of a machine, some of another area."""
    texts = {
        1: "It was a near miss with a ladder.",
        2: "A near miss, again, at the dock.",
        3: "The lorry moved off.",
        4: HOSTILE,
        5: "The wardrobe was seen by Gabelstaplerfahrer, and its Stützen gave way.",
    }
    codes = {5: "FLT-07", 6: "TRL-88"}
    made = [
        make_record(
            id=f"NM-2026-{number:05d}",
            lesson__headline=f"Heading {number}",
            report__what_happened=texts.get(number, f"Something with a wardrobe {number}."),
            report__reported_on=f"2026-{1 + number % 9:02d}-11",
            report__process_area="storage" if number % 3 == 0 else "shipping",
            report__lang="de" if number == 4 else "en",
            report__links=[{"kind": "equipment", "ref": codes[number]}] if number in codes else [],
        )
        for number in range(1, 15)
    ]
    unpublished = make_record(id="NM-2026-SECRE", state="action", report__what_happened="Unpublishedword")
    withdrawn = make_record(id="NM-2026-WXTHD", lesson__status="withdrawn", report__what_happened="Withdrawnword")
    return [*made, unpublished, withdrawn]


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, make_record: MakeRecord, make_data: MakeData, repo_root: Path
) -> Path:
    """A host's folder that holds the built site at some depth; tests read it."""
    instance, host = tmp_path_factory.mktemp("instance"), tmp_path_factory.mktemp("host")
    lay_down_site(repo_root, instance)
    build_from(make_data(*records(make_record), vocabulary=VOCABULARY), instance, host / BELOW)
    return host


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    """Where the site is served."""
    with served(built) as host:
        yield f"{host}{BELOW}"


class Visit(Watched):
    """A tab that notes what it asks for, how much that is, and what goes wrong."""

    def __init__(self, browser: Any, *, width: int = 1280, script: bool = True) -> None:
        super().__init__(browser, width=width, java_script_enabled=script)
        self.answers: list[Any] = []
        self.tab.on("response", lambda answer: self.answers.append(answer))  # noqa: PLW0108 - Playwright takes no built-in

    def found(self) -> list[str]:
        """Return the titles of the results, once there are some."""
        self.results.first.wait_for(timeout=20_000)
        self.tab.wait_for_load_state("networkidle")
        return [str(title) for title in self.tab.locator(".nm-find__title").all_inner_texts()]

    def said_at_last(self, words: str) -> None:
        """Wait until the page says how many pages there are."""
        self.tab.locator("#nm-find-status").get_by_text(words, exact=True).wait_for(timeout=20_000)

    @property
    def results(self) -> Any:
        """The results."""
        return self.tab.locator(".nm-find__result")

    def bytes_after(self, number: int) -> int:
        """Return how many bytes were fetched after so many answers."""
        return sum(len(answer.body()) for answer in self.answers[number:])


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """A visit on a desktop."""
    one = Visit(browser)
    yield one
    one.context.close()


def test_a_search_by_keyboard_alone_opens_a_result(visit: Visit, address: str) -> None:
    """From the first page: slash, words, enter, down to the first result, enter."""
    visit.tab.goto(f"{address}index.html")
    visit.tab.keyboard.press("/")
    visit.tab.keyboard.type("ladder")
    visit.tab.keyboard.press("Enter")
    visit.tab.wait_for_url("**/search.html?q=ladder")
    assert visit.found()[0] == "Heading 1"
    visit.tab.keyboard.press("/")
    assert visit.tab.evaluate("document.activeElement.id") == "nm-find-q"
    for _ in range(20):
        visit.tab.keyboard.press("Tab")
        if visit.tab.evaluate("document.activeElement.closest('.nm-find__result') !== null"):
            break
    visit.tab.keyboard.press("Enter")
    visit.tab.wait_for_url("**/plant/lessons/lessons/2026/NM-2026-00001.html")


def test_a_code_or_an_id_finds_its_lesson(visit: Visit, address: str) -> None:
    """Who knows what a machine or a lesson is called finds it, however they part it; the result says so."""
    visit.tab.goto(f"{address}search.html?q=FLT-07")
    ways = {
        "FLT-07": "5 FLT-07", "trl88": "6 TRL-88", "flt07": "5 FLT-07", "TRL\u201188": "6 TRL-88", "flt 07": "5 FLT-07",
        "NM-2026-00006": "6 NM-2026-00006", "2026-00005": "5 NM-2026-00005", "00006": "6 NM-2026-00006",
        "nm 2026 00005": "5 NM-2026-00005", "trl8": "6 TRL-88", "flt/07": "5 FLT-07",
    }  # fmt: skip
    for way, meant in ways.items():
        number, shown = meant.split(" ")
        visit.tab.get_by_role("searchbox").fill(way)
        visit.results.first.get_by_text(f"Heading {number}", exact=True).wait_for(timeout=20_000)
        visit.results.first.get_by_text(shown, exact=True).wait_for(timeout=20_000)
    visit.tab.get_by_role("searchbox").fill("FLT-08")
    visit.said_at_last("Nothing was found for: FLT-08")
    assert visit.results.count() == 0


def test_words_for_near_misses_find_lessons(visit: Visit, address: str) -> None:
    """Few lessons call themselves so; still, who types it finds what it means, those that say it, and all others."""
    visit.tab.goto(f"{address}search.html?q=good+catches")
    first, *lessons = visit.found()
    assert first == "What a near miss is"
    assert set(lessons[:2]) == {"Heading 1", "Heading 2"}
    assert lessons[2:5] == ["Heading 8", "Heading 7", "Heading 6"]
    visit.tab.goto(f"{address}search.html?q=Beinaheunfall+wardrobe&area=storage")
    assert sorted(visit.found()) == ["Heading 12", "Heading 6", "Heading 9"]


def test_other_words_for_the_same_thing_find_it(visit: Visit, address: str) -> None:
    """A close call is a near miss, in German too, a truck is a lorry, and another name of an area leads to it."""
    visit.tab.goto(f"{address}search.html?q=close+call")
    assert {"Heading 1", "Heading 2"} <= set(visit.found())
    assert visit.tab.locator("mark", has_text="near").count() >= 2
    visit.tab.goto(f"{address}search.html?q=Beinahe-Unfall+ladder")
    assert "Heading 1" in visit.found()
    visit.tab.goto(f"{address}search.html?q=truck")
    assert "Heading 3" in visit.found()
    visit.tab.goto(f"{address}search.html?q=Einlagerung")
    assert sorted(visit.found()) == ["Heading 12", "Heading 3", "Heading 6", "Heading 9"]


def test_a_word_that_nobody_wrote_finds_nothing_and_helps_on(visit: Visit, address: str) -> None:
    """No results is said aloud, with other ways to go; pages that merely begin alike are not passed off as found."""
    visit.tab.goto(f"{address}search.html?q=xylophone")
    visit.said_at_last("Nothing was found for: xylophone")
    assert visit.results.count() == 0
    assert not visit.tab.locator("#nm-find-meant").is_visible()
    visit.tab.locator("#nm-find-hints a", has_text="All lessons").click()
    visit.tab.wait_for_url("**/lessons/index.html")


def test_a_slip_finds_nothing_and_is_told_what_it_may_have_meant(visit: Visit, address: str) -> None:
    """Nothing is passed off as found, not for a moment; the likely word is a link that keeps the choices."""
    visit.tab.add_init_script(COUNT_RESULTS)
    visit.tab.goto(f"{address}search.html?q=wardrbe+something&area=storage")
    visit.said_at_last("Nothing was found for: wardrbe")
    assert visit.tab.evaluate("window.shown") == 0
    meant = visit.tab.locator("#nm-find-meant a")
    assert meant.all_inner_texts() == ["wardrobe something"]
    assert meant.get_attribute("href").endswith("search.html?q=wardrobe+something&area=storage")
    meant.click()
    visit.said_at_last("Pages found: 3")
    assert visit.tab.evaluate("document.activeElement.id") == "nm-find-q"
    assert not meant.is_visible()
    for slip, word in (("Stüzten", "Stützen"), ("stutzem", "Stützen"), ("Gabelstaplerfarer", "Gabelstaplerfahrer")):
        visit.tab.goto(f"{address}search.html?q={slip}")
        visit.said_at_last(f"Nothing was found for: {slip}")
        assert meant.all_inner_texts() == [word]
    assert [url for url in visit.asked if "/words/" in url and not url.startswith(address)] == []
    assert visit.said == []


def test_a_word_that_is_not_typed_to_its_end_is_no_slip(visit: Visit, address: str) -> None:
    """While somebody types, what begins like it is found."""
    visit.tab.goto(f"{address}search.html?q=wardr")
    visit.said_at_last("Pages found: 10")


def test_a_broken_connection_is_told_and_mended(visit: Visit, address: str) -> None:
    """Without a network, nobody is told that nothing was found; with one again, the search goes on by itself."""
    visit.tab.goto(f"{address}search.html")
    visit.tab.wait_for_load_state("networkidle")
    visit.context.set_offline(True)
    visit.tab.get_by_role("searchbox").fill("ladder")
    visit.said_at_last("The search could not be loaded. Look whether you are connected, and try again.")
    assert visit.tab.get_by_role("link", name="All lessons").is_visible()
    visit.context.set_offline(False)
    assert visit.found()[0] == "Heading 1"


def test_filters_narrow_down_count_and_stay_in_the_address(visit: Visit, address: str) -> None:
    """Choices show how many pages each leaves, one may be taken with another, and the address brings them back."""
    visit.tab.goto(f"{address}search.html?q=wardrobe")
    visit.said_at_last("Pages found: 10")
    visit.tab.locator("summary", has_text="Area").click()
    visit.tab.locator("label", has_text="Storage").get_by_text("3").wait_for()
    visit.tab.get_by_role("checkbox", name="Storage").check()
    visit.said_at_last("Pages found: 3")
    assert visit.tab.url.endswith("search.html?q=wardrobe&area=storage")
    visit.tab.get_by_role("checkbox", name="Shipping").check()
    visit.said_at_last("Pages found: 10")
    visit.tab.goto(f"{address}search.html?area=storage&area=nonsense&q=wardrobe")
    visit.said_at_last("Pages found: 3")
    assert visit.tab.get_by_role("checkbox", name="Storage").is_checked()


def test_choices_alone_list_the_newest_first(visit: Visit, address: str) -> None:
    """Without a word, a choice lists its lessons, the newest first, and fetches no index for it."""
    visit.tab.goto(f"{address}search.html?area=storage")
    assert visit.found() == ["Heading 6", "Heading 12", "Heading 3", "Heading 9"]
    assert [url for url in visit.asked if "/pagefind/index/" in url] == []
    assert visit.tab.locator(".nm-find__result [lang]").count() == 0


def test_more_results_come_when_asked_for(visit: Visit, address: str) -> None:
    """Ten are shown at once; more take the focus to the first of them."""
    visit.tab.goto(f"{address}search.html?q=heading")
    assert len(visit.found()) == 10
    visit.tab.get_by_role("button", name="Show more").click()
    visit.results.nth(13).wait_for()
    assert (
        visit.tab.evaluate("document.activeElement.textContent")
        == visit.tab.locator(".nm-find__title").nth(10).inner_text()
    )
    assert not visit.tab.get_by_role("button", name="Show more").is_visible()


def test_results_are_text(visit: Visit, address: str) -> None:
    """What a record says as markup is shown letter by letter, and only the words that were looked for are marked.

    Text in another language than the site's is marked as such.
    """
    visit.tab.goto(f"{address}search.html?q=findme")
    assert visit.found() == ["Heading 4"]
    excerpt = visit.tab.locator(".nm-find__excerpt").first
    assert "<img src=x onerror=window.pwned=1><mark>Findme</mark>" in excerpt.inner_text()
    assert {str(name) for name in excerpt.locator("*").evaluate_all("all => all.map(e => e.tagName)")} == {"MARK"}
    assert visit.tab.evaluate("window.pwned") is None
    marked = "all => all.map(e => [e.tagName, e.lang])"
    assert visit.tab.locator(".nm-find__result [lang]").evaluate_all(marked) == [["A", "de"], ["P", "de"]]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_query_takes_few_bytes_and_asks_no_other_host(browser: Any, address: str, width: int) -> None:
    """On a phone and on a desktop: what the first query fetches is bounded, and all of it comes from here."""
    visit = Visit(browser, width=width)
    visit.tab.goto(f"{address}search.html")
    visit.tab.wait_for_load_state("networkidle")
    before = len(visit.answers)
    visit.tab.get_by_role("searchbox").fill("near miss")
    assert len(visit.found()) >= 2
    assert visit.bytes_after(before) < ONE_QUERY
    assert [url for url in visit.asked if not url.startswith((address, "data:"))] == []
    assert visit.tab.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.said == []
    visit.context.close()


def test_the_phone_has_a_link_and_the_desktop_a_box(browser: Any, address: str) -> None:
    """The header leads to the search at every width, and on the search page there is one box."""
    phone, desktop = Visit(browser, width=390), Visit(browser)
    for visit in (phone, desktop):
        visit.tab.goto(f"{address}lessons/2026/NM-2026-00001.html")
    assert not phone.tab.get_by_role("searchbox").is_visible()
    phone.tab.get_by_role("link", name="Search").click()
    phone.tab.wait_for_url("**/plant/lessons/search.html")
    assert phone.tab.get_by_role("searchbox").count() == 1
    desktop.tab.get_by_role("searchbox").fill("ladder")
    desktop.tab.keyboard.press("Enter")
    desktop.tab.wait_for_url("**/plant/lessons/search.html?q=ladder")
    assert desktop.tab.get_by_role("searchbox").count() == 1
    for visit in (phone, desktop):
        visit.context.close()


def test_without_a_script_the_lists_are_there(browser: Any, address: str) -> None:
    """Who has no JavaScript is told so, and led to lists of all lessons."""
    visit = Visit(browser, script=False)
    visit.tab.goto(f"{address}search.html?q=ladder")
    assert visit.tab.get_by_text("Search needs JavaScript.").is_visible()
    assert not visit.tab.locator("#nm-find").is_visible()
    visit.tab.get_by_role("link", name="All lessons").click()
    visit.tab.wait_for_url("**/lessons/index.html")
    visit.context.close()


def test_opened_from_a_folder_the_page_says_what_it_needs(visit: Visit, built: Path) -> None:
    """A browser keeps a page on disk from reading an index; the page says so, and leads to the lists."""
    visit.tab.goto(f"file://{built / BELOW}/search.html?q=ladder")
    visit.said_at_last("Search needs a web server; these pages were opened from a folder.")
    assert visit.tab.get_by_role("link", name="All lessons").is_visible()
    assert visit.said == []


def test_a_site_built_without_search_says_so(visit: Visit, built: Path, address: str) -> None:
    """Where there is no bundle, the page says that this copy has no search, and leads to the lists."""
    bundle = built / BELOW / "pagefind"
    bundle.rename(built / "aside")
    try:
        visit.tab.goto(f"{address}search.html?q=ladder")
        visit.said_at_last("Search is not part of this copy of the site.")
        assert visit.tab.get_by_role("link", name="All lessons").is_visible()
    finally:
        (built / "aside").rename(bundle)


def test_a_lesson_has_one_heading(built: Path) -> None:
    """Its headline is the only heading of the first level, by which search names it."""
    html = (built / BELOW / "lessons/2026/NM-2026-00001.html").read_text("utf-8")
    assert html.count("<h1") == 1
    assert "nm-frame" not in html


def test_the_index_has_published_words_only(built: Path) -> None:
    """Words of records that are not published, or are so no more, are in no file of the bundle."""
    bundle = built / BELOW / "pagefind"
    contents = [path.read_bytes() for path in bundle.rglob("*") if path.is_file()]
    unpacked = [gzip.decompress(each) if each.startswith(b"\x1f\x8b") else each for each in contents]
    kept = b"\n".join(unpacked).decode("utf-8", "replace").casefold()
    assert "wardrobe" in kept
    assert "how to report" in kept
    assert "measured by unchocked trailers" in kept
    assert "before 7" in kept
    assert [word for word in ("unpublishedword", "withdrawnword", "secre", "wxthd", "okafor") if word in kept] == []


def test_words_lead_to_what_published_lessons_have(built: Path) -> None:
    """Other words are given away for terms that some lesson shows, and for no other."""
    words = json.loads((built / BELOW / "search-words.json").read_bytes())
    assert words["towards"]["Storage"] == ["Lagerung", "Einlagerung"]
    assert "Laboratory" not in words["towards"]
    assert {"near hit", "close call"} <= set(words["every"]["near miss"])
    assert "Beinahe-Unfall" in words["every"]["Beinaheunfall"]
    assert any({"truck", "lorry"} <= set(group) for group in words["same"])
