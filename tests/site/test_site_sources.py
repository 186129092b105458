"""Several registers that feed one site: each lesson with its origin, and each register with its own rule of release."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.site import load_site_data
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.site.build import SiteBuildError, build_site
from nearmiss.site.loading import SourceUnreadableError, load_source
from nearmiss.site.sources import BadSourceError, Source, read_sources
from tests.engine.scene import Scene, walked_scene
from tests.site.building import copy_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

SOURCES = """
- nearmiss:
    search: false
    sources:
    - {name: north, label: Works North, repository: ../../../north/register}
    - {name: south, label: Works <b>South</b>, repository: ../../../south/register}
"""


@pytest.fixture
def registers(tmp_path: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Scene, str]]:
    """Three registers of git with a lesson each; the first has the site."""
    found = {name: walked_scene(tmp_path / name, upto="verified") for name in ("home", "north", "south")}
    later = partial(load_site_data, clock=found["home"][0].clock)
    monkeypatch.setattr("nearmiss.app.site.load_site_data", later)
    home = found["home"][0].root
    copy_site(repo_root, home)
    configuration = home / "site" / "mkdocs.yml"
    configuration.write_text(configuration.read_text("utf-8").replace("\n- nearmiss\n", SOURCES), "utf-8")
    return found


def test_three_registers_feed_one_site(registers: dict[str, tuple[Scene, str]]) -> None:
    """Each lesson has a page under the name of its register, and is in the lists with its origin in words."""
    site = build_site(registers["home"][0].root, strict=True).parent
    record = registers["home"][1]
    pages = {path.relative_to(site).as_posix() for path in site.rglob(f"{record}.html")}
    year = record.split("-")[1]
    assert pages == {
        f"lessons/{year}/{record}.html",
        f"lessons/north/{year}/{record}.html",
        f"lessons/south/{year}/{record}.html",
    }
    everything = (site / "lessons/index.html").read_text("utf-8")
    assert everything.count("Works North") == 2  # on the card of its lesson, and among the registers to choose from
    assert "Works &lt;b&gt;South&lt;/b&gt;" in everything
    assert "<b>South" not in everything
    for scene, _ in registers.values():
        scene.close()


def test_each_register_has_its_own_rule_of_release(make_record: MakeRecord, make_data: MakeData) -> None:
    """What is released to the people of one site stays there; each register restricts its own classes."""
    record = make_record(lesson__release={"to": "site"})
    secret = make_record(id="NM-2026-00001", assessment__classification="security")
    assert [gist.id for gist in make_data(record).lessons] == ["NM-2026-7QTST"]
    assert make_data(record, origin="north").lessons == ()
    strict = make_data(secret, origin="north", settings={"restricted_classes": ["security"]})
    assert strict.lessons == ()
    assert [gist.id for gist in make_data(secret, origin="south").lessons] == ["NM-2026-00001"]


def test_what_is_wrong_in_another_register_is_told_with_its_name(registers: dict[str, tuple[Scene, str]]) -> None:
    """It stops a strict build, unless that register may be shown without what is wrong."""
    home, broken = registers["home"][0].root, registers["north"][0].root
    [path] = broken.glob("records/*/*/*.yaml")
    path.write_text(path.read_text("utf-8").replace("what_happened: ", "what_happened: Changed. "), "utf-8")
    with pytest.raises(SiteBuildError, match="Works North: records/"):
        build_site(home)
    configuration = home / "site" / "mkdocs.yml"
    text = configuration.read_text("utf-8").replace("north/register}", "north/register, lenient: true}")
    configuration.write_text(text, "utf-8")
    site = build_site(home).parent
    assert not (site / "lessons" / "north").exists()
    assert (site / "lessons" / "south").is_dir()
    for scene, _ in registers.values():
        scene.close()


def test_sources_are_read_relative_to_the_configuration(tmp_path: Path) -> None:
    """A name is its own label where none is given."""
    said = [{"name": "plant-2", "repository": "../p2"}, {"name": "p3", "label": "Plant 3", "repository": "/x/p3"}]
    assert read_sources(said, tmp_path / "site") == (
        Source(name="plant-2", label="plant-2", repository=tmp_path / "p2"),
        Source(name="p3", label="Plant 3", repository=Path("/x/p3")),
    )
    assert read_sources(None, tmp_path) == ()


def test_a_register_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Several feed a site, so the error says which of them it is, and where it was looked for."""
    source = Source(name="north", label="Works North", repository=tmp_path)
    with pytest.raises(SourceUnreadableError, match=r"'north' of `sources:`.*is not in a git repository") as caught:
        load_source(source)
    assert str(tmp_path) in caught.value.hint


@pytest.mark.parametrize(
    "said, words",
    [
        (["plant-2"], "Entry 1 of .* needs"),
        ([{"name": "a"}], "needs"),
        ([{"name": "a", "repository": "x", "color": "red"}], "needs"),
        ([{"name": "2026", "repository": "x"}], "has the name '2026'"),
        ([{"name": "../x", "repository": "x"}], "has the name"),
        ([{"name": "a", "repository": "x"}, {"name": "a", "repository": "y"}], "Entry 2 .* name of another one"),
    ],
)
def test_an_entry_that_cannot_be_understood_is_told(said: list[Any], words: str, tmp_path: Path) -> None:
    """With its number, what is wrong, and how one is written."""
    with pytest.raises(BadSourceError, match=words):
        read_sources(said, tmp_path)


def test_a_register_by_another_label_has_it_everywhere(registers: dict[str, tuple[Scene, str]]) -> None:
    """Pages that were made with the old words are made again, though no lesson changed."""
    home = registers["home"][0].root
    site = build_site(home, strict=True).parent
    named = {path for path in site.rglob("*.html") if "Works North" in path.read_text("utf-8")}
    assert len(named) > 3
    configuration = home / "site" / "mkdocs.yml"
    configuration.write_text(configuration.read_text("utf-8").replace("Works North", "The Yard"), "utf-8")
    build_site(home, strict=True)
    told = {path: path.read_text("utf-8") for path in site.rglob("*.html")}
    assert {path for path, text in told.items() if "The Yard" in text} == named
    assert not any("Works North" in text for text in told.values())
