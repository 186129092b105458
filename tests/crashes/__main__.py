"""Stop every writing command at every call that writes: `python -m tests.crashes --command report`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.crashes.driving import Drive, laboratory
from tests.crashes.judging import outcome
from tests.crashes.players import Player
from tests.crashes.points import WAYS, spread, telling_first
from tests.crashes.shim import build, has_compiler
from tests.crashes.stages import STAGES, prepare

PARTS = {"init": 8, "importing-many": 6}
"""Commands of so many calls that several workers share them."""

PREPARING = threading.Lock()
"""Held while a stage is made, since the registers that stages begin with are made once for all."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Some points of one command: every so-manieth of them."""

    name: str
    ways: tuple[str, ...]
    is_spread: bool
    seconds: int
    part: int
    parts: int
    lab: Path
    library: Path


@dataclass(kw_only=True)
class Tally:
    """What came of the points of one command."""

    points: int = 0
    states: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Count what another process found."""
        self.points += other.points
        self.states += other.states
        self.wrong.update(other.wrong)
        self.examples = {**other.examples, **self.examples}


def main(words: Sequence[str] | None = None) -> int:
    """Run what was asked for; return 1 where a point did not hold."""
    asked = _parse(words)
    if not has_compiler():
        sys.stderr.write("This needs gcc, which builds the library that stops the program.\n")
        return 1
    clean_environment()
    folder = Path(tempfile.mkdtemp(prefix="nearmiss-crashes-"))
    lab = laboratory(folder)
    try:
        found = _drive(asked, lab)
    finally:
        shutil.rmtree(lab, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(tally.wrong for tally in found.values()) else 0


def clean_environment() -> None:
    """Leave out what a machine or a person has told git and the program."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "NEARMISS", "XDG_", "LANGUAGE", "LC_"))]:
        del os.environ[name]
    os.environ.update({"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1"})
    time.tzset()


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--command", action="append", choices=list(STAGES), help="only this one; repeatable")
    parser.add_argument("--way", action="append", choices=[way.name for way in WAYS], help="only so; repeatable")
    parser.add_argument("--spread", action="store_true", help="each sort of call once, instead of every call")
    parser.add_argument("--seconds", type=int, default=0, help="so long for each command (or part of it) at most")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(words)
    asked.command = asked.command or list(STAGES)
    asked.way = tuple(asked.way or [way.name for way in WAYS])
    return asked


def _drive(asked: argparse.Namespace, lab: Path) -> dict[str, Tally]:
    jobs = list(_jobs(asked, lab, build(lab)))
    waiting = Counter(job.name for job in jobs)
    found = {name: Tally() for name in asked.command}
    sys.stdout.write(f"{'command':18} {'points':>7} {'states':>7} {'wrong':>6}\n")
    # Threads do: what takes time happens in the processes that they wait for.
    with ThreadPoolExecutor(asked.jobs) as pool:
        for done in as_completed([pool.submit(work, job) for job in jobs]):
            name, tally = done.result()
            found[name].add(tally)
            waiting[name] -= 1
            if not waiting[name]:
                _tell(name, found[name])
    return found


def _tell(name: str, found: Tally) -> None:
    """Say at once what came of a command: hours may lie between the first and the last."""
    sys.stdout.write(f"{name:18} {found.points:7} {found.states:7} {sum(found.wrong.values()):6}\n")
    for problem, count in found.wrong.most_common():
        sys.stdout.write(f"  {count} times, as {found.examples[problem]}\n    {problem}\n")
    sys.stdout.flush()


def _jobs(asked: argparse.Namespace, lab: Path, library: Path) -> Iterator[Job]:
    for name in asked.command:
        parts = PARTS.get(name, 1)
        for part in range(parts):
            yield Job(
                name=name,
                ways=asked.way,
                is_spread=asked.spread,
                seconds=asked.seconds,
                part=part,
                parts=parts,
                lab=lab / f"{name}-{part}",
                library=library,
            )


def work(job: Job) -> tuple[str, Tally]:
    """Stop one command at its points, on a copy and with a worker of its own."""
    tally = Tally()
    job.lab.mkdir()
    with PREPARING:
        stage = prepare(job.name, job.lab / "made")
    ways = [way for way in WAYS if way.name in job.ways]
    with Player(job.lab / "player", job.library) as player:
        drive = Drive(player, stage)
        points = list((spread if job.is_spread else telling_first)(drive.calls, ways))
        until = time.monotonic() + job.seconds if job.seconds else float("inf")
        for point in points[job.part :: job.parts]:
            if time.monotonic() > until:
                break
            verdict = drive.stop_at(point)
            tally.points += 1
            tally.states += not verdict.is_known
            if verdict.problems:
                problem = outcome(verdict.problems)
                tally.wrong[problem] += 1
                tally.examples.setdefault(problem, str(point))
    shutil.rmtree(job.lab)
    return job.name, tally


if __name__ == "__main__":
    sys.exit(main())
