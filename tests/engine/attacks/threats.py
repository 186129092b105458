"""All attacks that the gate is asked about, and what it says of each; run as a program, this writes that down anew."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.engine.attacks import (
    threats_files,
    threats_history,
    threats_people,
    threats_policy,
    threats_sign_offs,
    threats_time,
    threats_trees,
    threats_workflow,
)
from tests.engine.attacks.ground import Ground, make_ground
from tests.engine.attacks.rows import ROWS
from tests.engine.attacks.threat import Made, Threat, told

SAID = Path(__file__).with_name("what-the-gate-says.txt")
THREATS: tuple[Threat, ...] = tuple(
    sorted(
        (
            *threats_policy.THREATS,
            *threats_trees.THREATS,
            *threats_history.THREATS,
            *threats_workflow.THREATS,
            *threats_sign_offs.THREATS,
            *threats_people.THREATS,
            *threats_time.THREATS,
            *threats_files.THREATS,
        ),
        key=lambda threat: ROWS.index(threat.row),
    )
)


class Grounds:
    """The grounds that were made so far, each once; attacks on one do not see each other, being commits beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Ground] = {}
        self._twins: dict[tuple[str, Made], str] = {}

    def ground(self, name: str) -> Ground:
        """Return the ground of a name."""
        if name not in self._made:
            self._made[name] = make_ground(name, self._folder / f"{len(self._made)}")
        return self._made[name]

    def judged(self, threat: Threat) -> str:
        """Return what the gate says of an attack."""
        return _said(threat.made, threat.base, self.ground(threat.ground))

    def judged_twin(self, threat: Threat) -> str:
        """Return what the gate says of an attack's twin, which may be the twin of others too."""
        key = (threat.ground, threat.twin)
        if key not in self._twins:
            self._twins[key] = _said(threat.twin, threat.twin_base, self.ground(threat.ground))
        return self._twins[key]

    def close(self) -> None:
        """End the children of git."""
        for ground in self._made.values():
            ground.scene.close()


def _said(made: Made, base: str, ground: Ground) -> str:
    before = dict(ground.more)
    head = made(ground)
    said = told(ground.gate(head, ground.more[base] if base else "").result)
    ground.more = before
    return said


def as_text(said: dict[str, str]) -> str:
    """Return what the gate says of every attack, under its row."""
    return "\n".join(_pages(said))


def _pages(said: dict[str, str]) -> Iterator[str]:
    for row in ROWS:
        of_row = [threat for threat in THREATS if threat.row == row]
        if of_row:
            yield f"# {row}\n" + "".join(f"\n  {threat.name}\n{said[str(threat)]}" for threat in of_row)


def written() -> dict[str, str]:
    """Return what is written down of every attack."""
    found: dict[str, str] = {}
    row = name = ""
    for line in SAID.read_text(encoding="utf-8").split("\n"):
        if line.startswith("# "):
            row = line.removeprefix("# ")
        elif line.startswith("    "):
            found[name] += f"{line}\n"
        elif line.startswith("  "):
            name = f"{row}: {line.removeprefix('  ')}"
            found[name] = ""
    return found


def main() -> None:
    """Ask the gate about every attack, and write down what it says."""
    with tempfile.TemporaryDirectory() as folder:
        grounds = Grounds(Path(folder))
        said = {str(threat): grounds.judged(threat) for threat in THREATS}
        grounds.close()
    SAID.write_text(as_text(said), encoding="utf-8")
    sys.stdout.write(f"{len(said)} attacks, written to {SAID.name}\n")


if __name__ == "__main__":
    main()
