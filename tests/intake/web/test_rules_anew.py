"""Rules of the intake that change on main while the server runs: they hold from the next look on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.engine.rules_beside import INTAKE_FILE
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Public, public_of, send


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Public]:
    """Return the pages of everybody over a register of its own."""
    scene = found_scene(tmp_path / "register")
    with public_of(scene, tmp_path / "place") as made:
        yield made
    scene.close()


def ruled(public: Public, content: bytes) -> None:
    """Put other rules on main, and let the house look."""
    scene = public.scene
    (scene.root / INTAKE_FILE).write_bytes(content)
    scene.git("commit", "-q", "-m", "Other rules", INTAKE_FILE)
    asyncio.run(public.house.look())


def test_rules_hold_from_the_next_look_on(public: Public) -> None:
    """Modes, languages and limits are those of main."""
    assert 'value="named"' in public.browser().get("/").text
    values = {"modes": ["anonymous"], "languages": ["en", "pl"], "limits.reports_per_minute": 1}
    ruled(public, public.scene.revised(INTAKE_FILE, values))

    page = public.browser().get("/").text
    answers = [
        send(public.browser(), made_safe="yes", what_happened="It fell.", mode="anonymous").status_code
        for _ in range(2)
    ]

    assert 'value="named"' not in page
    assert 'hreflang="pl"' in page
    assert 'hreflang="de"' not in page
    assert answers == [200, 429]


def test_where_main_stays_nothing_is_read_again(public: Public) -> None:
    """A look that finds main where it was gives what was there, to the object."""
    before = public.house.standing
    asyncio.run(public.house.look())
    assert public.house.standing is before


def test_rules_that_cannot_be_read_are_told_and_the_old_ones_go_on(
    public: Public, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is on main, people can go on reporting; what is wrong is said once, and mended rules hold again."""
    good = (public.scene.root / INTAKE_FILE).read_bytes()
    ruled(public, b"schema: 1\nmodes: [by-carrier-pigeon]\n")
    asyncio.run(public.house.look())

    assert send(public.browser(), made_safe="yes", what_happened="It fell.").status_code == 200
    assert capsys.readouterr().out.count(INTAKE_FILE) == 1
    ruled(public, good.replace(b"[confidential, anonymous, named]", b"[confidential]"))
    assert public.house.rules.modes == ("confidential",)
