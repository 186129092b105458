"""`python -m tests.benchmarks`: measure every figure of speed against its floor, and fail where a goal is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure, as_data, table
from tests.benchmarks.measures import MEASURES, open_bench
from tests.benchmarks.proofs import PROOFS
from tests.benchmarks.reporters import reporters
from tests.benchmarks.sites import SITES

EVERYTHING = {**MEASURES, **PROOFS, **SITES, "reporters": reporters}
CHECKOUT = Path(__file__).parents[2]


def main(words: list[str] | None = None) -> int:
    """Run the bench; return 1 where a goal is missed."""
    asked = _asked(words)
    place = asked.build / f"{asked.seed}-{asked.records}"
    place.mkdir(parents=True, exist_ok=True)
    sys.stderr.write(f"Making {asked.records:,} records from the seed {asked.seed}, unless they are there …\n")
    bench = open_bench(CHECKOUT, place, seed=asked.seed, records=asked.records, rounds=asked.rounds)
    figures: list[Figure] = []
    for name in asked.only or EVERYTHING:
        sys.stderr.write(f"Measuring {name} …\n")
        figures += EVERYTHING[name](bench)
    sys.stdout.write(f"{table(figures)}\n")
    said = json.dumps(as_data(figures, _facts(asked)), indent=2, ensure_ascii=False)
    kept = asked.json or place / "figures.json"
    kept.write_text(f"{said}\n", encoding="utf-8")
    sys.stdout.write(f"\nAs JSON: {kept}\n")
    if asked.page:
        put_into(asked.page, f"{table(figures)}\n\n{_measured(asked)}")
    missed = [figure.name for figure in figures if not figure.is_met]
    sys.stdout.write(f"Over the goal: {', '.join(missed)}.\n" if missed else "Every goal is met.\n")
    return 1 if missed else 0


MARK = "<!-- figures -->\n\n"


def put_into(page: Path, text: str) -> None:
    """Put the figures below their mark in a page, in place of the table and the line that stand there."""
    before, mark, after = page.read_text(encoding="utf-8").partition(MARK)
    parts = after.split("\n\n")
    kept = parts[2:] if parts[0].startswith("|") else parts
    page.write_text("\n\n".join([f"{before}{mark}{text}", *kept]), encoding="utf-8")


def _measured(asked: argparse.Namespace) -> str:
    facts = _facts(asked)
    machine = facts["machine"]
    return (
        f"Measured on {facts['on']} from seed {asked.seed}, on a machine with {machine['cores']} cores, "
        f"Python {machine['python']} and git {machine['git']}."
    )


def _asked(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what the data is made from (1)")
    parser.add_argument("--records", type=int, default=10_000, help="how many records (10000)")
    parser.add_argument("--rounds", type=int, default=8, help="how often each thing is measured, at least (8)")
    parser.add_argument("--only", action="append", choices=list(EVERYTHING), help="measure only this; repeatable")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go as JSON")
    parser.add_argument("--build", type=Path, default=CHECKOUT / "build" / "bench", help="where the data is made")
    parser.add_argument("--page", type=Path, metavar="FILE", help="a page whose figures are renewed")
    return parser.parse_args(words)


def _facts(asked: argparse.Namespace) -> dict[str, Any]:
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()
    return {
        "seed": asked.seed,
        "records": asked.records,
        "on": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "git": git[2]},
    }


if __name__ == "__main__":
    sys.exit(main())
