"""Many reports without a name through the web application: nothing anywhere tells who sent them, or when."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from nearmiss.app.leaks import find_leaks
from nearmiss.app.opening import open_desk
from nearmiss.engine.intake.committing import commit_batch
from nearmiss.engine.intake.purging import purge
from nearmiss.engine.intake.reviewing import confirm
from nearmiss.engine.proposing.proposals import main_register
from tests.engine.scene import Scene, found_scene
from tests.engine.test_leaks_many import everything_in, of_this_machine
from tests.intake.web.hosting import HERE, Public, public_of, receipt_in, send
from tests.media import planted

MANY = int(os.environ.get("NEARMISS_TEST_REPORTS", "24"))
"""How many are sent; a thousand take some minutes."""

A_DAY = 8
BROWSER = "Phone-of-Mary/4711"
ADDRESS = "198.51.100.77"
HEADERS = {
    "user-agent": BROWSER,
    "x-forwarded-for": ADDRESS,
    "x-real-ip": ADDRESS,
    "accept-language": "xx-PlantedTongue,en",
}
HAPPENED = "A carton slid off the pallet, and nobody stood there."


def report(public: Public, number: int) -> None:
    """Report once, from a browser that tells all that it can."""
    browser = TestClient(public.app(), base_url=HERE, headers=HEADERS, client=(ADDRESS, 50_000 + number))
    ending = sorted(planted.TELLING)[number % len(planted.TELLING)]
    photo = (f"{planted.WORD}.{ending}", planted.TELLING[ending](), "image/jpeg")
    files = [("files", photo)] if number % 4 == 0 else None
    mode = ("anonymous", "confidential")[number % 2]
    answer = send(browser, files=files, mode=mode, made_safe="yes", what_happened=f"{HAPPENED} Case {number}.")
    assert answer.status_code == 200, answer.text
    assert receipt_in(answer.text)


def confirm_all(public: Public) -> None:
    """Have somebody of the team read all that waits."""
    desk = open_desk(public.scene.root, clock=public.scene.clock)
    reader = main_register(desk)[1].newest.people.find("r.meyer")
    assert reader is not None
    for kept in public.store.reports("waiting"):
        confirm(public.house.intake, desk, number=kept.number, by=reader)
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes


def commit(public: Public, scene: Scene) -> int:
    """Commit the batch of the day and clean up, and return how many records that made."""
    desk = open_desk(scene.root, clock=scene.clock)
    made = commit_batch(desk, public.house.intake)
    purge(public.house.intake, desk)
    desk.repository.close()  # type: ignore[attr-defined]  # as above
    return len(made.ids)


def test_nothing_tells_who_reported(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Over many days and restarts: `leaks` finds nothing, and no planted word is in repository, store or output."""
    scene = found_scene(tmp_path / "register")
    place = tmp_path / "place"
    before = everything_in(scene.root)
    committed = 0
    for begun in range(0, MANY, A_DAY):
        with public_of(scene, place) as public:
            for number in range(begun, min(begun + A_DAY, MANY)):
                report(public, number)
                scene.clock.tick(minutes=17, seconds=number)
            waiting = b"".join(path.read_bytes() for path in place.iterdir())
            assert HAPPENED.encode() not in waiting
            confirm_all(public)
            committed += commit(public, scene)
            scene.clock.tick(hours=17)

    desk = open_desk(scene.root, clock=scene.clock)
    searched = find_leaks(desk, scene.root, history=True)
    desk.repository.close()  # type: ignore[attr-defined]  # as above
    after = everything_in(scene.root)
    stored = b"".join(path.read_bytes() for path in place.iterdir())
    said = "".join(capfd.readouterr()).encode()
    scene.close()

    assert committed == searched.reports == MANY
    assert searched.findings == ()
    for word in (planted.PLANTED, BROWSER.encode(), ADDRESS.encode(), b"PlantedTongue", *of_this_machine()):
        assert after.count(word) == before.count(word), word
        assert word not in stored
        assert word not in said
