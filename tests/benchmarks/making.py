"""Making the measured register in a process of its own: what it needs in memory must not count as a command's."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from nearmiss.models.digests import digest
from tests.benchmarks.histories import build_history
from tests.benchmarks.register import LESSONS, base_files, build_register

DONE = "made.json"
MOST_COMMITS = 50_000
"""After so many, no record of a history begins another step."""


def make(checkout: Path, place: Path, *, records: int, seed: int, kind: str) -> None:
    """Make a register below a place, unless it is there whole already, made from the same files.

    A `register` has files that can be worked on, and so have `lessons`, which are all verified; a `history` is a bare
    repository whose every step can be proven.
    """
    files = base_files(checkout)
    stamp = digest([records, seed, {path: raw.hex() for path, raw in files.items()}, kind, VERSION])
    if (place / DONE).is_file() and json.loads((place / DONE).read_text(encoding="utf-8"))["stamp"] == stamp:
        return
    shutil.rmtree(place, ignore_errors=True)
    (place / "register").mkdir(parents=True)
    found = BUILDERS[kind](checkout, place / "register", records=records, seed=seed)
    facts = {**asdict(found), "root": "register", "stamp": stamp}
    (place / DONE).write_text(json.dumps(facts), encoding="utf-8")


BUILDERS: dict[str, Callable[..., Any]] = {
    "register": build_register,
    "lessons": partial(build_register, shares=LESSONS, ready=0),
    "history": partial(build_history, commits=MOST_COMMITS),
}
VERSION = 2
"""Raised when the way changes in which a register is made."""


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), records=int(sys.argv[3]), seed=int(sys.argv[4]), kind=sys.argv[5])
