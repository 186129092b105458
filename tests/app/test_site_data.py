"""The site's data: what page making is given from a repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.app import site
from nearmiss.app.crew import Crew
from nearmiss.app.site import load_site_data
from nearmiss.engine.documents import Reading
from nearmiss.engine.indicators import public_view
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import walked_scene


def test_the_site_is_given_every_readable_record_with_its_findings(tmp_path: Path) -> None:
    """Records as read, terms by list and name, bands by risk, the day and the commit, and what the check found."""
    scene, record = walked_scene(tmp_path, upto="verified")
    broken = scene.report().id
    path = scene.root / scene.path(broken)
    data = load_site_data(scene.root, clock=scene.clock)
    assert (set(data.gists), data.findings) == ({record, broken}, ())
    assert (data.commit, data.today) == (scene.rev("main"), scene.clock.now().date())
    assert data.vocabulary["hazard"]["moving-vehicle"]["label"]["en"]
    assert (data.bands(5, 5), data.bands(1, 1)) == ("very-high", "low")
    assert data.settings["main_branch"] == "main"
    path.write_text("a: [\n", encoding="utf-8")
    data = load_site_data(scene.root, clock=scene.clock)
    assert list(data.gists) == [record]
    assert {finding.record for finding in data.findings} == {broken}
    scene.close()


def test_each_record_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check, the figures and the gist of a record come from one reading of it; a second load reads none."""
    scene, record = walked_scene(tmp_path, upto="verified")
    scene.report()
    read: list[bytes] = []
    plain = YamlDocuments.read

    def counted(documents: YamlDocuments, raw: bytes) -> Reading:
        read.append(raw)
        return plain(documents, raw)

    monkeypatch.setattr(YamlDocuments, "read", counted)
    first = load_site_data(scene.root, clock=scene.clock)
    raw = (scene.root / scene.path(record)).read_bytes()
    assert read.count(raw) == 1
    again = load_site_data(scene.root, clock=scene.clock)
    assert read.count(raw) == 1
    assert (again.gists, again.findings, again.view()) == (first.gists, first.findings, first.view())
    assert again.told([record]) == first.told([record])
    scene.close()


@pytest.mark.parametrize("hands", [0, 1])
def test_of_many_records_the_figures_are_found_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hands: int
) -> None:
    """They are the same; where they are remembered, or nobody shows them, nobody is asked to help."""
    scene, _ = walked_scene(tmp_path, upto="verified")
    alone = load_site_data(scene.root, clock=scene.clock).view()
    started: list[Crew] = []

    def find(most: int) -> Crew | None:
        started.extend([Crew(hands=most)] if hands else [])
        return started[-1] if hands else None

    monkeypatch.setattr(site, "WORTH_A_HELPER", 1)
    monkeypatch.setattr(public_view, "WORTH_A_HELPER", 1)
    monkeypatch.setattr(site, "find_crew", find)
    assert load_site_data(scene.root, clock=scene.clock).view() == alone
    assert len(started) == 0
    scene.report()
    assert load_site_data(scene.root, clock=scene.clock, shows_figures=False).view() is None
    assert len(started) == 0
    found = load_site_data(scene.root, clock=scene.clock).view()
    assert len(started) == hands
    (scene.root / ".git" / "nearmiss" / "cache" / "index.db").unlink()
    monkeypatch.undo()
    assert load_site_data(scene.root, clock=scene.clock).view() == found
    assert found != alone
    scene.close()
