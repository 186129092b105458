"""The site by keyboard alone: every way can be gone, everything that has the focus can be seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site.judges.conftest import Open
from tests.site.judges.judged import Judged

pytestmark = pytest.mark.browser

FOCUSED = """(() => {
  const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
  const shown = element.matches(".md-option") ? getComputedStyle(element.nextElementSibling) : style;
  const label = element.getAttribute("aria-label") || element.labels?.[0]?.innerText;
  return {
    name: (label || element.innerText || "").trim().split("\\n")[0],
    link: element.getAttribute("href") || "",
    tag: element.tagName,
    outlined: shown.outlineStyle !== "none" && parseFloat(shown.outlineWidth) >= 2,
    visible: element.checkVisibility({ visibilityProperty: true }) && box.right > 0 && box.left < innerWidth,
  };
})()"""


def _tab_to(tab: Any, name: str, *, most: int = 60) -> dict[str, Any]:
    """Press Tab until what has the focus has a name."""
    for _ in range(most):
        tab.keyboard.press("Tab")
        if (focused := dict(tab.evaluate(FOCUSED)))["name"] == name:
            return focused
    message = f"{name} is not reached by {most} tabs"
    raise AssertionError(message)


def _stops(tab: Any, most: int) -> list[dict[str, Any]]:
    """Press Tab, and return each thing that got the focus and could not be seen, told, or told from the others."""
    unseen = []
    for number in range(most):
        tab.keyboard.press("Tab")
        focused = dict(tab.evaluate(FOCUSED))
        if focused["tag"] == "BODY":
            break
        if not (focused["outlined"] and focused["visible"] and focused["name"]):
            unseen.append(focused | {"stop": number})
    return unseen


@pytest.mark.parametrize("width", [390, 1280])
def test_what_has_the_focus_in_the_frame_is_seen(visit: Open, width: int) -> None:
    """From the top of a page on, each stop of the Tab key is visible, has a name, and is outlined."""
    tab = visit(width=width, reduced_motion="reduce").open("lessons/index.html")
    assert _stops(tab, 40) == []


def test_what_has_the_focus_in_a_page_is_seen(judged: Judged, visit: Open) -> None:
    """On each kind of page, so is each of the first twelve stops below its heading, on a phone."""
    here = visit(width=390, reduced_motion="reduce")
    unseen = {}
    for page in (examples[0] for examples in judged.kinds.values()):
        tab = here.open(page)
        tab.evaluate("const h = document.querySelector('h1'); h.tabIndex = -1; h.focus()")
        if stops := _stops(tab, 12):
            unseen[page] = stops
    assert unseen == {}


def test_the_skip_link_is_first_and_leads_past_the_menu(visit: Open) -> None:
    """The first Tab offers to skip to the content, and the next stop after it lies there."""
    tab = visit(width=1280).open("lessons/index.html")
    tab.keyboard.press("Tab")
    assert tab.evaluate(FOCUSED)["name"] == "Skip to content"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.querySelector('article').contains(document.activeElement)") is True


def test_home_lesson_and_back_without_a_mouse(visit: Open) -> None:
    """Tab and Enter lead from the first page to a lesson, and Alt with the left arrow back."""
    here = visit(width=1280)
    tab = here.open("index.html")
    headline = tab.locator(".nm-card__title a").first.inner_text()
    _tab_to(tab, headline)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/lessons/20*/NM-*.html")
    assert tab.locator("h1").inner_text() == headline
    tab.go_back()
    tab.wait_for_url("**/index.html")


def test_the_menu_of_a_narrow_window_opens_by_the_keyboard(visit: Open) -> None:
    """On a phone, or at 200 %, the menu is a button: Enter opens it and goes in, Escape shuts it and comes back."""
    here = visit(width=390, reduced_motion="reduce")
    tab = here.open("how-to-report.html")
    assert not tab.locator(".md-sidebar--primary").is_visible()
    _tab_to(tab, "Navigation")
    tab.keyboard.press("Enter")
    tab.locator(".md-nav--primary :focus").wait_for()
    assert tab.locator(".nm-menu").get_attribute("aria-expanded") == "true"
    tab.keyboard.press("Escape")
    assert tab.evaluate(FOCUSED)["name"] == "Navigation"
    assert tab.locator(".nm-menu").get_attribute("aria-expanded") == "false"
    tab.keyboard.press("Enter")
    tab.locator(".md-nav--primary :focus").wait_for()
    focused = tab.evaluate(FOCUSED)
    assert focused["link"].endswith(".html")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/{focused['link']}")
    assert here.said == []


def test_colours_are_chosen_by_the_keyboard_and_kept(visit: Open) -> None:
    """The space bar turns the colours, and the next page comes in those that were chosen."""
    here = visit(width=1280)
    tab = here.open("index.html")
    scheme = "document.body.dataset.mdColorScheme"
    assert tab.evaluate(scheme) == "default"
    _tab_to(tab, "Use the light colours")
    for wanted in ("default", "slate"):
        tab.keyboard.press("ArrowRight")
        tab.locator(f"body[data-md-color-scheme={wanted}]").wait_for()
    assert here.open("how-to-report.html").evaluate(scheme) == "slate"
    assert here.said == []
