"""Timing commands as people start them: real processes, each with its wall time and its peak of memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


class CommandFailedError(Exception):
    """A command that is measured did not end as it should, so its time says nothing."""

    def __init__(self, words: Sequence[str], status: int, said: str) -> None:
        super().__init__(f"{' '.join(words)} ended with {status}: {said[-2000:]}")


@dataclass(frozen=True, kw_only=True)
class Times:
    """Samples of one thing: seconds of each, and the largest peak of memory in KiB (0 where it is no process).

    `processor` are the seconds that the processors worked for it, and for what it started and waited for.
    """

    seconds: tuple[float, ...]
    peak: int = 0
    processor: tuple[float, ...] = ()

    @property
    def least(self) -> float:
        """The fastest run: what the machine can do when nothing else disturbs it."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The run in the middle."""
        return statistics.median(self.seconds)

    def __add__(self, other: Times) -> Times:
        """Return the samples of both."""
        return Times(
            seconds=(*self.seconds, *other.seconds),
            peak=max(self.peak, other.peak),
            processor=(*self.processor, *other.processor),
        )


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line with its folder and environment; each run may prepare something first, outside the time."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    accept: Sequence[int] = (0,)
    prepare: Callable[[], None] = lambda: None
    reads: Path = Path(os.devnull)

    def run(self) -> Times:
        """Run it once; raises CommandFailedError."""
        self.prepare()
        environment = {**os.environ, **self.environment}
        outcome = os.memfd_create("outcome")
        try:
            with self.reads.open("rb") as given:
                started = time.perf_counter()
                child = subprocess.Popen(
                    self.words, cwd=self.folder, env=environment, stdin=given, stdout=outcome, stderr=outcome
                )
                _, status, used = os.wait4(child.pid, 0)
                seconds = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in self.accept:
                said = os.pread(outcome, os.fstat(outcome).st_size, 0).decode("utf-8", "replace")
                raise CommandFailedError(self.words, child.returncode, said)
        finally:
            os.close(outcome)
        return Times(seconds=(seconds,), peak=used.ru_maxrss, processor=(used.ru_utime + used.ru_stime,))


def in_turn(runs: Mapping[str, Callable[[], Times]], *, rounds: int) -> dict[str, Times]:
    """Run everything once per round, one after the other, so that whatever else the machine does hits all alike."""
    found: dict[str, Times] = {}
    for _ in range(rounds):
        for name, run in runs.items():
            times = run()
            found[name] = found[name] + times if name in found else times
    return found
