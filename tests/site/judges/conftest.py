"""What all judges share: one built site, one address that serves it, one browser."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.site.browser import served
from tests.site.judges.judged import Judged, build_judged
from tests.site.judges.visits import Visit

Open = Callable[..., Visit]


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory, clean_environment: Path) -> Judged:
    """The site that is judged, built once for all processes of a run."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    return build_judged(Path(__file__).resolve().parents[3], shared / "judged")


@pytest.fixture(scope="session")
def baseline() -> dict[str, dict[str, str]]:
    """What the theme itself gets wrong, by judge, with the reason why it stays."""
    return tomllib.loads(Path(__file__).with_name("baseline.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def address(judged: Judged) -> Iterator[str]:
    """Where the judged site is served, under the strict policy."""
    with served(judged.folder) as address:
        yield address


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Open]:
    """Return a function that opens a tab on the judged site; every tab is closed at the end."""
    visits: list[Visit] = []

    def open_tab(**options: Any) -> Visit:
        visits.append(Visit(browser, address, **options))
        return visits[-1]

    yield open_tab
    for one in visits:
        one.context.close()
