"""The package as others get it, built and installed once for all tests of this room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.packages import Built, Place, build, install, read_sdist, read_wheel


@pytest.fixture(scope="session")
def built(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build this checkout once."""
    into = tmp_path_factory.mktemp("dist")
    wheel, sdist = build(repo_root, into, "wheel"), build(repo_root, into, "sdist")
    return Built(wheel=wheel, sdist=sdist, in_wheel=read_wheel(wheel), in_sdist=read_sdist(sdist))


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Install the wheel into an environment of its own."""
    return install(tmp_path_factory.mktemp("from-wheel") / "venv", str(built.wheel))
