"""Readers that others wrote: what ours accepts, each of them reads as the same data."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from ruamel.yaml import YAML

from nearmiss.store.reader import read
from tests.foreign.corpus import INSTALL, MODULES, ROOT, suite
from tests.store.damage import EXAMPLES
from tests.store.documents_drawn import handwritten
from tests.store.test_store_reader import GAPS, WORDS

BEGINNINGS = ["k: ", "k: ", "", "- ", "k:\n  a: ", "k:\n- ", "k:\n  - b: ", "k: [", "k: {a: "]


def peer(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the package `yaml` for JavaScript reads: data or an error each; skips where it is not installed."""
    if not (MODULES / "yaml").is_dir() or shutil.which("node") is None:
        pytest.skip(f"the second reader is not installed: {INSTALL}")
    command = ["node", str(ROOT / "tests" / "foreign" / "peers.mjs"), str(MODULES.parent)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def see_that_all_agree(texts: Sequence[str]) -> int:
    """See that ruamel and the peer read what ours accepts as the same data; return how many those are."""
    accepted = [(text, data) for text in texts if (data := read(text.encode()).data) is not None]
    for text, data in accepted:
        assert YAML(typ="safe", pure=True).load(text) == data, text
    for (text, data), heard in zip(accepted, peer([text for text, _ in accepted]), strict=True):
        assert heard == {"data": data}, text
    return len(accepted)


def test_the_suite_expects_what_is_accepted_of_it() -> None:
    """Of the YAML test suite we accept no case that is no YAML; the rest is the data that the suite expects."""
    accepted = {case.name: (case, data) for case in suite() if (data := read(case.text.encode()).data) is not None}

    assert len(accepted) > 50
    assert [name for name, (case, _) in accepted.items() if case.fails or case.json is None] == []
    assert {name: data for name, (_, data) in accepted.items()} == {
        name: case.data for name, (case, _) in accepted.items()
    }
    assert see_that_all_agree([case.text for case, _ in accepted.values()]) == len(accepted)


def test_our_own_files_are_read_alike() -> None:
    """Every file that comes with the program, and every example, is the same data to all."""
    shipped = [
        path for folder in ("workflow", "schemas", "templates", "records") for path in (ROOT / folder).rglob("*.yaml")
    ]
    texts = [path.read_text(encoding="utf-8") for path in (*shipped, *EXAMPLES)]

    assert see_that_all_agree(texts) == len(texts) > 60


def test_pieces_of_yaml_are_read_alike_or_refused() -> None:
    """Words and signs of YAML thrown together, thousands of times: whatever we accept of it, all read as the same."""
    chance = random.Random(20261122)  # noqa: S311 - chance picks examples here, nothing secret
    texts = [
        chance.choice(BEGINNINGS)
        + "".join(chance.choice(GAPS) + chance.choice(WORDS) for _ in range(chance.randint(1, 10)))
        + chance.choice(["\n", "\n", "", "\n  "])
        for _ in range(10_000)
    ]

    assert see_that_all_agree(texts) > 300


def test_what_is_written_by_hand_is_read_alike() -> None:
    """However data are written by hand, they are the same data to all."""
    texts: list[str] = []

    @settings(max_examples=300)
    @given(handwritten())
    def draw(drawn: tuple[str, dict[str, Any]]) -> None:
        texts.append(drawn[0])

    # Drawn first and read together: the peer takes longer to start than to read them all.
    draw()
    assert see_that_all_agree(texts) == len(texts) >= 300
