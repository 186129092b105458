"""Documents built to hang, flood or crash a reader: each ends in a finding, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nearmiss.store.reader import MOST_FINDINGS, read
from tests.pace import soon

BOMBS = {
    "open brackets": (b"a: " + b"[" * 100_000, "yaml-too-deep"),
    "open braces": (b"{a: " * 100_000, "yaml-too-deep"),
    "dashes in a row": (b"a:\n" + b"- " * 20_000 + b"x", "yaml-too-deep"),
    "question marks in a row": (b"? " * 20_000 + b"x", "yaml-key-not-string"),
    "deep indentation": (b"".join(b" " * n + b"a:\n" for n in range(1400)), "yaml-too-deep"),
    "aliases of aliases": (
        b"a: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a, *a, *a]\n" % (n, n) for n in range(20_000)),
        "yaml-anchor",
    ),
    "100,000 keys": (b"".join(b"k%d: 1\n" % n for n in range(100_000))[: 1024 * 1024], "yaml-too-many-nodes"),
    "the same key": (b"a: 1\n" * 200_000, "yaml-duplicate-key"),
    "a tag of a megabyte": (b"a: !" + b"x" * 1_000_000 + b" b", "yaml-tag"),
    "an anchor of a megabyte": (b"a: &" + b"x" * 1_000_000 + b" b", "yaml-anchor"),
    "many directives": (b"".join(b"%%TAG !e%d! x\n" % n for n in range(50_000)) + b"---\na: 1", "yaml-directive"),
    "directives behind": (
        b"a: 1\n...\n" + b"".join(b"%%TAG !e%d! x\n" % n for n in range(50_000)),
        "yaml-second-document",
    ),
    "many documents": (b"a: 1\n" + b"---\n" * 200_000, "yaml-second-document"),
    "a scalar of ten megabytes": (b"a: " + b"x" * 10_000_000, "yaml-too-large"),
    "a million digits": (b"a: " + b"1" * 1_000_000, "yaml-integer-too-large"),
    "a million commas": (b"a: [" + b"," * 1_000_000, "yaml-syntax"),
    "a key of a megabyte": (b"a" * 1_000_000 + b": 1", "yaml-not-a-mapping"),
    "tabs between quotes": (b"a: [" + b",".join([b'\t"x"'] * 40_000) + b"]\n", "yaml-syntax"),
    "zeros": (b"\0" * 1_000_000, "yaml-control-character"),
    "bytes of no encoding": (b"\xff" * 1_000_000, "yaml-not-utf8"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_documents_end_in_a_finding_within_a_second(name: str) -> None:
    """What was built to hang, flood or crash a reader is refused quickly, with a bounded list of findings."""
    raw, code = BOMBS[name]
    told = soon(1.0, lambda: read(raw)).findings
    assert told[0].code == code
    assert len(told) <= MOST_FINDINGS
    assert all(len(finding.message) < 300 for finding in told)


@pytest.mark.parametrize("tail", [b"1:1" * 300_000, b"1" + b":1" * 500_000, b"1_" * 500_000, b"x" * 1_000_000])
def test_large_scalars_are_read_in_bounded_time(tail: bytes) -> None:
    """A scalar of nearly a megabyte is read, or refused, in well under a second, however it resembles a number."""
    soon(1.0, lambda: read(b"a: " + tail + b"z"))


def test_hostile_documents_take_little_memory() -> None:
    """All hostile documents together raise the memory of a process by less than 150 MB."""
    program = (
        "import resource, sys\n"
        "from nearmiss.store.reader import read\n"
        "from tests.store.test_store_hostile import BOMBS\n"
        "start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for raw, _ in BOMBS.values(): read(raw)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) // 1024)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 150
