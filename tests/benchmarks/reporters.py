"""What a crowd of reporters costs: two hundred at once before the real server, beside a bare route on that machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.crowd import Crowd, Outcome
from tests.benchmarks.figures import Figure
from tests.benchmarks.measures import Bench
from tests.benchmarks.timing import Times

MANY = 200
SECONDS = 60.0
GOAL = 5.0
FIELDS = (
    ("made_safe", "yes"),
    ("what_happened", "A carton slid off the pallet as I turned the corner, number ….\nNobody stood there."),
    ("what_could_have_happened", "It could have hit somebody on the foot."),
    ("barrier", "luck"),
    ("when", "now"),
    ("mode", "anonymous"),
)
_NUMBER = re.compile(r'id="number">([^<]+)<')


class NotServedError(Exception):
    """A server that is measured never answered."""


@contextmanager
def listening(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until left, and yield its process; raises NotServedError where it does not begin."""
    said = folder / "said.txt"
    with said.open("wb") as file:
        child = subprocess.Popen(words, cwd=folder, env={**os.environ, **environment}, stdout=file, stderr=file)
    try:
        for _ in range(1200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if child.poll() is not None:
                raise NotServedError(said.read_text(encoding="utf-8"))
            time.sleep(0.05)
        else:
            raise NotServedError(said.read_text(encoding="utf-8"))
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_folders(place: Path) -> dict[str, str]:
    """Return an environment in which the intake of a server lies in a folder."""
    return {"XDG_STATE_HOME": str(place / "state"), "XDG_CONFIG_HOME": str(place / "config"), "NEARMISS_INTAKE": ""}


def before_the_server(register: Path, place: Path, *, many: int, seconds: float) -> Outcome:
    """Let a crowd report to `nearmiss serve` over a register, with its intake in a folder; return what became of it."""
    port = free_port()
    script = Path(sys.executable).with_name("nearmiss")
    words = [str(script), "-C", str(register), "serve", "--address", f"127.0.0.1:{port}", "--no-remind"]
    with listening(words, place, own_folders(place), port):
        crowd = Crowd(
            host="127.0.0.1", port=port, number=many, seconds=seconds, form="/", action="/report", fields=FIELDS
        )
        return crowd.report()


def before_the_floor(place: Path, *, many: int, seconds: float) -> Outcome:
    """Let a crowd of the same size send the same to a bare route, whose rows are on the disk before it answers."""
    port = free_port()
    root = Path(__file__).parents[2]
    words = [sys.executable, "-m", "tests.benchmarks.floor", str(place / "floor.db"), str(port)]
    with listening(words, place, {"PYTHONPATH": str(root)}, port):
        return Crowd(host="127.0.0.1", port=port, number=many, seconds=seconds, fields=FIELDS).report()


def numbers_in(outcome: Outcome) -> list[str]:
    """Return the receipt numbers that a crowd was given."""
    return [found[1] for page in outcome.answers if (found := _NUMBER.search(page))]


def kept_in(place: Path) -> int:
    """Return how many reports are in the store of the intake below a folder."""
    [store] = place.glob("state/nearmiss/*/intake.db")
    with sqlite3.connect(store) as asked:
        return int(asked.execute("SELECT count(*) FROM report").fetchone()[0])


def reporters(bench: Bench) -> Iterator[Figure]:
    """Measure how long nearly all of a crowd wait for their receipts, and that none of them is lost."""
    seconds = SECONDS if bench.records >= 1000 else 2.0
    place = bench.place / f"crowd-{time.time_ns()}"
    place.mkdir()
    floor = before_the_floor(place, many=MANY, seconds=seconds / 3)
    outcome = before_the_server(bench.register, place, many=MANY, seconds=seconds)
    given = numbers_in(outcome)
    if outcome.faults or len(set(given)) != kept_in(place):
        raise NotServedError(f"{outcome.faults[:3]}; {len(set(given))} receipts, {kept_in(place)} reports")
    yield Figure(
        name="report form, 95 of 100",
        at=f"{MANY} reporters at once",
        times=Times(seconds=(outcome.p95,)),
        floor="bare route, one row on disk",
        floor_seconds=floor.p95,
        goal=GOAL,
    )
