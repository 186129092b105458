"""The quarantine of a push: which objects a hook is shown besides the repository's own, and from where never."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from nearmiss.errors import NearMissError
from nearmiss.vcs.errors import MissingObjectError, NotBareError, QuarantineError
from nearmiss.vcs.repository import open_for_push
from tests.vcs.worlds import git

WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org")


@pytest.fixture(params=["plain", 'with: a colon and "quotes"'])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a bare repository with one commit on its main branch."""
    place = tmp_path / str(request.param) / "server.git"
    work = tmp_path / "work"
    subprocess.run(["git", "init", "-q", "-b", "main", work], check=True)
    git(work, *WHO, "commit", "-q", "--allow-empty", "-m", "first")
    subprocess.run(["git", "clone", "-q", "--bare", work, place], check=True)
    return place


def came(bare: Path, name: str = "tmp_objdir-incoming-aB3xYz") -> tuple[Path, str]:
    """Return the quarantine of a push that brought one commit, and that commit."""
    kept = bare / "objects" / name
    kept.mkdir(parents=True)
    environment = os.environ | {"GIT_OBJECT_DIRECTORY": str(kept)}
    listed = str(bare / "objects").replace('"', '\\"')
    environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = f'"{listed}"'
    words = ["git", "-C", str(bare), *WHO, "commit-tree", "-p", "main", "-m", "second", "main^{tree}"]
    done = subprocess.run(words, env=environment, capture_output=True, check=True)
    return kept, done.stdout.decode().strip()


def test_objects_of_a_push_are_seen_with_those_behind_them(bare: Path) -> None:
    """A commit in quarantine is read, and so is its parent in the repository; without the hook's word it is not."""
    kept, new = came(bare)
    with open_for_push(bare, {"GIT_OBJECT_DIRECTORY": str(kept)}) as repository:
        [one, two] = repository.commits([new])
        assert (one.oid, one.parents, two.message) == (new, (two.oid,), "first\n")
        assert repository.tree(new).entries() == []
    with open_for_push(bare, {}) as repository, pytest.raises((MissingObjectError, NearMissError)):
        list(repository.commits([new]))


def test_a_quarantine_is_named_as_git_names_it(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git names it from its own folder, in which it starts the hook, or whole; older ones call it otherwise."""
    monkeypatch.chdir(bare)
    for name in ("incoming-12345", "tmp_objdir-incoming-9zZ"):
        kept, new = came(bare, name)
        for said in (f"objects/{name}", f"./objects/{name}", str(kept)):
            with open_for_push(bare, {"GIT_QUARANTINE_PATH": said}) as repository:
                assert next(iter(repository.commits([new]))).oid == new


@pytest.mark.parametrize("where", ["outside", "missing", "pack", "objects", "link", "deeper", "borrowing"])
def test_objects_from_anywhere_else_are_refused(bare: Path, tmp_path: Path, where: str) -> None:
    """Only git's own quarantine of this repository is believed: no other folder, no link, none that borrows."""
    kept, _ = came(bare)
    elsewhere = tmp_path / "tmp_objdir-incoming-aB3xYz"
    elsewhere.mkdir()
    places = {
        "outside": elsewhere,
        "missing": kept.with_name("tmp_objdir-incoming-gone"),
        "pack": bare / "objects" / "pack",
        "objects": bare / "objects",
        "link": bare / "objects" / "incoming-link",
        "deeper": kept / "incoming-x",
        "borrowing": kept,
    }
    places["link"].symlink_to(elsewhere)
    places["deeper"].mkdir()
    if where == "borrowing":
        (kept / "info").mkdir()
        (kept / "info" / "alternates").write_text(f"{elsewhere}\n", encoding="utf-8")
    with pytest.raises(QuarantineError) as refused:
        open_for_push(bare, {"GIT_OBJECT_DIRECTORY": str(places[where])})
    assert "Nothing is taken" in refused.value.hint


def test_what_stands_behind_a_quarantine_is_never_what_was_inherited(bare: Path, tmp_path: Path) -> None:
    """A list of alternates in the environment does not reach git: only the repository's own objects are behind it."""
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", "-b", "main", other], check=True)
    git(other, *WHO, "commit", "-q", "--allow-empty", "-m", "another's")
    foreign = git(other, "rev-parse", "main")
    kept, _ = came(bare)
    inherited = {
        "GIT_OBJECT_DIRECTORY": str(kept),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other / ".git" / "objects"),
    }
    with open_for_push(bare, inherited) as repository, pytest.raises(NearMissError):
        list(repository.commits([foreign]))


def test_a_repository_with_a_working_tree_is_no_server(tmp_path: Path) -> None:
    """A push to somebody's checkout is not judged, and so not taken."""
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path / "work"], check=True)
    with pytest.raises(NotBareError):
        open_for_push(tmp_path / "work", {})
