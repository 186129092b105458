"""Real repositories for the tests of git: made in `tmp_path`, with nobody's configuration but their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nearmiss.vcs.repository import GitRepository, create_repository, open_repository
from tests.vcs.worlds import World


@pytest.fixture(autouse=True)
def _clean_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give git a home of its own, with a person in it and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Own Name\n\temail = own@example.org\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give an empty repository with an unborn main branch."""
    root = tmp_path / "register"
    with create_repository(root) as repository:
        yield World(repository=repository, root=root)


@pytest.fixture
def opened() -> Iterator[Callable[[Path], GitRepository]]:
    """Open repositories, and close them after the test."""
    repositories: list[GitRepository] = []

    def open_(place: Path) -> GitRepository:
        repositories.append(open_repository(place))
        return repositories[-1]

    yield open_
    for repository in repositories:
        repository.close()
