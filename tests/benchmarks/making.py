"""Making the measured register in a process of its own: what it needs in memory must not count as a command's."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from nearmiss.models.digests import digest
from tests.benchmarks.register import base_files, build_register

DONE = "made.json"


def make(checkout: Path, place: Path, *, records: int, seed: int) -> None:
    """Make the register below a place, unless it is there whole already, made from the same files."""
    files = base_files(checkout)
    stamp = digest([records, seed, {path: raw.hex() for path, raw in files.items()}, VERSION])
    if (place / DONE).is_file() and json.loads((place / DONE).read_text(encoding="utf-8"))["stamp"] == stamp:
        return
    shutil.rmtree(place, ignore_errors=True)
    (place / "register").mkdir(parents=True)
    found = build_register(checkout, place / "register", records=records, seed=seed)
    facts = {**asdict(found), "root": "register", "stamp": stamp}
    (place / DONE).write_text(json.dumps(facts), encoding="utf-8")


VERSION = 1
"""Raised when the way changes in which a register is made."""


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), records=int(sys.argv[3]), seed=int(sys.argv[4]))
