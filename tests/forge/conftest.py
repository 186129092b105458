"""What the tests of the forges share: a register with a forge of each kind, and an environment without tokens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.forge.tokens import OURS, VARIABLES
from tests.cli.shell import Shell
from tests.forge.stand import KINDS, TOKEN, Stand, standing

HOSTS = ("GITHUB_SERVER_URL", "CI_SERVER_URL", "GITLAB_HOST", "GH_HOST", "FORGEJO_SERVER_URL", "GITEA_SERVER_URL")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave no token, no proxy and no `gh` of the machine in the environment."""
    names = [variable.name for variables in VARIABLES.values() for variable in variables]
    proxies = [name for name in os.environ if name.lower().endswith("_proxy")]
    for name in (OURS, *names, *HOSTS, *proxies):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GH_CONFIG_DIR", str(tmp_path / "no-gh"))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of forge in turn."""
    return str(request.param)


@pytest.fixture
def stand(tmp_path: Path, kind: str) -> Iterator[Stand]:
    """A register with its forge."""
    with standing(tmp_path, kind) as made:
        yield made


@pytest.fixture
def shell(stand: Stand) -> Shell:
    """A shell in the register."""
    return Shell(directory=stand.scene.root, scene=stand.scene)


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """Put the job's token into the environment."""
    monkeypatch.setenv(OURS, TOKEN)
    return TOKEN
