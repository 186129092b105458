"""`nearmiss check` over a register full of files that others wrote: a finding for each, no traceback, little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from nearmiss.models.ids import CROCKFORD
from tests.engine.scene import Scene, walked_scene
from tests.foreign.corpus import HOSTILE, atlas, suite
from tests.foreign.test_foreign_files import MOST_MEMORY

MONTH = "records/2026/11"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Scene, str]]:
    """A register with one record, whose investigation is in force."""
    made, record = walked_scene(tmp_path)
    yield made, record
    made.close()


MEASURED = """
import atexit, pathlib, sys
from nearmiss.__main__ import main
peak = pathlib.Path(sys.argv.pop(1))
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: peak.write_text(status.read_text().partition("VmHWM:")[2].split()[0]))
main()
"""
"""The program, and what it needed at most: a process begins with the peak of its parent as the system counts it."""


def run(scene: Scene, *words: str) -> tuple[dict[str, Any], int, int]:
    """Run the program in a process of its own; return its JSON, its exit code and the most memory it had, in MiB."""
    output, errors, peak = (scene.root.with_suffix(suffix) for suffix in (".out", ".err", ".peak"))
    command = [sys.executable, "-c", MEASURED, str(peak), "-C", str(scene.root), *words, "--json"]
    with output.open("wb") as out, errors.open("wb") as err:
        code = subprocess.run(command, stdout=out, stderr=err, check=False).returncode
    assert errors.read_text(encoding="utf-8") == ""
    return json.loads(output.read_bytes()), code, int(peak.read_text(encoding="ascii")) // 1024


def ids() -> Iterator[str]:
    """Yield ids that no record has yet."""
    for first in CROCKFORD:
        for second in CROCKFORD:
            yield f"NM-2026-ZZZ{first}{second}"


def foreign(name: str) -> Mapping[str, bytes]:
    """Return the documents of a name; skips where they are not there."""
    if name == "suite":
        return {case.name: case.text.encode() for case in suite()}
    return atlas() if name == "atlas" else HOSTILE


@pytest.mark.parametrize("name", ["atlas", "suite", "hostile"])
def test_foreign_records_are_findings(scene: tuple[Scene, str], name: str) -> None:
    """Each foreign file in a record's place has a finding with its path; the record beside them is judged as ever."""
    made, _ = scene
    paths = []
    for raw, record in zip(foreign(name).values(), ids(), strict=False):
        paths.append(f"{MONTH}/{record}.yaml")
        (made.root / paths[-1]).write_bytes(raw)

    data, code, memory = run(made, "check")

    found = {finding["path"] for finding in data["findings"] if finding["severity"] == "error"}
    assert (code, data["verdict"]) == (1, "refuse")
    assert found == set(paths)
    assert all(finding["message"] for finding in data["findings"])
    assert memory <= MOST_MEMORY


@pytest.mark.parametrize("name", ["atlas", "suite", "hostile"])
def test_foreign_sign_offs_are_findings(scene: tuple[Scene, str], name: str) -> None:
    """Each foreign file among the sign-offs of a record has a finding, and the record is not taken for signed by it."""
    made, record = scene
    folder = f"{MONTH}/{record}/sign-offs"
    paths = []
    for number, raw in enumerate(foreign(name).values(), 2):
        paths.append(f"{folder}/{number:02d}-root-caused--s.ito.yaml")
        (made.root / paths[-1]).write_bytes(raw)

    data, code, memory = run(made, "check")

    assert code == 1
    assert {finding["path"] for finding in data["findings"]} >= set(paths)
    assert memory <= MOST_MEMORY


@pytest.mark.parametrize("name", ["atlas", "hostile"])
@pytest.mark.parametrize("path", ["workflow/policy/people.yaml", "schemas/vocabulary/hazard.yaml"])
def test_foreign_policy_is_a_finding(scene: tuple[Scene, str], name: str, path: str) -> None:
    """A foreign file in the place of the policy is a finding; records are judged by the version all the same."""
    made, _ = scene
    chosen = list(foreign(name).items())[::9]
    assert len(chosen) > 1
    for _, raw in chosen:
        (made.root / path).write_bytes(raw)

        data, code, _ = run(made, "check")

        assert (code, data["records"]) == (1, 1)
        assert all(finding["path"].startswith(("workflow/", "schemas/")) for finding in data["findings"])


def test_mending_foreign_records_ends_in_findings(scene: tuple[Scene, str]) -> None:
    """`check --fix` over foreign files mends their form, leaves what they say, and the check tells the rest."""
    made, _ = scene
    for raw, record in zip(foreign("atlas").values(), ids(), strict=False):
        (made.root / f"{MONTH}/{record}.yaml").write_bytes(raw)

    data, code, _ = run(made, "check", "--fix")

    assert code == 1
    assert len(data["written"]) == len(foreign("atlas"))
    assert {finding["code"] for finding in data["fixed"]} >= {"yaml-unquoted-date", "form-modeline"}
    assert "yaml-unquoted-date" not in {finding["code"] for finding in data["findings"]}
    assert run(made, "check", "--fix")[0]["written"] == []
