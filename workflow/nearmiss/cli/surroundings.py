"""The surroundings of a command: where it works, and what is plugged into it, passed along as one value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from os import PathLike
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.memory import Crew
    from nearmiss.engine.ports import Identity
    from nearmiss.engine.time_and_chance import Chance, Clock

    Say = Callable[[str], None]
    Tell = Callable[[int, int], None]
    ServeOrder = Mapping[str, Any]


class Surroundings:
    """Where a command works and with what; clock, chance and identity are the machine's own where they are None.

    A plain class, and a path that is text until somebody works with it: what every command waits for is kept small.
    """

    def __init__(
        self,
        *,
        directory: PathLike[str] | str,
        build_site: Callable[[Path, Path | None, Say], Path],
        serve_site: Callable[[Path, str, Say], None],
        export_site: Callable[[Path, Path, Tell], int],
        serve_intake: Callable[[ServeOrder, Say], None] | None = None,
        clock: Clock | None = None,
        chance: Chance | None = None,
        identity: Identity | None = None,
    ) -> None:
        self.place = os.fspath(directory)
        self.build_site, self.serve_site, self.export_site = build_site, serve_site, export_site
        self.serve_intake = serve_intake
        self.clock, self.chance, self.identity = clock, chance, identity

    def within(self, directory: str) -> Surroundings:
        """Return the same in another folder, seen from this one."""
        return Surroundings(
            directory=os.path.join(self.place, directory),  # noqa: PTH118 - see above
            build_site=self.build_site,
            serve_site=self.serve_site,
            export_site=self.export_site,
            serve_intake=self.serve_intake,
            clock=self.clock,
            chance=self.chance,
            identity=self.identity,
        )

    @property
    def directory(self) -> Path:
        """The folder that the command works in."""
        from pathlib import Path

        return Path(self.place)

    def desk(self, *, key: str = "", crew: Crew | None = None) -> Desk:
        """Open the register that the directory lies in; it is closed when the command ends.

        `key` is the SSH key to sign with, as the person named it: a file seen from there, or `key::` and a line.
        `crew` are helpers who have begun already.
        """
        from nearmiss.app.opening import open_desk
        from nearmiss.cli.voice import say_waiting

        desk = open_desk(
            self.directory,
            clock=self.clock,
            chance=self.chance,
            identity=self.identity,
            notice=say_waiting,
            key=key if not key or key.startswith("key::") else str(self.at(key)),
            crew=crew,
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
