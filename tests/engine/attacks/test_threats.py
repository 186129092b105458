"""Every row of the threats: built with git's plumbing, judged, and told to the letter; the same without it passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.attacks.rows import ELSEWHERE, ROWS
from tests.engine.attacks.threat import Threat
from tests.engine.attacks.threats import THREATS, Grounds, written

TESTS = Path(__file__).parents[2]
SAID = written()


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """The registers in which attacks are built, each made once."""
    made = Grounds(tmp_path_factory.mktemp("grounds"))
    yield made
    made.close()


@pytest.mark.parametrize("threat", THREATS, ids=str)
def test_an_attack_is_told_for_what_it_is(threat: Threat, grounds: Grounds) -> None:
    """Verdict, codes, records, fields and sentences are those written down; nothing changes; the twin passes."""
    attack = grounds.judged(threat)

    assert attack == SAID[str(threat)]
    assert attack.split("\n")[0].strip() == threat.verdict
    assert grounds.judged_twin(threat) == "    pass\n"


def test_each_row_has_a_test() -> None:
    """Each row is tried here or in the tests that are named for it, which exist; and no test is of an unknown row."""
    assert {threat.row for threat in THREATS} | set(ELSEWHERE) == set(ROWS)
    for place in (place for places in ELSEWHERE.values() for place in places):
        file, name = place.split("::")
        assert re.search(rf"^def {name}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE), place


def test_what_is_written_down_is_of_these_attacks() -> None:
    """No two attacks have one name, and nothing is written down of one that is no more."""
    assert len({str(threat) for threat in THREATS}) == len(THREATS)
    assert set(SAID) == {str(threat) for threat in THREATS}
