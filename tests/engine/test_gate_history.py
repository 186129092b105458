"""What git may be told that is not so: the gate judges nothing in a repository that could show two histories."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.engine.gate.decisions import Gated, judge_revisions
from tests.engine.scene import Scene

RECORD = "NM-2026-00001"
BRANCH = f"near-miss/{RECORD}/01-investigate"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def signed(scene: Scene) -> Scene:
    """A register with a request that passes: the twin of every attack here."""
    scene.prepare()
    scene.advance("s.ito", RECORD)
    scene.approve("r.meyer", RECORD)
    assert judged(scene, scene.root).result.verdict == "pass"
    return scene


def judged(scene: Scene, folder: Path) -> Gated:
    """Judge the request in a folder's repository, and see that this leaves no trace."""
    before = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    desk = open_desk(folder, clock=scene.clock)
    gated = judge_revisions(desk, base="origin/main" if "clone" in folder.name else "main", head=f"{head(folder)}")
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    assert {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return gated


def head(folder: Path) -> str:
    """Return the commit of the request, which a clone has as a remote branch."""
    names = git(folder, "for-each-ref", "--format=%(refname)").split()
    [name] = [name for name in names if name.endswith(BRANCH)]
    return git(folder, "rev-parse", name)


def _shallow(scene: Scene) -> Path:
    clone = scene.root.parent / "clone"
    git(scene.root.parent, "clone", "-q", "--no-single-branch", "--depth=1", scene.root.as_uri(), str(clone))
    return clone


def _replaced(scene: Scene) -> Path:
    git(scene.root, "replace", scene.rev(BRANCH), scene.rev("main"))
    return scene.root


def _grafted(scene: Scene) -> Path:
    (scene.root / ".git" / "info").mkdir(exist_ok=True)
    (scene.root / ".git" / "info" / "grafts").write_text(f"{scene.rev(BRANCH)} {scene.rev('main')}\n")
    return scene.root


def _borrowing(scene: Scene) -> Path:
    clone = scene.root.parent / "clone"
    git(scene.root.parent, "clone", "-q", "--shared", str(scene.root), str(clone))
    return clone


@pytest.mark.parametrize(
    "attack, code, sentence",
    [
        (_shallow, "history-cut", "cut off"),
        (_replaced, "history-replaced", "refs/replace"),
        (_grafted, "history-replaced", "a grafts file"),
        (_borrowing, "objects-borrowed", "another repository"),
    ],
)
def test_a_repository_that_could_lie_is_refused(
    signed: Scene, attack: Callable[[Scene], Path], code: str, sentence: str
) -> None:
    """Cut, replaced, grafted or borrowed history is named, and no record of the request is judged at all."""
    gated = judged(signed, attack(signed))

    assert gated.result.verdict == "refuse"
    [finding] = gated.result.findings
    assert (finding.code, finding.severity) == (code, "error")
    assert sentence in finding.message
    assert finding.hint
    assert gated.decisions == ()
    assert gated.others == (finding,)


def test_a_full_clone_passes(signed: Scene) -> None:
    """An ordinary clone of the same repository gives the verdict that the repository itself gives."""
    clone = signed.root.parent / "clone"
    git(signed.root.parent, "clone", "-q", str(signed.root), str(clone))

    assert judged(signed, clone).result.verdict == "pass"


def test_a_second_beginning_is_refused(signed: Scene) -> None:
    """Merging a history that began elsewhere is refused, even where it changes no file."""
    empty = signed.git("mktree", stdin=b"").strip()
    stranger = signed.git("commit-tree", "-m", "Elsewhere", empty, who="s.ito").strip()
    tip = signed.rev(BRANCH)
    both = signed.git("commit-tree", "-m", "Join", "-p", tip, "-p", stranger, f"{tip}^{{tree}}", who="s.ito").strip()
    signed.git("update-ref", f"refs/heads/{BRANCH}", both)

    gated = judged(signed, signed.root)

    assert [finding.code for finding in gated.result.findings] == ["history-unrelated"]
    assert gated.result.verdict == "refuse"
