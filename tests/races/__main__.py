"""Races pairs of commands many times, by chance: `python -m tests.races --rounds 50 --seed 7 [--pair NAME]`."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.races.pairs import PAIRS


def main() -> int:
    """Run the rounds, print what went wrong, and return 1 where anything did."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=20)
    asked.add_argument("--seed", default="1")
    asked.add_argument("--pair", choices=sorted(PAIRS), action="append")
    said = asked.parse_args()
    os.environ.update({"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"})
    failed = 0
    for name in said.pair or PAIRS:
        wrong = _wrong(name, said.rounds, said.seed)
        failed += len(wrong)
        print(f"{name:30} {said.rounds:4} rounds, {len(wrong)} wrong")  # noqa: T201 - this is its output
        print(*wrong, sep="\n", end="\n" if wrong else "")  # noqa: T201
    return 1 if failed else 0


def _wrong(name: str, rounds: int, seed: str) -> list[str]:
    found = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="nearmiss-race-") as folder:
            chance = random.Random(f"{seed} {name} {number}")  # noqa: S311 - delays need no secrecy
            found += [f"round {number}: {fault}" for fault in PAIRS[name].race(Path(folder), chance)]
    return found


if __name__ == "__main__":
    sys.exit(main())
