"""Two commands at once on one clone, by chance: whoever is faster, nothing is lost and the register is sound."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.races.pairs import PAIRS
from tests.races.yard import yard_at

SEED = 20261122


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_at_once(tmp_path: Path, name: str) -> None:
    """Both succeed, or one says plainly that it came too late; each success stands in the final tree."""
    assert PAIRS[name].race(tmp_path, random.Random(f"{SEED} {name}")) == []  # noqa: S311 - delays need no secrecy


def test_a_crowd_that_reports_at_once(tmp_path: Path) -> None:
    """Six people who report in one moment are all heard, each under an id of their own."""
    yard, _ = yard_at(tmp_path)
    commands = [
        ("m.okafor", ("report", "--what-happened", f"Box {number} fell.", "--json"), 0.0) for number in range(6)
    ]
    ended = yard.together(*commands)
    assert [one.code for one in ended] == [0] * 6, [one.said for one in ended]
    assert len({one.data["id"] for one in ended}) == 6
    for number, one in enumerate(ended):
        assert f"Box {number} fell." in yard.record(one.data["id"])
    yard.sound()
