"""Thousands of invented histories, put to all judges: `python -m tests.histories --lives 3000 --seed 1`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.histories.judging import compared
from tests.histories.lives import History

AT_ONCE = 200
"""Histories in one repository; more make every reading of it slower."""


def main() -> int:
    """Judge as many histories as asked for, print how they ended and who differs, and fail where anybody does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=int, default=3000, help="how many histories")
    parser.add_argument("--seed", type=int, default=1, help="which ones: each seed has others")
    asked = parser.parse_args()
    seeds = range(asked.seed * 1_000_000, asked.seed * 1_000_000 + asked.lives)
    ends: Counter[str] = Counter()
    differing = 0
    for start in range(0, len(seeds), AT_ONCE):
        with tempfile.TemporaryDirectory() as folder:
            found = compared(seeds[start : start + AT_ONCE], Path(folder) / "histories")
        differing += _told(found, ends)
    for code, times in sorted(ends.items(), key=lambda pair: (-pair[1], pair[0])):
        sys.stdout.write(f"{times:6}  {code or 'legal'}\n")
    sys.stdout.write(f"{len(seeds)} histories, and the judges differ on {differing}\n")
    return 1 if differing else 0


def _told(found: Sequence[tuple[int, History, list[str]]], ends: Counter[str]) -> int:
    for seed, history, differences in found:
        ends[history.code] += 1
        for said in differences:
            sys.stdout.write(f"history {seed}: {said}\n")
    sys.stdout.flush()
    return sum(bool(differences) for _, _, differences in found)


if __name__ == "__main__":
    sys.exit(main())
