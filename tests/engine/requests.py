"""What the tests of the gate share: judging without a trace, changes past all rules, sign-offs told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nearmiss.engine.gate.judging import GateResult
from nearmiss.models.sign_off import file_name
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene, edits_of

Walked = Callable[..., tuple[Scene, str]]
Files = Mapping[str, "bytes | str | None"]

BRANCH = "feature"


def judged(scene: Scene, branch: str = BRANCH) -> GateResult:
    """Judge a branch, and see that judging leaves the repository as it was, bit for bit."""
    before = scene.snapshot()
    result = scene.gate(branch)
    assert scene.snapshot() == before
    return result


def refused(scene: Scene, code: str, *, branch: str = BRANCH, place: str = "") -> None:
    """See that a branch is refused for a reason, at a record or path."""
    result = judged(scene, branch)
    assert result.verdict == "refuse"
    found = [finding for finding in result.findings if finding.code == code]
    assert found, result.findings
    assert not place or place in {found[0].record, found[0].path}
    assert all(finding.hint for finding in found)


def of(scene: Scene, files: Files, *, who: str = "s.ito", branch: str = BRANCH, **more: Any) -> str:
    """Commit files to a branch past all rules."""
    return scene.commit_files(files, who=who, branch=branch, **more)


def edited(scene: Scene, record: str, values: Mapping[str, Any], branch: str = "main") -> dict[str, bytes]:
    """Return a record's file with other values."""
    path = scene.path(record, branch)
    return {path: YamlDocuments().revise(scene.blob(path, branch), edits_of(values))}


def replay_of(scene: Scene, record: str, branch: str, file: str, changes: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return a sign-off of a branch with other words in its statement, under the name that fits it."""
    folder = scene.path(record, branch).removesuffix(".yaml")
    data = YamlDocuments().read(scene.blob(f"{folder}/sign-offs/{file}", branch)).data
    assert data is not None
    statement = {**data["statement"], **changes}
    return f"{folder}/sign-offs/{file_name(statement)}", YamlDocuments().compose({"statement": statement})


def ready(walked: Walked, level: str = "low") -> tuple[Scene, str, str]:
    """Return a scene with a record whose investigation is proposed and signed."""
    scene, record = walked("reported", level)
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    assert level == "very-high" or judged(scene, branch).verdict == "pass"
    return scene, record, branch
