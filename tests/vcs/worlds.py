"""What tests of git share: the machine's own git, and a repository of ours beside it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nearmiss.engine.ports import Identity, Stamp
from nearmiss.vcs.repository import GitRepository

WHEN = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def git(place: Path, *arguments: str, stdin: bytes = b"", check: bool = True) -> str:
    """Run the machine's own git as a person would, and return what it says."""
    done = subprocess.run(["git", "-C", place, *arguments], input=stdin, capture_output=True, check=False)
    if check and done.returncode:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")


@dataclass(frozen=True, kw_only=True)
class World:
    """A repository of ours, and the ways in which tests touch it."""

    repository: GitRepository
    root: Path

    def git(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> str:
        """Run the machine's own git here."""
        return git(self.root, *arguments, stdin=stdin, check=check)

    def commit(
        self,
        files: Mapping[str, bytes | None],
        *,
        branch: str = "main",
        parents: tuple[str, ...] | None = None,
        message: str = "A change",
        stamp: Stamp | None = None,
    ) -> str:
        """Commit through the adapter, on top of what the branch holds now or of the parents given."""
        here = self.repository.branches().get(branch)
        above = (here,) if here else ()
        by = stamp or stamp_of("Ruth Meyer", "ruth@example.org")
        return self.repository.commit(
            branch=branch,
            expected=here,
            parents=above if parents is None else parents,
            files=files,
            message=message,
            author=by,
            committer=by,
        )

    def state(self) -> dict[str, bytes]:
        """Return every file of the working tree and of git's folder, objects apart."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and ".git/objects" not in str(path)
        }


def stamp_of(name: str, email: str, when: datetime = WHEN) -> Stamp:
    """Return a stamp for an author or committer."""
    return Stamp(identity=Identity(name=name, email=email), when=when)
