"""Players: they run a command on a copy of a stage through one worker, under orders or without, and say what it did."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from tests.crashes.shim import CUT_POWER, Orders, Watched, build, kept_by, read_watched, write_orders
from tests.crashes.stage import Stage
from tests.crashes.stages import copied

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended (minus the signal where it was killed), what it said, and what was seen of it."""

    status: int
    out: str
    err: str
    watched: Watched = field(default_factory=Watched)

    @property
    def said(self) -> str:
        """All that it said."""
        return self.out + self.err


class Player:
    """Copies stages into one place and runs commands there. Use it in a `with` block."""

    def __init__(self, folder: Path, library: Path | None = None) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self.library = library or build(folder)
        self._orders = folder / "orders"
        self.place = folder / "stage"
        self._untouched: dict[int, tuple[str, int]] = {}

    def __enter__(self) -> Self:
        """Start the worker."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "COV_"))}
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "tests.crashes.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=kept | {"LD_PRELOAD": str(self.library), "HOME": str(self._folder)},
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the worker."""
        self._worker.__exit__(kind, error, trace)

    @property
    def register(self) -> Path:
        """The register on the copied stage."""
        return self.place / "register"

    def set_up(self, stage: Stage) -> None:
        """Put a fresh copy of a stage up."""
        copied(stage, self.place)
        if stage.serves is not None:
            stage.serves.bare = self.place / "remote.git"
        self._untouched = {facts.st_ino: (name, facts.st_mtime_ns) for name, facts in _files(self.place)}

    def run(self, stage: Stage, words: Sequence[str] | None = None, orders: Orders | None = None) -> Ended:
        """Run the command of a stage, or other words in its stead, and wait until all that it started has ended."""
        if orders:
            write_orders(self._orders, orders)
        here = self.place / stage.here
        job: dict[str, Any] = {
            "directory": str(here if here.exists() else self.place),
            "words": list(stage.words if words is None else words),
            "who": stage.who,
            "instant": stage.instant,
            "draws": 500,
            "environment": dict(stage.environment),
            "orders": str(self._orders) if orders else "",
            "out": str(self._folder / "out"),
            "err": str(self._folder / "err"),
        }
        to, answers = cast("tuple[IO[str], IO[str]]", (self._worker.stdin, self._worker.stdout))
        to.write(json.dumps(job) + "\n")
        to.flush()
        status = json.loads(answers.readline())["status"]
        out, err = ((self._folder / name).read_text(encoding="utf-8", errors="replace") for name in ("out", "err"))
        watched = read_watched(self._orders, orders.root) if orders else Watched()
        if orders and orders.mode == CUT_POWER:
            self.lose(stage, self._orders)
        return Ended(status=status, out=out, err=err, watched=watched)

    def lose(self, stage: Stage, orders: Path) -> None:
        """Take from every file what nobody waited for: as a disk does that makes names at once, and content later.

        What was there before is known by the number of its inode, with its time; what it held is in what it was made
        from. A machine whose calls are not watched keeps its power.
        """
        watched = self.orders(stage).root
        for name, facts in list(_files(self.place)):
            if not (self.place / name).is_relative_to(watched):
                continue
            waited = kept_by(orders) / str(facts.st_ino)
            before, time = self._untouched.get(facts.st_ino, ("", 0))
            if time == facts.st_mtime_ns and not waited.exists():
                continue
            content = (
                waited.read_bytes() if waited.exists() else (stage.folder / before).read_bytes() if before else b""
            )
            if (self.place / name).read_bytes() != content:
                (self.place / name).write_bytes(content)

    def orders(self, stage: Stage, **what: int) -> Orders:
        """Return orders for what a stage watches."""
        return Orders(root=Path(os.path.normpath(self.place / stage.watched)), **what)


def _files(top: Path) -> Iterator[tuple[str, os.stat_result]]:
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder) / name
            facts = path.lstat()
            if stat.S_ISREG(facts.st_mode):
                yield str(path.relative_to(top)), facts
