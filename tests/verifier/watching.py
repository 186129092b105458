"""A plugin for pytest: whatever the gate judges in a test, the verifier judges too, as if it had been merged.

    python -m pytest -p tests.verifier.watching tests/engine/attacks

fails a test in which the two do not agree. A merge is made as a commit that no branch holds.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.gate.judging import GateResult
from nearmiss.verifier.__main__ import verify_repository
from nearmiss.verifier.faults import CannotVerifyError
from tests.engine.scene import Scene

TOLD: list[str] = []


def merged(scene: Scene, base: str, head: str) -> str:
    """Return the commit that merging makes, whichever way git does it; empty where it cannot."""
    tree = scene.git("merge-tree", "--write-tree", base, head, check=False).split("\n")[0]
    if not tree or " " in tree:
        return ""
    return scene.git("commit-tree", tree, "-p", base, "-p", head, "-m", "Merged", who="s.ito")


def found(scene: Scene, revision: str) -> set[tuple[str, str, str]]:
    """Return what the verifier finds, each with its place."""
    try:
        return {(fault.code, fault.path, fault.field) for fault in verify_repository(scene.root, revision).faults}
    except CannotVerifyError as error:
        return {("cannot", str(error), "")}


def watch(patch: pytest.MonkeyPatch) -> None:
    """Let the verifier look over the gate's shoulder."""
    judge = Scene.gate

    def gate(scene: Scene, branch: str, *, base: str = "main") -> GateResult:
        result = judge(scene, branch, base=base)
        merge = merged(scene, scene.rev(base), scene.rev(branch))
        if not merge:
            return result
        ours = found(scene, merge) - found(scene, scene.rev(base))
        if (result.verdict == "pass") == bool(ours):
            theirs = sorted({finding.code for finding in result.findings})
            TOLD.append(f"{result.verdict} {theirs} / verifier {sorted(ours)}")
        return result

    patch.setattr(Scene, "gate", gate)


@pytest.fixture(autouse=True)
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Watch each test, and fail it where the two did not agree."""
    TOLD.clear()
    watch(monkeypatch)
    yield
    where = os.environ.get("NEARMISS_WATCHED")
    if where and TOLD:
        with Path(where).open("a", encoding="utf-8") as stream:
            stream.write("".join(f"{request.node.nodeid}\n    {told}\n" for told in TOLD))
        return
    assert TOLD == []
