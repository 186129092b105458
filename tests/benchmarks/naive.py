"""The naive reader, timed over a sample of a register's files: what a check would cost that is built on round trips."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

SAMPLE = 40
"""Files of each kind that are read; the rest is counted."""


def main() -> None:
    """Print how many seconds ruamel's round trip would take over all records and sign-offs of a folder."""
    from ruamel.yaml import YAML

    root, seed = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)  # noqa: S311 - the same sample for the same seed, no secret
    total = 0.0
    for pattern in ("records/*/*/*.yaml", "records/*/*/*/sign-offs/*.yaml"):
        files = sorted(root.glob(pattern))
        sample = [path.read_bytes() for path in chance.sample(files, min(SAMPLE, len(files)))]
        reader = YAML(typ="rt")
        started = time.perf_counter()
        for raw in sample:
            reader.load(raw)
        total += (time.perf_counter() - started) / max(1, len(sample)) * len(files)
    sys.stdout.write(f"{total}\n")


if __name__ == "__main__":
    main()
