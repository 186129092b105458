"""Invented histories of a register, in real repositories: everybody who judges them says the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.histories.drawing import history_of
from tests.histories.judging import compared, desk_of, differences
from tests.histories.writing import lay_down

PORTIONS, PORTION = 6, 33


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_all_judges_agree(portion: int, tmp_path: Path) -> None:
    """Gate, audit, check, naive model and verifier agree on each history, and say the code that a fault must give.

    A third of the histories end with something that must not pass, made on a branch and then merged in any way.
    """
    seeds = range(portion * PORTION, (portion + 1) * PORTION)
    found = compared(seeds, tmp_path / "histories", passing_over=("is reported", "is drafted") if portion else ())

    assert [f"history {seed}: {said}" for seed, _, told in found for said in told] == []
    assert sum(bool(history.code) for _, history, _ in found) * 3 == PORTION


def test_these_histories_have_something_of_everything() -> None:
    """Every way of merging, requests that began before others, several records, policies, steps back and closings."""
    histories = [history_of(seed) for seed in range(PORTIONS * PORTION)]
    requests = [request for history in histories for request in history.requests]

    assert {request.way for request in requests} == {"merge", "squash", "rebase", "fast-forward"}
    assert max(request.began for request in requests) > 1
    assert max(len(history.records) for history in histories) == 2
    assert max(len(history.world.versions) for history in histories) > 2
    what = " ".join(request.what for request in requests)
    for word in ("send-back", "reopen", "correct", "redact", "decline", "escalate", "verify", "is closed", "policy"):
        assert word in what
    assert "is drafted over what is parked" in what
    assert any(request.apart for request in requests)
    assert {"claim-mismatch", "request-mixed"} <= {history.code for history in histories}
    assert len({history.code for history in histories}) > 25


def test_the_harness_can_tell_them_apart(tmp_path: Path) -> None:
    """Where a legal request is said to be a fault, or a fault to be legal, every judge differs from that."""
    legal, faulty = history_of(1), history_of(0)
    legal.requests[-1] = replace(legal.requests[-1], code="record-deleted", verdict="refuse")
    faulty.requests[-1] = replace(faulty.requests[-1], code="", verdict="pass")
    laid = lay_down([legal, faulty], tmp_path / "histories")
    desk = desk_of(tmp_path / "histories")

    for history, places in zip((legal, faulty), laid, strict=True):
        told = " ".join(differences(desk, tmp_path / "histories", history, places))
        for judge in ("gate", "audit", "verifier"):
            assert judge in told
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
