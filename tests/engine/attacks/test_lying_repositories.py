"""What git may be told that is not so: the gate judges nothing in a repository that could show two histories."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.engine.gate.decisions import Gated, judge_revisions
from tests.engine.attacks.ground import digest_of
from tests.engine.scene import Scene, copied, open_scene, walked_scene

RECORD = "NM-2026-00001"
BRANCH = f"near-miss/{RECORD}/01-investigate"
CUT = "the history of this clone was cut off, so nobody can tell who wrote what"
REPLACED = "refs/replace shows git other objects than the ones that commit ids stand for"
GRAFTED = "a grafts file gives commits other parents than the ones that commit ids stand for"
BORROWED = "objects are borrowed from another repository, which may change or go away"


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it prints."""
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a register with a request that passes: the twin of every attack here."""
    scene, record = walked_scene(tmp_path_factory.mktemp("signed"), upto="reported")
    assert record == RECORD
    scene.advance("s.ito", RECORD)
    scene.approve("r.meyer", RECORD)
    assert judged(scene, scene.root).result.verdict == "pass"
    scene.close()
    return scene.root


@pytest.fixture
def signed(once: Path, tmp_path: Path) -> Iterator[Scene]:
    """A copy of it, to be turned into something else."""
    copied(once, tmp_path / "register")
    scene = open_scene(tmp_path / "register")
    yield scene
    scene.close()


def judged(scene: Scene, folder: Path) -> Gated:
    """Judge the request in a folder's repository, and see that this leaves no trace."""
    before = digest_of(folder)
    desk = open_desk(folder, clock=scene.clock)
    gated = judge_revisions(desk, base="origin/main" if "clone" in folder.name else "main", head=f"{head(folder)}")
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    assert digest_of(folder) == before
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


def _cut_by_hand(scene: Scene) -> Path:
    (scene.root / ".git" / "shallow").write_text(f"{scene.rev('main')}\n")
    return scene.root


def _replaced(scene: Scene) -> Path:
    git(scene.root, "replace", scene.rev(BRANCH), scene.rev("main"))
    return scene.root


def _replaced_blob(scene: Scene) -> Path:
    """Let git show the record of main where the proposal's is asked for."""
    path = scene.path(RECORD)
    git(scene.root, "replace", "-f", scene.rev(f"{BRANCH}:{path}"), scene.rev(f"main:{path}"))
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
        (_shallow, "history-cut", CUT),
        (_cut_by_hand, "history-cut", CUT),
        (_replaced, "history-replaced", REPLACED),
        (_replaced_blob, "history-replaced", REPLACED),
        (_grafted, "history-replaced", GRAFTED),
        (_borrowing, "objects-borrowed", BORROWED),
    ],
)
def test_a_repository_that_could_lie_is_refused(
    signed: Scene, attack: Callable[[Scene], Path], code: str, sentence: str
) -> None:
    """Cut, replaced, grafted or borrowed history is named, and no record of the request is judged at all."""
    gated = judged(signed, attack(signed))

    assert gated.result.verdict == "refuse"
    [finding] = gated.result.findings
    assert (finding.code, finding.severity, finding.message) == (code, "error", sentence)
    assert (finding.record, finding.path, finding.field) == ("", "", ())
    assert finding.hint
    assert gated.decisions == ()
    assert gated.others == (finding,)


def test_a_full_clone_passes(signed: Scene) -> None:
    """An ordinary clone of the same repository gives the verdict that the repository itself gives."""
    clone = signed.root.parent / "clone"
    git(signed.root.parent, "clone", "-q", str(signed.root), str(clone))

    assert judged(signed, clone).result.verdict == "pass"


def _forged_graph(scene: Scene) -> None:
    """Let git's own index of commits say that the proposal's tree is that of main."""
    git(scene.root, "commit-graph", "write", "--reachable")
    file = scene.root / ".git" / "objects" / "info" / "commit-graph"
    true, false = (bytes.fromhex(scene.rev(f"{name}^{{tree}}")) for name in (BRANCH, "main"))
    forged = file.read_bytes()[:-20].replace(true, false)
    file.chmod(0o644)
    file.write_bytes(forged + hashlib.sha1(forged).digest())  # noqa: S324 - the checksum that git asks for
    assert git(scene.root, "diff", "--name-only", "main", BRANCH) == "", "git itself is not fooled any more"


def test_an_index_of_commits_that_lies_is_not_asked(signed: Scene) -> None:
    """A commit-graph, which no clone takes over, can show git other trees and parents; the gate sees the objects."""
    signed.commit_files({signed.path(RECORD): b"nonsense: [\n"}, branch=BRANCH)
    honest = judged(signed, signed.root).result
    assert honest.verdict == "refuse"
    _forged_graph(signed)

    assert judged(signed, signed.root).result == honest


@pytest.mark.parametrize(
    "name, value",
    [
        ("GIT_GRAFT_FILE", "grafts"),
        ("GIT_SHALLOW_FILE", "shallow"),
        ("GIT_REPLACE_REF_BASE", "refs/heads/"),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", "/nowhere"),
        ("GIT_CONFIG_COUNT", "1"),
    ],
)
def test_whoever_calls_the_gate_cannot_turn_its_eyes(
    signed: Scene, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables by which git would see another history have no effect."""
    (signed.root.parent / "grafts").write_text(f"{signed.rev(BRANCH)} {signed.rev('main')}\n")
    (signed.root.parent / "shallow").write_text(f"{signed.rev('main')}\n")
    before = head(signed.root)
    monkeypatch.setattr(f"{__name__}.head", lambda _: before)
    made = str(signed.root.parent / value) if value in {"grafts", "shallow"} else value
    monkeypatch.setenv(name, made)

    assert judged(signed, signed.root).result.verdict == "pass"


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
