"""A server's desk: the repository as a hook sees it, with the objects of the push, and nobody at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.opening import SystemChance, SystemClock
from nearmiss.engine.clocks import SensibleClock
from nearmiss.engine.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nearmiss.engine.time_and_chance import Clock


def open_server_desk(directory: Path, inherited: Mapping[str, str], *, clock: Clock | None = None) -> Desk:
    """Open a bare repository for judging a push; `inherited` is the environment that git gave the hook.

    Nothing is remembered from one push to the next: the hook writes nothing at all.
    """
    from nearmiss.store.documents import YamlDocuments
    from nearmiss.vcs.repository import open_for_push

    return Desk(
        repository=open_for_push(directory, inherited),
        documents=YamlDocuments(),
        clock=SensibleClock(clock=clock or SystemClock()),
        chance=SystemChance(),
        identity=None,
    )
