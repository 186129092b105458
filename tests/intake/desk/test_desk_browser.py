"""The desk in a real Chromium: a record from triage to verified by three people, no script, no fault that axe finds."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Sent
from nearmiss.intake.patience import PatientProtocol
from tests.engine.scene import found_scene
from tests.intake.desk.hosting import PASSWORD, Team, team_of
from tests.policy.builder import near_miss
from tests.site.browser import Watched, chromium, needs_browser
from tests.site.judges.tools import AXE, needed

pytestmark = [needs_browser, pytest.mark.browser]


@contextmanager
def serving(team: Team) -> Iterator[str]:
    """Serve a team's desk on loopback, and yield its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(team.app, http=PatientProtocol, lifespan="off", log_config=None, proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Team]:
    """A team of the small preset."""
    scene = found_scene(tmp_path, preset="small")
    yield from team_of(scene, tmp_path / "state")
    scene.close()


def signed_in(browser: Any, base: str, team: Team, who: str, *, width: int = 1280) -> Watched:
    """Return a tab in which somebody is at the desk."""
    team.accounts.set(who, PASSWORD)
    watched = Watched(browser, width=width)
    watched.tab.goto(f"{base}/desk/")
    watched.tab.fill("#who", who)
    watched.tab.fill("#password", PASSWORD)
    watched.tab.get_by_role("button", name="Sign in").click()
    watched.tab.get_by_role("heading", name="Today").wait_for()
    return watched


def step(team: Team, base: str, people: tuple[Watched, Watched, Watched], record: str, name: str) -> None:
    """Have one person propose a step, the next sign it, and the third put it in force, by the buttons of the pages."""
    maker, signer, merger = (watched.tab for watched in people)
    maker.goto(f"{base}/desk/records/{record}")
    maker.get_by_role("button", name=f"Propose: {name}").click()
    maker.get_by_text("is proposed.").wait_for()
    team.scene.clock.tick(minutes=5)
    signer.goto(f"{base}/desk/")
    signer.locator(f'a[href="/desk/proposals/{record}"]').first.click()
    signer.get_by_role("button", name="Sign it").click()
    signer.get_by_text("Your signature is given").wait_for()
    team.scene.clock.tick(minutes=5)
    merger.goto(f"{base}/desk/proposals/{record}")
    merger.get_by_role("button", name="Put it in force").click()
    merger.get_by_text("It is in force").wait_for()


def test_three_people_take_a_record_from_triage_to_verified(small: Team) -> None:
    """Reported, investigated, root-caused, in action, verified: each step proposed, signed and put in force here."""
    scene, wanted = small.scene, near_miss("low")
    record = scene.prepare("low")
    with serving(small) as base, chromium() as browser:
        people = (
            signed_in(browser, base, small, "s.ito"),
            signed_in(browser, base, small, "r.meyer"),
            signed_in(browser, base, small, "v.novak", width=390),
        )
        step(small, base, people, record, "Sign off the investigation")
        step(small, base, people, record, "Sign off the root causes")
        step(small, base, people, record, "Sign off the action plan")
        owner = signed_in(browser, base, small, "t.silva", width=390)
        scene.clock.to("2027-01-12")
        small.accounts.set("t.silva", PASSWORD)
        owner = signed_in(browser, base, small, "t.silva", width=390)
        owner.tab.goto(f"{base}/desk/records/{record}")
        owner.tab.get_by_text("Say how A1 stands").click()
        owner.tab.get_by_label("It is now").select_option("done")
        owner.tab.get_by_label("What shows it").fill("Six chocks in place.")
        owner.tab.locator("#actions").get_by_role("button", name="Save").click()
        owner.tab.get_by_text("Action A1 is done.").wait_for()
        scene.clock.to("2027-04-16")
        scene.draft("s.ito", record, {part: wanted[part] for part in ("verification", "lesson")})
        people = (
            signed_in(browser, base, small, "s.ito"),
            signed_in(browser, base, small, "r.meyer"),
            signed_in(browser, base, small, "v.novak", width=390),
        )
        step(small, base, people, record, "Verify")
        said = [words for watched in (*people, owner) for words in watched.said]

    assert scene.state(record) == "verified"
    assert len(scene.sign_offs(record)) == 4
    assert said == []


PAGES = ("", "reports", "reports/{number}", "records", "records?view=list", "records/{record}", "proposals")


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (390, "dark")])
def test_axe_finds_nothing_on_any_page(small: Team, repo_root: Path, width: int, scheme: str) -> None:
    """No page breaks a rule of axe, or is wider than its window, on a phone by night and on a screen by day."""
    axe = needed(repo_root, AXE).read_text(encoding="utf-8")
    scene = small.scene
    record = scene.prepare("medium")
    scene.advance("s.ito", record)
    said = Sent(
        mode="confidential",
        answers={"what_happened": "Call me: anna@example.com", "made_safe": "no"},
        contact="+49 151 5550100",
    )
    number = take(small.house.intake, said, token="t" * 20).number
    found = []
    with serving(small) as base, chromium() as browser:
        watched = signed_in(browser, base, small, "r.meyer", width=width)
        watched.tab.emulate_media(color_scheme=scheme)
        for page in (*PAGES, "proposals/{record}", "sign-in"):
            if page == "sign-in":
                watched.tab.get_by_role("button", name="Sign out").click()
            watched.tab.goto(f"{base}/desk/{page.format(record=record, number=number)}")
            watched.tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            watched.tab.evaluate(axe)
            faults = watched.tab.evaluate("() => axe.run()")["violations"]
            found += [f"{page}: {fault['id']}: {node['html']}" for fault in faults for node in fault["nodes"]]
            wide = watched.tab.evaluate("document.documentElement.scrollWidth")
            found += [f"{page}: {wide} wide"] if wide > width else []

    assert found == []
    assert watched.said == []
