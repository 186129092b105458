"""What happens around a request: it is opened, people speak on it, and a job attests what they said."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.gate.judging import judge_request
from nearmiss.engine.proposing.branches import transition_of
from nearmiss.forge.tokens import OURS
from tests.cli.shell import Outcome, Shell
from tests.forge.stand import TOKEN, Kept, Stand, kept, service_key, standing, standing_again, templates
from tests.forge.world import Note, Pull


@dataclass
class Requested:
    """A record whose next step is proposed on the forge."""

    stand: Stand
    record: str
    pull: Pull

    def _judged(self) -> Any:
        scene = self.stand.scene
        scene.git("fetch", "-q", "origin")
        base, head = scene.rev("origin/main"), scene.rev(f"origin/{self.pull.branch}")
        intended = {self.record: transition_of(self.pull.branch)}
        return judge_request(scene.desk("o.haddad"), base=base, head=head, intended=intended)

    def gate(self) -> str:
        """Return the verdict of the gate on the request as it is on the forge."""
        return str(self._judged().verdict)

    def line(self, word: str = "sign-off", *, step: int = 0) -> str:
        """Return the line that the gate's comment gives people to post."""
        proposed = self._judged().proposed(self.record)[step]
        return f"/{word} {self.record} {proposed.transition.name} {proposed.code}"

    def say(self, handle: str, text: str) -> Note:
        """Comment on the request as somebody."""
        return self.stand.world.comment(self.pull, self.stand.account(handle), text)

    def edit(self, values: Mapping[str, Any], *, who: str = "s.ito") -> None:
        """Change the proposal, and push that."""
        scene = self.stand.scene
        scene.git("fetch", "-q", "origin", f"+{self.pull.branch}:{self.pull.branch}")
        scene.draft(who, self.record, values, branch=self.pull.branch)
        scene.git("push", "-q", "origin", self.pull.branch)


def requested(stand: Stand, shell: Shell, *, level: str = "low") -> Requested:
    """Take a record to a request for its investigation."""
    record = stand.scene.prepare(level)
    stand.scene.git("push", "-q", "origin", "main")
    return proposed(stand, shell, record)


@contextmanager
def standing_requested(tmp_path: Path, kind: str) -> Iterator[Requested]:
    """Have a stand of one's own with a request for the first step of a record."""
    made, record = _requested_once(kind)
    with standing_again(made, tmp_path) as stand:
        yield Requested(stand=stand, record=record, pull=stand.world.pulls[0])


@cache
def _requested_once(kind: str) -> tuple[Kept, str]:
    folder = Path(tempfile.mkdtemp(dir=templates()))
    with pytest.MonkeyPatch.context() as patch, standing(folder, kind) as stand:
        patch.setenv(OURS, TOKEN)
        record = requested(stand, Shell(directory=stand.scene.root, scene=stand.scene)).record
    return kept(stand), record


def proposed(stand: Stand, shell: Shell, record: str) -> Requested:
    """Open a request for the next step of a record."""
    branch = shell.json("s.ito", "advance", record, "--push")["branch"]
    return Requested(stand=stand, record=record, pull=next(one for one in stand.world.pulls if one.branch == branch))


@dataclass
class JobAt:
    """The job of the forge, in a bare clone of its own."""

    stand: Stand
    place: Path

    def run(self, *words: str, push: bool = True) -> Outcome:
        """Run the command as the job does."""
        shell = Shell(directory=self.place, scene=self.stand.scene)
        return shell.run("", "attest", "--key", str(service_key()), *(["--push"] if push else []), *words)

    def attest(self, *words: str, push: bool = True) -> dict[str, Any]:
        """Run the command, which must succeed, and return its JSON."""
        outcome = self.run(*words, "--json", push=push)
        assert outcome.code == 0, outcome.said
        return outcome.data


def job_at(stand: Stand, place: Path) -> JobAt:
    """Fetch what the job fetches: all branches with their history, as objects."""

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", place, *words], check=True, capture_output=True)

    place.mkdir()
    git("init", "-q", "--bare", "--initial-branch=main")
    git("remote", "add", "origin", stand.forge.remote)
    git("fetch", "-q", "--no-tags", "origin", "+refs/heads/*:refs/heads/*", "+refs/heads/*:refs/remotes/origin/*")
    return JobAt(stand=stand, place=place)
