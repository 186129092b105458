"""The page of codes: one for each place or machine, each leading to the form with that filled in."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.engine.scene import found_scene
from tests.intake.desk.hosting import Team, team_of


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """A team over a register that was just founded."""
    scene = found_scene(tmp_path)
    yield from team_of(scene, tmp_path / "state")
    scene.close()


def test_areas(team: Team) -> None:
    """Each area that is in use has a code, named as people read it."""
    html = unescape(team.browser("r.meyer").get("/desk/codes?site=plant-2"))
    assert html.count('class="nm-qr"') > 3
    assert "Code of the report form: Shipping" in html


def test_machines(team: Team) -> None:
    """What is typed is a code each, once, and only ever text."""
    html = team.browser("r.meyer").get("/desk/codes?of=equipment&equipment=TRL-88%0D%0ATRL-88%0A<script>x</script>")
    assert html.count('class="nm-qr"') == 2
    assert "<script>x" not in html


@pytest.mark.parametrize("form", ["javascript:alert(1)", "https://", "ftp://a/b", "https://a/" + "x" * 400])
def test_no_address(team: Team, form: str) -> None:
    """Where the address of the form is none, no code leads anywhere."""
    browser = team.browser("r.meyer")
    html = browser.get(f"/desk/codes?form={form}")
    assert browser.status == 200
    assert 'class="nm-qr"' not in html
    assert "That is no address." in html


def test_where_it_leads(team: Team) -> None:
    """A code holds the address of the form with the site and the area, which the form takes."""
    from nearmiss.render.pictures.qr_code import draw_qr_code

    html = team.browser("r.meyer").get("/desk/codes?site=plant-2&form=https://near.example.org/")
    wanted: str = draw_qr_code("https://near.example.org/?site=plant-2&area=shipping", title="", prefix="x")
    assert wanted.partition("<path")[2].removesuffix("</svg>") in html


@pytest.mark.parametrize(
    "form, is_told",
    [
        ("http://127.0.0.1:8000/", True),
        ("http://localhost/", True),
        ("http://[::1]/", True),
        ("https://near.example.org/", False),
    ],
)
def test_an_address_that_no_telephone_can_open_is_told(team: Team, form: str, is_told: bool) -> None:  # noqa: FBT001 - a column of the table
    """Whoever opens the page on the server itself reads that its own address is no use on a poster."""
    html = team.browser("r.meyer").get(f"/desk/codes?form={form}")
    assert ("No telephone can open this address" in html) is is_told
