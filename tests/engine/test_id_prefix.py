"""What ids begin with: a new record has the prefix of the register's settings, and one of before keeps its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.scene import Scene, codes, found_scene


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A register with one report, whose ids begin with NM."""
    made = found_scene(tmp_path)
    made.report()
    yield made
    made.close()


def propose(scene: Scene, record: str, branch: str) -> set[str]:
    """Commit a report under an id on a branch; return what the gate has against it."""
    path = next(path for path in scene.git("ls-files", "records").split("\n") if path.endswith(".yaml"))
    raw = scene.blob(path).replace(Path(path).stem.encode(), record.encode())
    scene.commit_files({f"records/2026/11/{record}.yaml": raw}, branch=branch, who="m.okafor")
    return codes(scene.gate(branch).findings)


def test_a_new_id_has_the_prefix_of_the_settings(scene: Scene) -> None:
    """A record that comes with another register's prefix is refused; the same with ours passes."""
    assert propose(scene, "XX-2026-ABCDE", "strange") == {"id-prefix"}
    assert scene.gate("strange").verdict == "refuse"
    assert propose(scene, "NM-2026-ABCDE", "ours") == set()
    assert scene.gate("ours").verdict == "pass"


def test_records_of_before_keep_their_ids(scene: Scene) -> None:
    """When the settings take another prefix, old records go on being changed, and new ones have the new one."""
    settings = "workflow/policy/settings.yaml"
    [path] = (path for path in scene.git("ls-files", "records").split("\n") if path.endswith(".yaml"))
    scene.change_policy("k.adeyemi", {settings: scene.revised(settings, {"id_prefix": "XX"})})

    scene.commit_files({path: scene.blob(path) + b"# seen\n"}, branch="old", who="m.okafor")

    assert codes(scene.gate("old").findings) == set()
    assert propose(scene, "XX-2026-ABCDE", "new") == set()
    assert propose(scene, "NM-2026-ABCDE", "late") == {"id-prefix"}
