"""A repository opened for whoever looks for traces: everything that it keeps, and the scrubber with its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.scrubbing import scrubber_of
from nearmiss.engine.instance import read_register
from nearmiss.engine.leaks.searching import Searched, search
from nearmiss.vcs.discovery import discover
from nearmiss.vcs.forensics import Forensics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nearmiss.engine.desk import Desk


def find_leaks(
    desk: Desk, directory: Path, *, history: bool, progress: Callable[[int, int], None] | None = None
) -> Searched:
    """Search the repository that a directory lies in, with the people of its register."""
    people = read_register(desk.repository.tree(desk.head()), desk.documents).newest.people
    evidence = Forensics(discover(directory))
    return search(desk, evidence, scrubber_of(people), history=history, progress=progress)
