"""The forms in a real browser, on a phone: nothing scrolls sideways, axe finds nothing, and no script is needed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.engine.scene import found_scene
from tests.intake.desk.hosting import Team, team_of
from tests.site.browser import Watched, chromium, needs_browser
from tests.site.judges.tools import AXE, needed

pytestmark = [pytest.mark.browser, needs_browser]

PHONE, SCREEN = 390, 1280


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """A team over a register that was just founded."""
    scene = found_scene(tmp_path)
    yield from team_of(scene, tmp_path / "state")
    scene.close()


@pytest.fixture
def address(team: Team) -> Iterator[str]:
    """The desk, served at an address of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(team.app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def signed_in(browser: Any, team: Team, address: str, *, width: int, **options: Any) -> Watched:
    """Return a tab of somebody who has signed in."""
    jar = team.browser("r.meyer").client.cookies.jar
    here = Watched(browser, width=width, **options)
    here.context.add_cookies([{"name": one.name, "value": one.value or "", "url": address} for one in jar])
    return here


def test_on_a_phone(team: Team, address: str, repo_root: Path) -> None:
    """Long forms fit a phone and a screen, and axe finds no fault in them, by day, by night, and with findings."""
    axe = needed(repo_root, AXE).read_text(encoding="utf-8")
    whole, fresh = team.scene.prepare("high"), team.scene.report("m.okafor").id
    pages = [
        f"{whole}/sections/{name}" for name in ("assessment", "investigation", "root_cause", "action_plan", "report")
    ]
    pages += [f"{fresh}/triage", f"{fresh}/sections/verification", f"{fresh}/sections/progress"]
    found: list[str] = []
    with chromium() as browser:
        for width, scheme in ((PHONE, "light"), (SCREEN, "dark")):
            here = signed_in(browser, team, address, width=width, color_scheme=scheme, bypass_csp=True)
            for page in pages:
                here.tab.goto(f"{address}/desk/records/{page}")
                for more in here.tab.locator("details").all():
                    more.evaluate("one => { one.open = true; }")
                found += _faults(here.tab, axe, page)
            here.tab.goto(f"{address}/desk/records/{whole}/sections/root_cause")
            here.tab.locator("select[name='root_cause.causes.1.explains']").select_option("C2")
            here.tab.get_by_role("button", name="Save", exact=True).first.click()
            found += _faults(here.tab, axe, "refused")
            assert here.tab.locator("#refusal a").count() == 1
            assert [words for words in here.said if "409" not in words] == []
            here.context.close()
    assert found == []


def _faults(tab: Any, axe: str, page: str) -> list[str]:
    tab.evaluate(axe)
    said = tab.evaluate("() => axe.run()")
    wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    faults = [f"{page}: {fault['id']}: {node['html']}" for fault in said["violations"] for node in fault["nodes"]]
    return [*faults, *([f"{page}: {wide} px too wide"] if wide > 0 else [])]


def test_without_script(team: Team, address: str) -> None:
    """Without a script a whole cause is written by keyboard: row added, filled in, saved, and there in the record."""
    record = team.scene.prepare()
    with chromium() as browser:
        here = signed_in(browser, team, address, width=PHONE, java_script_enabled=False)
        tab = here.tab
        tab.goto(f"{address}/desk/records/{record}/sections/root_cause")
        tab.get_by_role("button", name="Add: Cause").focus()
        tab.keyboard.press("Enter")
        row = tab.get_by_role("group", name="Cause C3", exact=True)
        row.get_by_label("The cause", exact=False).first.fill("There is one chock for two docks.")
        row.get_by_label("How deep it lies").select_option("underlying")
        row.get_by_label("Category").select_option("machine")
        row.get_by_label("Explains cause").select_option("C1")
        tab.get_by_role("button", name="Save", exact=True).last.click()
        assert "Saved: Root causes." in tab.locator(".notice").inner_text()
        here.context.close()
    said = team.scene.data(record)["root_cause"]["causes"][-1]
    assert (said["id"], said["statement"]) == ("C3", "There is one chock for two docks.")


def test_triage_asks_what_goes_with_the_decision(team: Team, address: str) -> None:
    """What goes with another decision is not shown; typing is warned of before it is left."""
    record = team.scene.report("m.okafor").id
    with chromium() as browser:
        here = signed_in(browser, team, address, width=PHONE)
        tab = here.tab
        tab.goto(f"{address}/desk/records/{record}/triage")
        joined, risk = tab.get_by_label("Joined with"), tab.get_by_role("group", name="How likely it is to come again")
        assert not joined.is_visible()
        assert not risk.is_visible()
        tab.get_by_label("Duplicate").check()
        assert joined.is_visible()
        tab.get_by_label("Near miss", exact=True).check()
        assert risk.is_visible()
        assert not joined.is_visible()
        here.context.close()
    assert here.said == []
