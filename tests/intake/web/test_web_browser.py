"""The form in a real Chromium at the width of a phone: few taps, nothing lost or sent twice, open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.policy.intake_rules import IntakeRules, Limits
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Served, public_of, receipt_in, send
from tests.mail.outbox import Outbox
from tests.site.browser import Watched, chromium, needs_browser
from tests.site.judges.tools import AXE, needed

pytestmark = [pytest.mark.browser, needs_browser]

HAPPENED = "The trailer rolled as the forklift drove in."
PHONE = 390


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a Chromium for all tests here."""
    with chromium() as running:
        yield running


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Return a server of the pages of everybody, over a register and a store of its own."""
    scene = found_scene(tmp_path / "register")
    rules = IntakeRules(limits=Limits(reports_per_minute=10_000))
    with public_of(scene, tmp_path / "place", mailer=Outbox(), rules=rules) as public:
        server = Served(public)
        server.start()
        yield server
        server.stop()
    scene.close()


def kept(served: Served) -> int:
    """Return how many reports are in the store."""
    return len(list(served.public.store.reports("waiting", "confirmed", "planned", "committed")))


def test_three_taps_beyond_typing_report(browser: Any, served: Served) -> None:
    """Safe or not, the field to type in, and send; then number and key are there."""
    here = Watched(browser, width=PHONE, has_touch=True, is_mobile=True)
    taps = 0
    here.tab.goto(served.address)
    for target in (here.tab.get_by_label("Yes"), here.tab.get_by_label("What happened?")):
        target.tap()
        taps += 1
    here.tab.keyboard.type(HAPPENED)
    here.tab.get_by_role("button", name="Send the report").tap()
    taps += 1

    here.tab.locator("#taken").wait_for()

    assert taps <= 3
    assert receipt_in(here.tab.content())
    assert kept(served) == 1
    assert here.said == []
    assert all(asked.startswith((served.address, "data:")) for asked in here.asked)
    assert here.tab.evaluate("localStorage.length") == 0
    here.context.close()


def test_the_form_works_without_a_script(browser: Any, served: Served) -> None:
    """What belongs to an answer is shown by style alone; the alarm brings the form back, and the report is taken."""
    here = Watched(browser, width=PHONE, java_script_enabled=False)
    tab = here.tab
    tab.goto(f"{served.address}/?area=shipping")
    assert not tab.get_by_role("button", name="Alarm").is_visible()
    tab.get_by_label("No", exact=True).check()
    assert tab.get_by_text("Then call at once:").is_visible()
    tab.get_by_label("What happened?").fill(HAPPENED)
    tab.get_by_role("button", name="Alarm").click()
    assert tab.get_by_text("The alarm went out").is_visible()
    assert tab.get_by_label("What happened?").input_value() == HAPPENED
    tab.get_by_label("By name").check()
    tab.get_by_label("Your name", exact=True).fill("Mary Example")
    tab.get_by_role("button", name="Send the report").click()

    assert tab.get_by_text("Thank you. Your report is stored.").is_visible()
    tab.get_by_role("button", name="Follow the report").click()
    assert tab.get_by_text("Where it stands").is_visible()
    assert kept(served) == 1
    here.context.close()


def test_a_draft_survives_a_reload_and_can_be_cleared(browser: Any, served: Served) -> None:
    """Words, choices and the token come back in the same browser, until somebody clears them."""
    here = Watched(browser, width=PHONE)
    tab = here.tab
    tab.goto(served.address)
    token = tab.locator("[name=token]").input_value()
    tab.get_by_label("Not sure").check()
    tab.get_by_label("What happened?").fill(HAPPENED)
    tab.get_by_label("Luck").check()

    tab.reload()

    assert tab.get_by_label("What happened?").input_value() == HAPPENED
    assert tab.get_by_label("Not sure").is_checked()
    assert tab.get_by_label("Luck").is_checked()
    assert tab.locator("[name=token]").input_value() == token
    tab.get_by_role("button", name="Clear the draft").click()
    assert tab.get_by_label("What happened?").input_value() == ""
    tab.reload()
    assert tab.get_by_label("What happened?").input_value() == ""
    assert tab.evaluate("localStorage.length") == 0
    here.context.close()


def test_a_failed_send_is_tried_again_and_stored_once(browser: Any, served: Served) -> None:
    """With the server gone it says so and keeps trying; once the server is back, there is one report and a receipt."""
    here = Watched(browser, width=PHONE)
    tab = here.tab
    tab.goto(served.address)
    tab.get_by_label("Yes").check()
    tab.get_by_label("What happened?").fill(HAPPENED)
    served.stop()
    tab.get_by_role("button", name="Send the report").click()
    tab.get_by_text("Not sent yet: there is no connection.").wait_for()
    assert tab.get_by_label("What happened?").input_value() == HAPPENED

    served.public.house.marks = type(served.public.house.marks)(b"the secret of another server....")
    served.start()

    tab.locator("#taken").wait_for(timeout=20_000)
    assert kept(served) == 1
    here.context.close()


def test_an_answer_that_was_lost_is_no_second_report(browser: Any, served: Served) -> None:
    """The report was stored, but its answer never came: sent again, it gets the same receipt."""
    here = Watched(browser, width=PHONE)
    tab = here.tab
    tab.goto(served.address)
    lost: list[str] = []

    def lose(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort()

    tab.route("**/report", lose)
    tab.get_by_label("Yes").check()
    tab.get_by_label("What happened?").fill(HAPPENED)
    tab.get_by_role("button", name="Send the report").click()

    tab.locator("#taken").wait_for(timeout=20_000)
    assert receipt_in(lost[0]) == receipt_in(tab.content())
    assert kept(served) == 1
    here.context.close()


def test_a_fault_keeps_words_and_chosen_photos(browser: Any, served: Served, tmp_path: Path) -> None:
    """The list of faults has the focus, and the files that were chosen are still chosen."""
    here = Watched(browser, width=PHONE)
    tab = here.tab
    tab.goto(served.address)
    photo = tmp_path / "a.txt"
    photo.write_text("what the screen said")
    tab.get_by_label("Yes").check()
    tab.get_by_label("What happened?").fill(HAPPENED)
    tab.get_by_label("By name").check()
    tab.get_by_label("Photos").set_input_files(photo)
    tab.get_by_role("button", name="Send the report").click()

    tab.locator("#errors").wait_for()

    assert tab.evaluate("document.activeElement.id") == "errors"
    assert tab.get_by_label("What happened?").input_value() == HAPPENED
    assert tab.evaluate("document.querySelector('#files').files.length") == 1
    tab.get_by_role("link", name=re.compile("Write your name")).click()
    assert tab.evaluate("document.activeElement.id") == "name"
    here.context.close()


@pytest.mark.parametrize("width", [PHONE, 320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(browser: Any, served: Served, width: int, scheme: str) -> None:
    """No page breaks a rule of axe, best practice among them, or is wider than its window, by day or by night."""
    axe = needed(Path.cwd(), AXE).read_text(encoding="utf-8")
    number, key = receipt_in(send(served.public.browser(), made_safe="yes", what_happened=HAPPENED).text)
    here = Watched(browser, width=width, color_scheme=scheme, bypass_csp=True)
    tab = here.tab
    found: list[str] = []

    def look(name: str) -> None:
        tab.evaluate(axe)
        said = tab.evaluate("axe.run()")
        found.extend(f"{name}: {fault['id']} {node['html']}" for fault in said["violations"] for node in fault["nodes"])
        if (wanted := tab.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{name} is {wanted} wide")

    for path in (
        "/protect?lang=pl",
        "/card?lang=es",
        "/nothing",
        "/follow",
        "/?lang=de&area=shipping&equipment=TRL-88",
    ):
        tab.goto(f"{served.address}{path}")
        look(path)
    tab.get_by_label("Nein", exact=True).check()
    tab.get_by_label("Mit Namen").check()
    tab.get_by_label("Glück").check()
    tab.get_by_label("Früher").check()
    look("all questions")
    tab.get_by_label("Was ist passiert?").fill(HAPPENED)
    tab.get_by_role("button", name="Meldung senden").click()
    tab.locator("#errors").wait_for()
    look("faults")
    tab.get_by_label("Vertraulich").check()
    tab.get_by_role("button", name="Meldung senden").click()
    tab.locator("#taken").wait_for()
    look("receipt")
    tab.goto(f"{served.address}/follow")
    tab.get_by_label("Number").fill(number)
    tab.get_by_label("Key").fill(key)
    tab.get_by_role("button", name="Show what became of it").click()
    tab.get_by_text("Where it stands").wait_for()
    look("followed")
    assert found == []
    here.context.close()


def test_the_keyboard_alone_reports(browser: Any, served: Served) -> None:
    """By Tab, arrows and Space one gets through every question to the button, and sees where one is."""
    here = Watched(browser, width=PHONE)
    tab = here.tab
    tab.goto(served.address)
    tab.locator("[name=made_safe][value=yes]").focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("Tab")
    tab.keyboard.type(HAPPENED)
    for _ in range(40):
        if tab.evaluate("document.activeElement.matches('button.main')"):
            break
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")

    tab.locator("#taken").wait_for()
    assert kept(served) == 1
    here.context.close()
