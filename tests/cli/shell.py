"""The command line as people use it: run as somebody in a scene's register, with what it said and how it ended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from nearmiss.cli.program import program
from nearmiss.cli.surroundings import Surroundings
from tests.engine.scene import Scene, identity_of

COMMIT = re.compile(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{12}\b|\b[0-9a-f]{10}\b")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command said and how it ended; in a test with several people, also who gave which command."""

    code: int
    out: str
    err: str
    who: str = ""
    words: tuple[str, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """What it said as JSON."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def said(self) -> str:
        """All that it said, commits scrubbed."""
        return scrubbed(self.out + self.err)

    def __str__(self) -> str:
        """Show a command with what came of it, for a test that fails."""
        return f"{self.who}$ nearmiss {' '.join(self.words)}\n{self.out}{self.err}[{self.code}]"


def scrubbed(text: str) -> str:
    """Return text with every commit as `COMMIT`, since commits follow from files that come with the program."""
    return COMMIT.sub("COMMIT", text)


@dataclass
class Sites:
    """Stands in for the site: notes what was asked for."""

    built: list[tuple[Path, Path | None]] = field(default_factory=list)
    served: list[tuple[Path, str]] = field(default_factory=list)
    exported: list[tuple[Path, Path]] = field(default_factory=list)
    intakes: list[Mapping[str, Any]] = field(default_factory=list)

    def build(self, directory: Path, output: Path | None, say: Callable[[str], None]) -> Path:
        """Note a build, and warn of something."""
        self.built.append((directory, output))
        say("a warning\x1b[2J of the site")
        return (output or directory / "site" / "_build") / "index.html"

    def export(self, directory: Path, output: Path, tell: Callable[[int, int], None]) -> int:
        """Note an export."""
        self.exported.append((directory, output))
        tell(1, 2)
        return 2

    def serve(self, directory: Path, address: str, say: Callable[[str], None]) -> None:
        """Note what was to be served."""
        self.served.append((directory, address))
        say("it changed")

    def intake(self, order: Mapping[str, Any], say: Callable[[str], None]) -> None:
        """Note how the web application was to be served."""
        self.intakes.append(order)
        say("Serving")


@dataclass
class Shell:
    """A shell in a folder, with the clock and the chance of a scene where there is one."""

    directory: Path
    scene: Scene | None = None
    sites: Sites = field(default_factory=Sites)

    def run(self, who: str, *words: str, stdin: str | bytes | None = None) -> Outcome:
        """Run a command as a person of the cast; an empty name is whoever git knows."""
        surroundings = Surroundings(
            directory=self.directory,
            build_site=self.sites.build,
            serve_site=self.sites.serve,
            export_site=self.sites.export,
            serve_intake=self.sites.intake,
            clock=self.scene.clock if self.scene else None,
            chance=self.scene.chance if self.scene else None,
            identity=identity_of(who) if who else None,
        )
        done = CliRunner().invoke(program, list(words), obj=surroundings, input=stdin, prog_name="nearmiss")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Outcome(code=done.exit_code, out=done.stdout, err=done.stderr, who=who, words=words)

    def json(self, who: str, *words: str, stdin: str | None = None) -> dict[str, Any]:
        """Run a command that must succeed, and return its JSON."""
        outcome = self.run(who, *words, "--json", stdin=stdin)
        assert outcome.code == 0, outcome.said
        assert outcome.data["ok"] is True
        return outcome.data

    def at(self, directory: Path) -> Shell:
        """Return a shell in another folder."""
        return replace(self, directory=directory)
