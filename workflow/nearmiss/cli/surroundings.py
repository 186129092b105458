"""The surroundings of a command: where it works, and what is plugged into it, passed along as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Chance, Clock, Identity

    Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Where a command works and with what; clock, chance and identity are the machine's own where they are None."""

    directory: Path
    build_site: Callable[[Path, Path | None, Say], Path]
    serve_site: Callable[[Path, str, Say], None]
    clock: Clock | None = None
    chance: Chance | None = None
    identity: Identity | None = None

    def desk(self) -> Desk:
        """Open the register that the directory lies in; it is closed when the command ends."""
        from nearmiss.app.opening import open_desk
        from nearmiss.cli.voice import say_waiting

        desk = open_desk(
            self.directory, clock=self.clock, chance=self.chance, identity=self.identity, notice=say_waiting
        )
        context = click.get_current_context(silent=True)
        if context is not None:
            context.call_on_close(desk.repository.close)  # type: ignore[attr-defined]  # the adapter holds processes
        return desk

    def today(self) -> str:
        """Return the day, as the clock has it."""
        if self.clock is not None:
            return self.clock.now().date().isoformat()
        from time import strftime

        return strftime("%Y-%m-%d")

    def root(self) -> Path:
        """Return the top folder of the working tree that the directory lies in."""
        from nearmiss.app.places import root_of

        return root_of(self.directory)

    def at(self, name: str) -> Path:
        """Return where a file lies that a person named, seen from the directory as git's -C has it."""
        return self.directory / name
