"""Trees that no git command would make: what is judged must be the very objects that would be merged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from nearmiss.engine.audit.auditing import audit
from tests.engine.attacks.forging import (
    forged_commit,
    git_object,
    held_off,
    passes,
    point,
    revised,
    signed,
    statement,
    tree_bytes,
    tree_entry,
)
from tests.engine.audited import audited
from tests.engine.requests import Walked
from tests.engine.scene import Scene
from tests.engine.test_audit_later import Box


def approved(walked: Walked) -> tuple[Scene, str, str]:
    """Return a record whose investigation k.adeyemi approved, harmless as it is."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.clock.tick(minutes=5)
    scene.approve("k.adeyemi", record)
    passes(scene, branch)
    scene.clock.tick(minutes=5)
    return scene, record, branch


def forge(scene: Scene, branch: str, entries: bytes, *, first: bool = False) -> None:
    """Put a commit by k.adeyemi on a branch whose top folder holds these entries too."""
    head = scene.rev(branch)
    top = tree_bytes(scene, scene.git("rev-parse", f"{head}^{{tree}}"))
    tree = git_object(scene, "tree", entries + top if first else top + entries)
    point(scene, branch, forged_commit(scene, tree, [head], who="k.adeyemi"))


def test_a_name_that_is_a_whole_path_does_not_lay_another_record_over_the_one_that_was_approved(walked: Walked) -> None:
    """k.adeyemi approves one text and hides another, signed too, as entries whose names hold slashes."""
    scene, record, branch = approved(walked)
    honest, path = scene.rev(branch), scene.path(record)
    text = revised(scene.blob(path, branch), {"investigation.findings": "Nobody is to blame."})
    said = statement(
        scene,
        record,
        text,
        step="investigate",
        way=("reported", "investigated"),
        by="k.adeyemi",
        role="area-manager",
        contributors=["i.garcia"],
    )
    files = {path: text, **signed(scene, record, said)}
    forge(scene, branch, b"".join(tree_entry(name, git_object(scene, "blob", raw)) for name, raw in files.items()))
    result = scene.gate(branch)
    assert {(finding.code, finding.path) for finding in result.findings} == {("path-odd", name) for name in files}
    sentences = {f"{name!a} is no path that every checkout can hold" for name in files}
    assert {finding.message for finding in result.findings} == sentences
    last = [finding.message for finding in result.findings][-1]
    held_off(scene, branch, subject="", who="k.adeyemi", expected={"path-odd": last})
    point(scene, branch, honest)
    passes(scene, branch)
    assert scene.merge("s.ito", record).state == "investigated"


def of_its_own(scene: Scene, record: str) -> str:
    """Return a branch at main, so that nothing but what is forged is in the request."""
    branch = f"near-miss/{record}/other"
    point(scene, branch, scene.rev())
    return branch


def test_a_name_given_twice_in_a_folder_is_refused(walked: Walked) -> None:
    """Two entries of one name: one reader would take the first, another the last. With one of them it may pass."""
    scene, record = walked("reported")
    entries = [tree_entry("zz.txt", git_object(scene, "blob", raw)) for raw in (b"one", b"other")]
    branch = of_its_own(scene, record)
    forge(scene, branch, b"".join(entries))
    sentence = "'zz.txt' is no path that every checkout can hold"
    held_off(scene, branch, subject="zz.txt", who="k.adeyemi", expected={"path-odd": sentence})
    branch = of_its_own(scene, record)
    forge(scene, branch, entries[0])
    passes(scene, branch)


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", "zz\\y", "zz ", "z" * 201])
def test_a_name_that_leads_elsewhere_is_refused(walked: Walked, name: str) -> None:
    """A folder named `..` would let a checkout write outside of itself, one named `.git` into git's own."""
    scene, record = walked("reported")
    inner = git_object(scene, "tree", tree_entry("x", git_object(scene, "blob", b"x")))
    branch = of_its_own(scene, record)
    forge(scene, branch, tree_entry(name, inner, "40000"), first=name.startswith("."))
    path = f"{name}/x"
    sentence = f"{path[:200]!a} is no path that every checkout can hold"
    held_off(scene, branch, subject=path, who="k.adeyemi", expected={"path-odd": sentence})
    branch = of_its_own(scene, record)
    forge(scene, branch, tree_entry("zz", inner, "40000"))
    passes(scene, branch)


def refolded(scene: Scene, folder: str, change: Callable[[bytes], bytes]) -> str:
    """Return a commit on top of main, in which one folder's object is changed byte by byte."""
    head = scene.rev()
    tree = git_object(scene, "tree", change(tree_bytes(scene, scene.git("rev-parse", f"{head}:{folder}"))))
    at = folder
    while at:
        above, _, name = at.rpartition("/")
        raw = tree_bytes(scene, scene.git("rev-parse", f"{head}:{above}"))
        was = tree_entry(name, scene.git("rev-parse", f"{head}:{at}"), "40000")
        assert was in raw
        tree, at = git_object(scene, "tree", raw.replace(was, tree_entry(name, tree, "40000"))), above
    return forged_commit(scene, tree, [head], who="k.adeyemi")


@pytest.mark.parametrize("place", ["first", "last", "folder"])
def test_an_audit_tells_of_a_folder_that_was_forged_past_the_gate(walked: Walked, place: str) -> None:
    """A record given twice in its folder, or its folder twice: whichever each reader takes, the audit says so.

    It does from the founding on, and where it goes on from an earlier one. With a folder that git wrote it passes.
    """
    scene, record = walked("investigated")
    path = scene.path(record)
    folder, _, name = path.rpartition("/")
    box = Box()
    desk = replace(scene.desk("o.haddad"), vault=box)
    assert audit(desk).open_findings == ()
    assert box.written == 1
    other = git_object(scene, "blob", revised(scene.blob(path), {"lesson.headline": "All is well."}))
    second, beside = tree_entry(name, other), git_object(scene, "tree", tree_entry("zz.txt", other))
    forged: dict[str, Callable[[bytes], bytes]] = {
        "first": lambda raw: second + raw,
        "last": lambda raw: raw + second,
        "folder": lambda raw: raw + tree_entry(record, beside, "40000"),
    }
    honest = scene.rev()
    point(scene, "main", refolded(scene, folder, forged[place]))
    found = path.removesuffix(".yaml") if place == "folder" else path
    for told in (audited(scene), audit(desk)):
        assert {(one.finding.code, one.finding.path) for one in told.open_findings} == {("tree-forged", found)}
        assert all(one.finding.hint for one in told.open_findings)
    assert (box.written, box.added) == (1, 0)
    point(scene, "main", honest)
    scene.draft("s.ito", record, {"lesson.headline": "All is well."})
    assert audited(scene).open_findings == audit(desk).open_findings == ()
    assert box.written + box.added == 2
