"""The project's own register: the records, people and policy versions that the demo's stories leave behind.

`make records` runs this file, which writes them into the checkout.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from nearmiss.app.demo import FOUNDER, play_stories, read_cast
from nearmiss.app.opening import open_desk
from nearmiss.engine.demo import Scene, StoryClock
from nearmiss.engine.desk import Desk
from nearmiss.engine.instance import INSTANCE_FILE, POLICY, read_instance
from nearmiss.engine.ports import Identity
from nearmiss.engine.proposing.approving import sign_off
from nearmiss.engine.proposing.merging import merge
from nearmiss.engine.proposing.policy_change import propose_version
from nearmiss.engine.proposing.proposals import Word
from nearmiss.engine.trees import WithFiles
from nearmiss.models.ids import POLICY_SUBJECT, RECORDS
from tests.plain import WORKFLOW, plain_preset

HOUSE = (
    RECORDS,
    *(f"{POLICY}{name}" for name in ("people.yaml", "waivers.yaml", "versions/", "sign-offs/")),
    INSTANCE_FILE,
)
"""What the project's own register has beyond what every register is laid down with."""

SECOND_OWNER = "manager"
"""The key of the cast that signs the change of the policy, which the founder proposes."""


def house_files(checkout: Path, *, instance: str = "") -> dict[str, bytes]:
    """Return the files that the project's own register should have, made by playing the stories with its own cast.

    The instance is that of the checkout unless one is given; ids, dates and people are fixed by the stories, so the
    files are the same each time.
    """
    with tempfile.TemporaryDirectory() as folder:
        return files_of(play_house(checkout, Path(folder) / "house", instance=instance))


def play_house(checkout: Path, place: Path, *, instance: str = "") -> Desk:
    """Play the stories with our own cast in a folder, by the plain process; at last the shipped one is adopted.

    Nobody of the cast has a key, so what they signed are claims, which version 1 lets them be; version 2 judges what
    comes next.
    """
    cast = read_cast(checkout / "templates" / "demo" / "cast-house.yaml")
    if not instance:
        own = open_desk(checkout)
        instance = read_instance(own.repository.working_tree(), own.documents)
    play_stories(place, cast, say=_silently, preset=plain_preset(), instance=instance)
    _adopt(checkout, place, {actor.key: actor.identity for actor in cast})
    return open_desk(place)


def _adopt(checkout: Path, place: Path, cast: dict[str, Identity]) -> None:
    """Change the policy of a register that was played: from the plain process to the shipped one."""
    clock = StoryClock()
    founder = open_desk(place, clock=clock, identity=cast[FOUNDER])
    clock.set("2026-11-20T09:00")
    shipped = WithFiles(founder.repository.working_tree(), {WORKFLOW: (checkout / WORKFLOW).read_bytes()})
    propose_version(founder, shipped, what="keys where it matters most")
    clock.set("2026-11-20T10:30")
    sign_off(open_desk(place, clock=clock, identity=cast[SECOND_OWNER]), POLICY_SUBJECT, Word())
    clock.set("2026-11-20T10:40")
    merge(founder, POLICY_SUBJECT)


def files_of(desk: Desk) -> dict[str, bytes]:
    """Return the files of a register that was played which our own should have."""
    tree = desk.repository.tree(desk.head())
    return dict(tree.read_many([entry.path for entry in tree.entries(*HOUSE)]))


def _silently(scene: Scene) -> None:
    """Nobody watches."""


def write_house(checkout: Path, *, instance: str = "") -> int:
    """Write the project's own register into its checkout, and return the number of files."""
    files = house_files(checkout, instance=instance)
    shutil.rmtree(checkout / RECORDS, ignore_errors=True)
    for path, content in files.items():
        place = checkout / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return len(files)


if __name__ == "__main__":
    sys.stdout.write(f"{write_house(Path(__file__).parents[2])} files written\n")
