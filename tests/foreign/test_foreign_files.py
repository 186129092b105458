"""Files that others wrote, taken for every kind of file of ours: findings or a sentence, soon, and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.foreign.corpus import HOSTILE, ROOT, atlas, suite

LONGEST = 1.0
"""Seconds of the processor that one document may take: more is a hang to whoever waits."""

MOST_READINGS = 6
"""Where the machine is slow, as often as a plain document of forty thousand keys can be read in that time."""

MOST_MEMORY = 200
"""MiB that a process may have that reads them all, one after the other."""

KINDS = {
    *("record", "sign-off", "mapping", "vocabulary", "report --from", "check --fix"),
    *("workflow", "risk", "settings", "people", "waivers"),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a process told of a document that it took for a kind of file."""

    kind: str
    name: str
    found: list[str]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What all the documents of a process took together, and how fast its machine was."""

    memory: int
    """MiB, at the most."""
    plain: float
    """Seconds that a plain document took, at the slowest."""


def take(documents: Mapping[str, bytes], folder: Path, *kinds: str) -> tuple[list[Told], Cost]:
    """Take documents for all kinds, or some, in a process of its own; return what was told, and what it took."""
    files = folder / "documents"
    files.mkdir()
    for name, raw in documents.items():
        (files / name).write_bytes(raw)
    command = [sys.executable, "-m", "tests.foreign.child", str(files), *kinds]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *lines, last = map(json.loads, done.stdout.splitlines())
    return [Told(**line) for line in lines], Cost(**last)


def see_that_all_is_well(documents: Mapping[str, bytes], folder: Path) -> list[Told]:
    """See that each document gave findings of each kind within a second, and that all took little memory."""
    told, cost = take(documents, folder)
    assert {each.kind for each in told} == KINDS
    assert len(told) == len(documents) * len(KINDS)
    assert [(each.kind, each.name) for each in told if not each.found] == []
    longest = max(LONGEST, MOST_READINGS * cost.plain)
    assert [each for each in told if each.seconds > longest] == []
    assert cost.memory <= MOST_MEMORY
    return told


def test_case_studies_of_an_atlas_only_give_findings(tmp_path: Path) -> None:
    """Incident reports in another format are none of our files, whichever they are taken for, and it is said why."""
    told = see_that_all_is_well(atlas(), tmp_path)

    assert {code for each in told if each.kind == "record" for code in each.found} >= {"yaml-unquoted-date"}


def test_cases_of_the_yaml_test_suite_only_give_findings(tmp_path: Path) -> None:
    """Every case that the authors of YAML's readers trip over gives findings, whichever file it is taken for."""
    cases = suite()
    assert len(cases) > 400
    see_that_all_is_well({case.name: case.text.encode() for case in cases}, tmp_path)


def test_hostile_shapes_only_give_findings(tmp_path: Path) -> None:
    """Documents built to hang, flood or run something give findings soon, whichever file they are taken for."""
    see_that_all_is_well(HOSTILE, tmp_path)

    assert not (ROOT / "owned").exists()


def test_a_process_that_falls_over_is_noticed(tmp_path: Path) -> None:
    """What does not end in findings fails the test: the process tells of nothing that it does not know."""
    with pytest.raises(AssertionError, match="KeyError"):
        take({"one": b"a: 1\n"}, tmp_path, "no such kind")
