"""Runs the console blocks of a page in order, in a folder of their own, and compares what is said with the page."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from click.testing import CliRunner

from nearmiss.__main__ import build_site, export_site, serve_site
from nearmiss.cli.program import program
from nearmiss.cli.surroundings import Surroundings
from nearmiss.engine.ports import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BLOCK = re.compile(r"^```(?P<kind>console|yaml|csv)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"(?P<who>[a-z]*)\$ (?P<words>.*)")
FILE = re.compile(r"# (?P<name>[a-z-]+\.(?:yaml|csv))\n")
ANYTHING = "…"
"""Stands in a page for what is left out: within a line for some words, on a line of its own for some lines."""

PEOPLE = {
    "ruth": Identity(name="Ruth Meyer", email="r.meyer@example.org"),
    "sora": Identity(name="Sora Ito", email="s.ito@example.org"),
    "david": Identity(name="David Mwangi", email="d.mwangi@example.org"),
    "mina": Identity(name="Mina Okafor", email="m.okafor@example.org"),
}
"""Whose computer it is where a name stands before the prompt."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of a page: who gives it, its words, and the lines that the page shows below it."""

    who: str
    words: str
    shown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a command: its exit code, and all that it said."""

    code: int
    said: str


class PageClock:
    """A clock that stands still on the day on which the pages take place."""

    def now(self) -> datetime:
        """Return noon of that day."""
        return datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=1)))


@dataclass
class PageChance:
    """Draws the ids that the pages show, one after the other, and ones whenever anything else is drawn."""

    ids: list[str] = field(default_factory=lambda: ["7Q4K2", "M3X9T", "B8W4J", "H5R2C"])

    def pick(self, alphabet: str, length: int) -> str:
        """Return so many characters of the alphabet."""
        if length == len("7Q4K2") and self.ids:
            return self.ids.pop(0)
        return alphabet[1] * length


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of every block that is to be run, or written to a file."""
    yield from ((match["kind"], match["text"]) for match in BLOCK.finditer(page))


def commands(text: str) -> list[Command]:
    """Split a console block into its commands; one goes on over a backslash at a line's end, and within quotes."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.replace("\\\n", "").splitlines():
        prompt = PROMPT.fullmatch(line)
        if prompt:
            found.append((prompt["who"], prompt["words"], []))
        elif found and _goes_on(found[-1][1]):
            who, words, shown = found[-1]
            found[-1] = (who, f"{words}\n{line}", shown)
        elif found:
            found[-1][2].append(line)
    return [Command(who=who, words=words, shown=tuple(shown)) for who, words, shown in found]


def _goes_on(words: str) -> bool:
    """Say whether a quotation is still open."""
    try:
        shlex.split(words)
    except ValueError:
        return True
    return False


def fits(shown: Sequence[str], said: str) -> bool:
    """Say whether what was said is what a page shows, but for what the page leaves out."""
    lines = [re.escape(line.rstrip()).replace(re.escape(ANYTHING), ".*") for line in shown if line.strip()]
    pattern = "\n".join("(?:.*\n)*?.*" if line == ".*" else line for line in lines)
    # What is shown last may be followed by more that the page leaves out with a line of its own.
    kept = "\n".join(line.rstrip() for line in said.splitlines() if line.strip())
    return re.fullmatch(pattern, kept) is not None


class Reader:
    """Somebody who follows a page from the top, typing every command."""

    def __init__(self, folder: Path) -> None:
        self.top = self.folder = folder
        self._code = 0
        self._chance = PageChance()

    def write_file(self, text: str) -> None:
        """Keep a block whose first line names a file as that file, beside the register."""
        name = FILE.match(text)
        if name:
            kept = text if name["name"].endswith(".yaml") else text[name.end() :]
            (self.top / name["name"]).write_text(kept, encoding="utf-8")

    def run(self, command: Command) -> Outcome:
        """Carry out a command: one of ours, git, `sed`, `ssh-keygen`, `cd`, or the question after the exit code."""
        name, *words = shlex.split(command.words)
        if command.words == "echo $?":
            return Outcome(code=0, said=f"{self._code}\n")
        if name == "cd":
            self.folder = self.folder / words[0]
            return Outcome(code=0, said="")
        outcome = self._nearmiss(command.who, words) if name == "nearmiss" else self._other(name, words)
        self._code = outcome.code
        return outcome

    def _nearmiss(self, who: str, words: Sequence[str]) -> Outcome:
        surroundings = Surroundings(
            directory=self.folder,
            build_site=build_site,
            serve_site=serve_site,
            export_site=export_site,
            clock=PageClock(),
            chance=self._chance,
            identity=PEOPLE.get(who),
        )
        result = CliRunner().invoke(program, list(words), obj=surroundings, prog_name="nearmiss")
        return Outcome(code=result.exit_code, said=result.output)

    def _other(self, name: str, words: Sequence[str]) -> Outcome:
        assert name in {"git", "sed", "ssh-keygen"}, f"pages run nearmiss, git, sed, ssh-keygen and cd, not {name}"
        done = subprocess.run([name, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        return Outcome(code=done.returncode, said=done.stdout + done.stderr)
