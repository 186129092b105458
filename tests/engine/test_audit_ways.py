"""However a proposal comes onto main, the audit gives the same verdict and tells of the same steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.audited import WAYS, audited, faults, told
from tests.engine.scene import SIGNERS, Scene

RECORD = "NM-2026-00001"


def taken(scene: Scene, way: Callable[[Scene, str], None], transition: str, signers: tuple[str, ...]) -> None:
    """Propose a step, let people sign it and bring it in."""
    branch = scene.advance("s.ito", RECORD, transition=transition).branch
    for who in signers:
        scene.clock.tick(minutes=5)
        if scene.approve(who, RECORD).verdict == "pass":
            break
    way(scene, branch)
    scene.git("branch", "-q", "-D", branch)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_gives_the_same_verdict(scene: Scene, way: str) -> None:
    """Three steps, each brought in by merge, squash, rebase or fast-forward: all pass, and tell of the same steps."""
    scene.prepare()
    for transition in ("investigate", "find-root-cause", "plan-action"):
        taken(scene, WAYS[way], transition, SIGNERS[transition])

    found = audited(scene)

    assert (found.verdict, faults(found)) == ("pass", [])
    assert [(step[2], step[7]) for step in told(found)] == [
        ("investigate", ["r.meyer"]),
        ("find-root-cause", ["r.meyer"]),
        ("plan-action", ["k.adeyemi"]),
    ]
    assert {one.assurance for one in found.signatures} == {"asserted"}
    assert [one.claimed for one in found.signatures] == [way != "squash"] * 3
    assert found.records[0].state == "action"


@pytest.mark.parametrize("way", WAYS)
def test_a_step_that_nobody_signed_is_an_error_in_each_way(scene: Scene, way: str) -> None:
    """The same proposal brought in before anybody signed it is refused with the same code, however it came in."""
    scene.prepare()
    branch = scene.advance("s.ito", RECORD, transition="investigate").branch
    WAYS[way](scene, branch)

    found = audited(scene)

    assert (found.verdict, faults(found)) == ("refuse", [("sign-off-missing", RECORD)])
    assert found.findings[-1].commit == scene.rev("main")


@pytest.mark.parametrize("way", ["merge", "rebase", "fast-forward"])
def test_a_contributor_who_signs_is_found_behind_a_merge(scene: Scene, way: str) -> None:
    """Whoever wrote what is sealed on the branch, and signs it, is named; a squash hides who wrote it."""
    scene.prepare()
    branch = scene.advance("s.ito", RECORD, transition="investigate").branch
    path = scene.path(RECORD, branch)
    text = scene.blob(path, branch).decode().replace("find", "find", 1)
    text = text.replace("  findings: ", "  findings: Seen. ", 1)
    scene.commit_files({path: text}, who="r.meyer", branch=branch)
    scene.approve("p.lind", RECORD, branch=branch)
    name = next(entry.path for entry in scene.repository.tree(scene.rev(branch)).entries(path.replace(".yaml", "/")))
    signed = scene.blob(name, branch).decode()
    forged = signed.replace("p.lind", "r.meyer").replace("P Lind", "R Meyer").replace("  - r.meyer\n", "", 1)
    scene.commit_files({name: None, name.replace("p.lind", "r.meyer"): forged}, who="r.meyer", branch=branch)
    WAYS[way](scene, branch)

    found = audited(scene)

    assert found.verdict == "refuse"
    assert "contributor-signs" in {code for code, _ in faults(found)}
