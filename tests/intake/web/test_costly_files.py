"""A file that costs seconds, sent to the real pages: its sender is told, and everybody else is answered meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from nearmiss.media.workshop import Workshop
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Public, Served, field_of, public_of, receipt_in
from tests.media import planted
from tests.media.costly import costly

SECONDS = 4.0
"""How long a file may take here."""


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Public]:
    """Open the pages of everybody, with files made clean as the server has it."""
    scene = found_scene(tmp_path / "register")
    workshop = Workshop(within=SECONDS)
    workshop.open()
    with public_of(scene, tmp_path / "place", cleaner=workshop, ending=workshop.close) as public:
        for content in (planted.png(), planted.png()):
            workshop.clean("1", content, largest=1_000_000, types=("png",))
        yield public
    scene.close()


@pytest.fixture
def address(public: Public) -> Iterator[str]:
    """Serve them on loopback."""
    served = Served(public)
    served.start()
    yield served.address
    served.stop()


def report(address: str, *files: bytes, language: str = "en") -> str:
    """Report with files, and return the page that answers."""
    with httpx.Client(base_url=address, timeout=60) as browser:
        page = browser.get("/", params={"lang": language}).text
        fields = {name: field_of(page, name) for name in ("csrf", "token")}
        typed = {"made_safe": "yes", "what_happened": "Goods stood there.", "when": "now", "mode": "anonymous"}
        chosen = [("files", ("a.pdf", content, "application/pdf")) for content in files]
        return browser.post("/report", params={"lang": language}, data={**fields, **typed}, files=chosen).text


def follow(address: str, number: str, key: str) -> str:
    """Open a report with its number and key, and return the page that answers."""
    with httpx.Client(base_url=address, timeout=60, follow_redirects=True) as browser:
        fields = {"csrf": field_of(browser.get("/follow").text, "csrf"), "number": number, "key": key}
        return browser.post("/follow", data=fields).text


def test_others_are_answered_while_a_file_costs_seconds(public: Public, address: str) -> None:
    """Form, following and a report with a photo go on at their usual pace while six costly papers are looked at."""
    number, key = receipt_in(report(address))
    follow(address, number, key)
    took: list[float] = []
    with ThreadPoolExecutor(6) as senders:
        costing = [senders.submit(report, address, costly()) for _ in range(6)]
        time.sleep(0.5)
        while not any(one.done() for one in costing):
            began = time.monotonic()
            assert httpx.get(f"{address}/").status_code == 200
            assert "waits for somebody of the team" in follow(address, number, key)
            took.append(time.monotonic() - began)
            if len(took) == 2:
                assert receipt_in(report(address, planted.jpeg()))
        first = next(one.result() for one in costing if one.done())
        # The others are not waited for: their process is ended with the house.
        public.house.cleaner.close()  # type: ignore[union-attr]  # the workshop of above
        for one in costing:
            one.result()

    assert "takes too long to be made free of names and places" in first
    assert 'id="number"' not in first
    assert "Goods stood there." in first
    assert len(took) >= 3
    assert sorted(took)[len(took) // 2] < 1.0


@pytest.mark.parametrize(
    "language, words",
    [
        ("en", "File 2 takes too long"),
        ("de", "Datei 2 braucht zu lange"),
        ("es", "El archivo 2 tarda demasiado"),
        ("pl", "Plik 2 wymaga zbyt wiele czasu"),
    ],
)
def test_it_is_told_in_every_language(public: Public, language: str, words: str) -> None:
    """Which file it is, and that the report goes in without it or with another."""
    public.house.cleaner = hurried = Workshop(hands=1, within=0.4)

    browser = public.browser()
    page = browser.get("/", params={"lang": language}).text
    fields = {name: field_of(page, name) for name in ("csrf", "token")}
    typed = {"made_safe": "yes", "what_happened": "Goods stood there.", "when": "now", "mode": "anonymous"}
    files = [("files", ("a", content, "text/plain")) for content in (b"words", costly())]
    answer = browser.post("/report", params={"lang": language}, data={**fields, **typed}, files=files)
    hurried.close()

    assert answer.status_code == 422
    assert words in answer.text
