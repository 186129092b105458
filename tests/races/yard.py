"""A register in which several people work at once: each command a process of its own, held up where a test wants it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.cli.shell import Outcome
from tests.engine.scene import FIRST_MORNING, copied, found_scene, identity_of

GATEKEEPER = """#!/bin/sh
# Stands in for git: stops once where it was told to, then lets git itself go on. It outlives no test for long.
case "$*" in $HOLD_AT)
    if mkdir "$HOLD_IN/once" 2>/dev/null; then
        : > "$HOLD_IN/reached"
        waited=0
        while [ ! -e "$HOLD_IN/go" ] && [ -d "$HOLD_IN" ] && [ $waited -lt 3000 ]; do
            sleep 0.05
            waited=$((waited + 1))
        done
    fi ;;
esac
exec "$REAL_GIT" "$@"
"""
BEFORE_WRITING = "show-ref --verify --hash refs/heads/*"
"""The child that looks, once all is judged, whether the branch is still where it was."""
WHILE_WRITING = "unpack-objects*"
"""The child that stores objects: with the checkout locked, where it has to follow."""
BEFORE_MOVING = "update-ref*"
"""The child that moves the branch."""
AFTER_MOVING = "add --refresh*"
"""A child that runs while the checkout follows the branch."""
LONGEST = 120.0
"""Seconds that a test waits before it gives up; nothing takes nearly as long, whatever the load."""


@dataclass
class Running:
    """A command that is at work; where it is held, `reached` waits for it and `go` lets it go on."""

    who: str
    words: tuple[str, ...]
    process: subprocess.Popen[str]
    hold: Path

    def reached(self) -> None:
        """Wait until the command has come to where it is held."""
        until = time.monotonic() + LONGEST
        while not (self.hold / "reached").exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"it never came there: {self.ended()}")
            time.sleep(0.01)

    def line(self) -> str:
        """Wait for the first line on the error stream."""
        assert self.process.stderr
        return self.process.stderr.readline()

    def go(self) -> Outcome:
        """Let the command go on, and wait for its end."""
        (self.hold / "go").touch()
        return self.ended()

    def ended(self) -> Outcome:
        """Wait for the end."""
        out, err = self.process.communicate(timeout=LONGEST)
        return Outcome(who=self.who, words=self.words, code=self.process.returncode, out=out, err=err)


@dataclass
class Yard:
    """A clone in which people work, by commands that are processes of their own."""

    root: Path
    beside: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    _count: int = 0

    def environment(self, who: str, **more: str) -> dict[str, str]:
        """Return the variables of a process of somebody."""
        identity = identity_of(who)
        names = {
            f"GIT_{role}_{part}": value
            for role in ("AUTHOR", "COMMITTER")
            for part, value in (("NAME", identity.name), ("EMAIL", identity.email))
        }
        return {**os.environ, **names, "XDG_STATE_HOME": str(self.beside / "state"), **self.variables, **more}

    def start(self, who: str, *words: str, hold_at: str = "", after: float = 0.0, **more: str) -> Running:
        """Start a command; its first git child whose words fit the pattern `hold_at` waits until it is let go."""
        self._count += 1
        hold = self.beside / f"hold-{self._count}"
        hold.mkdir(parents=True)
        environment = self.environment(who, **more)
        real = shutil.which("git")
        assert real
        if hold_at:
            gate = hold / "bin"
            gate.mkdir()
            (gate / "git").write_text(GATEKEEPER, encoding="ascii")
            (gate / "git").chmod(0o755)
            environment |= {"PATH": f"{gate}:{environment['PATH']}", "REAL_GIT": real}
            environment |= {"HOLD_AT": hold_at, "HOLD_IN": str(hold)}
        arguments = [sys.executable, "-m", "nearmiss", "-C", str(self.root), *words]
        if after:
            arguments = ["sh", "-c", f'sleep {after:.3f}; exec "$@"', "sh", *arguments]
        process = subprocess.Popen(
            arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return Running(who=who, words=words, process=process, hold=hold)

    def run(self, who: str, *words: str, **more: str) -> Outcome:
        """Run a command to its end."""
        return self.start(who, *words, hold_at="", after=0.0, **more).ended()

    def fine(self, who: str, *words: str) -> Outcome:
        """Run a command that must succeed."""
        ended = self.run(who, *words)
        assert ended.code == 0, str(ended)
        return ended

    def together(self, *commands: tuple[str, Sequence[str], float]) -> list[Outcome]:
        """Run commands of (who, words, seconds to wait first) at once, and return how each ended."""
        running = [self.start(who, *words, after=after) for who, words, after in commands]
        return [one.ended() for one in running]

    def git(self, *arguments: str, who: str = "o.haddad", check: bool = True) -> str:
        """Run the machine's own git here, as somebody."""
        done = subprocess.run(
            ["git", "-C", self.root, *arguments], env=self.environment(who), capture_output=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode("utf-8", "replace"))
        return (done.stdout + (b"" if check else done.stderr)).decode("utf-8", "surrogateescape").removesuffix("\n")

    def start_git(self, *arguments: str, who: str = "o.haddad", **more: str) -> subprocess.Popen[bytes]:
        """Start the machine's own git here, and do not wait for it."""
        return subprocess.Popen(
            ["git", "-C", self.root, *arguments],
            env={**self.environment(who), **more}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def files(self, revision: str = "main", under: str = "records/") -> dict[str, str]:
        """Return the files of a commit by path, with their text."""
        paths = self.git("ls-tree", "-r", "--name-only", revision, "--", under).split("\n")
        return {path: self.git("show", f"{revision}:{path}") for path in paths if path}

    def record(self, record: str, revision: str = "main") -> str:
        """Return the text of a record's file."""
        found = [text for path, text in self.files(revision).items() if path.endswith(f"/{record}.yaml")]
        assert len(found) == 1, found
        return found[0]

    def sound(self, *, check: bool = True) -> None:
        """Assert that nothing is broken: objects, index and files in line with HEAD, no lock left, `check` fine."""
        broken = subprocess.run(
            ["git", "-C", self.root, "fsck", "--full", "--strict", "--no-dangling"], capture_output=True, check=False
        )
        assert broken.returncode == 0, broken.stderr
        assert self.git("status", "--porcelain") == ""
        assert list((self.root / ".git").glob("**/*.lock")) == []
        assert not (self.root / ".git" / "nearmiss" / "checkout").exists()
        if check:
            checked = self.run("o.haddad", "check", "--json")
            assert checked.code == 0, checked.said

    def clone(self, name: str) -> Yard:
        """Return another clone of the same remote."""
        root = self.beside / name
        origin = self.git("remote", "get-url", "origin")
        subprocess.run(["git", "clone", "-q", origin, root], check=True)
        return Yard(root=root, beside=self.beside / f"beside-{name}", variables=self.variables)


@cache
def _template(stage: str) -> tuple[Path, str]:
    """Return a register in which a record has come to a stage; made once."""
    upto, *commands = STAGES[stage]
    folder = Path(tempfile.mkdtemp(prefix="nearmiss-yards-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    scene = found_scene(folder)
    # Commands that are processes have the machine's clock, and nothing here may lie in its future.
    scene.clock.instant = min(FIRST_MORNING, datetime.now(UTC) - timedelta(hours=3))
    record = scene.prepare() if upto == "reported" else scene.walk(upto=str(upto))
    scene.close()
    yard = Yard(root=folder / "register", beside=folder / "beside")
    for who, *words in commands:
        yard.fine(who, *(record if word == "ID" else word for word in words))
    return folder / "register", record


STAGES: Mapping[str, tuple[Any, ...]] = {
    "prepared": ("reported",),
    "proposed": ("reported", ("s.ito", "advance", "ID")),
    "signed": ("reported", ("s.ito", "advance", "ID"), ("r.meyer", "approve", "ID")),
    "at work": ("action",),
}
"""How far a record is: first its state, then the commands that were given after that."""


def yard_at(folder: Path, stage: str = "prepared") -> tuple[Yard, str]:
    """Return a yard with one record that is at a stage, and its id."""
    made, record = _template(stage)
    copied(made, folder / "register")
    return Yard(root=folder / "register", beside=folder / "beside"), record


@contextmanager
def lock_held(path: Path) -> Iterator[Path]:
    """Hold a lock of git as another program would, and let it go."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(exist_ok=False)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
