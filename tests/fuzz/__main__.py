"""Looks for input that breaks a reader: `python -m tests.fuzz [--seconds N | --cases N] [--seed N] [--target NAME]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.fuzz.fuzzer import Hunt, hunt, save
from tests.fuzz.targets import TARGETS


def main(words: Sequence[str] | None = None) -> int:
    """Hunt, print a line for each target, and return 1 where something broke; what did is kept in the corpus."""
    asked = _asked(words)
    chosen = [TARGETS[name] for name in asked.target or TARGETS]
    seconds = None if asked.cases else asked.seconds / len(chosen)
    _say(f"{'Target':<10} {'Cases':>8} {'Outcomes':>9} {'Broken':>7}   (seed {asked.seed})")
    broken = 0
    for target in chosen:
        found = hunt(target, seed=asked.seed, cases=asked.cases, seconds=seconds)
        _say(f"{target.name:<10} {found.cases:>8} {len(found.outcomes):>9} {len(found.broken):>7}")
        broken += _keep(found)
    return 1 if broken else 0


def _keep(found: Hunt) -> int:
    for kind, raw in found.broken.items():
        _say(f"  {kind}: kept as {save(found.target, raw).name}")
    return len(found.broken)


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long, for all targets together")
    parser.add_argument("--cases", type=int, help="how many for each target, instead")
    parser.add_argument("--seed", type=int, default=1, help="another one hunts another way")
    parser.add_argument("--target", action="append", choices=sorted(TARGETS), help="only this; repeatable")
    return parser.parse_args(words)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
