"""The project's own register: the records, people and policy version that the demo's stories leave behind.

`make records` runs this file, which writes them into the checkout.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from nearmiss.app.demo import play_stories, read_cast
from nearmiss.app.opening import open_desk
from nearmiss.engine.demo import Scene
from nearmiss.engine.desk import Desk
from nearmiss.engine.instance import INSTANCE_FILE, POLICY, read_instance
from nearmiss.models.ids import RECORDS

HOUSE = (RECORDS, f"{POLICY}people.yaml", f"{POLICY}waivers.yaml", INSTANCE_FILE, f"{POLICY}versions/")
"""What the project's own register has beyond what every register is laid down with."""


def house_files(checkout: Path, *, instance: str = "") -> dict[str, bytes]:
    """Return the files that the project's own register should have, made by playing the stories with its own cast.

    The instance is that of the checkout unless one is given; ids, dates and people are fixed by the stories, so the
    files are the same each time.
    """
    with tempfile.TemporaryDirectory() as folder:
        return files_of(play_house(checkout, Path(folder) / "house", instance=instance))


def play_house(checkout: Path, place: Path, *, instance: str = "") -> Desk:
    """Play the stories with our own cast in a folder."""
    cast = read_cast(checkout / "templates" / "demo" / "cast-house.yaml")
    if not instance:
        own = open_desk(checkout)
        instance = read_instance(own.repository.working_tree(), own.documents)
    play_stories(place, cast, say=_silently, preset={}, instance=instance)
    return open_desk(place)


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
