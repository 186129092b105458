"""The gate on reports without a name: a request that tells who sent one is refused, and its twin passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nearmiss.engine.leaks import requests
from nearmiss.engine.reporting import nobody
from tests.engine.leak_plants import OWN, at_noon, bring, raw, rewritten, signed, somebody
from tests.engine.scene import Scene, codes
from tests.media import planted

PHOTO = "attachment-1.jpg"
BRANCH = f"near-miss/{OWN}/00-report"

Planting = Callable[[Scene], object]


def listed(name: str) -> bytes:
    """Return the record with a file that it lists, whatever the digest."""
    return raw(report={"attachments": [{"file": name, "sha256": "sha256:" + "0" * 64}]})


def on_branch(**how: Any) -> Planting:
    """Return what brings the record on the branch of a request, in the way that is asked for."""

    def plant(scene: Scene) -> None:
        stamps = {key: make(scene) for key, make in how.items() if callable(make)}
        bring(scene, branch=BRANCH, **{**how, **stamps})

    return plant


REFUSED: dict[str, tuple[str, Planting]] = {
    "author": ("leak-author", on_branch(who=somebody, committer=lambda s: nobody(s.clock.now()))),
    "committer": ("leak-committer", on_branch(committer=somebody)),
    "clock": ("leak-date", on_branch(who=at_noon)),
    "trailer": ("leak-message", on_branch(message=f"{OWN}: x\n\nSigned-off-by: M <m@x.example>\n")),
    "words": ("leak-words", on_branch(content=raw(report={"suggestion": "ask m.okafor@example.org"}))),
    "file": (
        "leak-attachment",
        on_branch(content=listed("attachment-1.jpg"), files={"attachment-1.jpg": planted.jpeg()}),
    ),
    "file name": ("leak-file-name", on_branch(content=listed("mary.txt"), files={"mary.txt": b"x\n"})),
    "day": ("leak-day", on_branch(content=raw(report={"reported_on": "2026-11-22"}))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_tells_of_the_reporter_is_refused(scene: Scene, name: str) -> None:
    """Each trace that a request brings refuses it, by its own code and with a way on."""
    code, plant = REFUSED[name]
    plant(scene)

    result = scene.gate(BRANCH)

    assert result.verdict == "refuse"
    assert code in codes(result.findings)
    assert all(finding.hint for finding in result.findings if finding.code == code)


def test_a_report_of_nobody_passes(scene: Scene) -> None:
    """The twin: what the program would have committed passes, and so does what the team drafted upon it."""
    bring(scene, branch=BRANCH)
    assert scene.gate(BRANCH).verdict == "pass"
    path = f"records/2026/11/{OWN}.yaml"
    scene.commit_files({path: raw(report={"location": "dock-3"})}, branch=BRANCH, who="i.garcia")
    assert scene.gate(BRANCH).verdict == "pass"


def test_words_that_only_may_name_somebody_do_not_refuse(scene: Scene) -> None:
    """What the scrubber suggests is for the eyes of those who read the request."""
    bring(scene, raw(report={"suggestion": "Call +49 151 2345 6789"}), branch=BRANCH)
    assert scene.gate(BRANCH).verdict == "pass"


def test_a_signature_is_found_in_the_commit_itself(scene: Scene) -> None:
    """Headers that no listing of commits shows are read from the object."""
    made = rewritten(scene, signed)
    scene.git("branch", "signed", made)
    scene.git("update-ref", "refs/heads/main", f"{made}^")
    assert "leak-signature" in codes(scene.gate("signed").findings)


def test_a_record_that_only_a_merge_brings_is_judged(scene: Scene) -> None:
    """Whoever puts a report into a merge has brought it."""
    side = scene.commit_files({"README.md": "x"}, branch="aside")
    path = f"records/2026/11/{OWN}.yaml"
    scene.commit_files({path: raw()}, branch=BRANCH, who="m.okafor", parents=[scene.rev("main"), side])
    assert "leak-author" in codes(scene.gate(BRANCH).findings)


def test_other_requests_pay_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """No commit is read for a report under a name, nor for a change of a report that is on the main branch."""

    def read(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(requests, "parse_commit", read)
    anonymous = scene.report("", mode="anonymous").id
    scene.commit_files({scene.path(anonymous): raw().replace(OWN.encode(), anonymous.encode())}, branch="one")
    scene.gate("one")
    named = raw(report={"reporter": {"mode": "named", "person": "m.okafor"}, "reported_on": "2026-11-22"})
    scene.commit_files({f"records/2026/11/{OWN}.yaml": named}, branch=BRANCH, who="m.okafor")
    assert scene.gate(BRANCH).verdict == "pass"
