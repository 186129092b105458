"""A crowd before the real server: what was acknowledged is stored, and nothing else; killed at any moment, too."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.crowd import Crowd, Outcome
from tests.benchmarks.reporters import FIELDS, before_the_server, free_port, kept_in, listening, numbers_in, own_folders
from tests.engine.scene import found_scene

SECONDS = float(os.environ.get("NEARMISS_TEST_CROWD", "6"))
"""How long they report; `make bench` lets them for a minute."""


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a register."""
    scene = found_scene(tmp_path / "register")
    yield scene.root
    scene.close()


def test_two_hundred_at_once_lose_nothing(register: Path, tmp_path: Path) -> None:
    """Each of two hundred who report over and over is answered, and what was acknowledged is what is stored."""
    outcome = before_the_server(register, tmp_path, many=200, seconds=SECONDS)

    given = numbers_in(outcome)
    assert outcome.faults == []
    assert len(given) == len(set(given)) == len(outcome.seconds) >= 200
    assert kept_in(tmp_path) == len(given)
    assert "Traceback" not in (tmp_path / "said.txt").read_text("utf-8")


def test_a_server_that_is_killed_loses_nothing_that_it_acknowledged(register: Path, tmp_path: Path) -> None:
    """Killed while twenty report, without a word of warning: every receipt that somebody holds is of a kept report."""
    port = free_port()
    script = Path(sys.executable).with_name("nearmiss")
    words = [str(script), "-C", str(register), "serve", "--address", f"127.0.0.1:{port}", "--no-remind"]
    crowd = Crowd(host="127.0.0.1", port=port, number=20, seconds=12, form="/", action="/report", fields=FIELDS)
    outcome = Outcome()
    with listening(words, tmp_path, own_folders(tmp_path), port) as server:
        reporting = threading.Thread(target=lambda: outcome.__dict__.update(vars(crowd.report())))
        reporting.start()
        _wait_for_reports(tmp_path)
        server.send_signal(signal.SIGKILL)
        reporting.join()

    given = set(numbers_in(outcome))
    [store] = tmp_path.glob("state/nearmiss/*/intake.db")
    with sqlite3.connect(store) as asked:
        stored = {row[0] for row in asked.execute("SELECT number FROM report")}
    assert given
    assert given <= stored


def _wait_for_reports(place: Path, least: int = 30) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        time.sleep(0.1)
        try:
            if kept_in(place) >= least:
                return
        except (ValueError, sqlite3.Error):
            continue
    pytest.fail("nobody's report was stored")
