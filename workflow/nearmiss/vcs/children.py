"""Git as a child process: started in the right environment, its words cleaned, its failures turned into sentences."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from nearmiss.errors import NearMissError
from nearmiss.vcs.environment import personal_environment, reading_environment
from nearmiss.vcs.errors import (
    DiskFailedError,
    DiskFullError,
    GitFailedError,
    GitMissingError,
    ReadOnlyRepositoryError,
    UnsafeOwnershipError,
)
from nearmiss.vcs.locks import locked_by_git

PIPE_READ = 1 << 17
ROOM = 1 << 20
"""Bytes that may wait in the pipe of a long answer, so that neither side often waits for the other."""

_LOCK = re.compile(r"[Uu]nable to create (?:file )?'?(?P<lock>[^\n']+(?:\.lock|/packed-refs\.new))'?: File exists")
_ADVICE = re.compile(r"^hint:[^\n]*\n?", re.MULTILINE)
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "Out of diskspace")
LEAST_ROOM = 1 << 17
"""Bytes on a disk below which a failure that git gives no reason for is put down to lack of room."""

_NO_RIGHT = re.compile(r"[^\n]*(?:Read-only file system|Permission denied|insufficient permission)[^\n]*")
_BROKEN = re.compile(r"[^\n]*Input/output error[^\n]*")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a repository is and of what kind: facts found once, on opening."""

    git_dir: Path
    common_dir: Path
    root: Path | None
    object_format: str
    is_bare: bool
    is_shallow: bool
    objects: Mapping[str, str] = field(default_factory=dict)
    """Variables by which git also sees objects that a push has brought and the repository has not taken yet."""

    @property
    def journal(self) -> Path:
        """The note that a commit leaves while the checkout has yet to follow it."""
        return self.git_dir / "nearmiss" / "checkout" / "journal.json"

    @property
    def zero(self) -> str:
        """The object id that stands for nothing."""
        return "0" * (64 if self.object_format == "sha256" else 40)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a finished child said."""

    status: int
    out: bytes
    words: str


class Pending:
    """A command that is at work; a `with` block sees to it that it has ended."""

    def __init__(self, child: subprocess.Popen[bytes], *, command: str, directory: Path) -> None:
        self._child = child
        self._command = command
        self._directory = directory

    def __enter__(self) -> Self:
        """Give the command itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close its pipes, which ends it, and wait for it."""
        self._child.__exit__(kind, error, trace)

    def finish(self, *, stdin: bytes = b"", accept: Sequence[int] = (0,)) -> Done:
        """Return what it said; a status that is not accepted is an error with its sentence."""
        out, complaints = self._child.communicate(stdin)
        if self._child.returncode not in accept:
            raise failure(command=self._command, complaints=complaints, directory=self._directory)
        return Done(status=self._child.returncode, out=out, words=clean_words(complaints))


class Git:
    """Starts git for one repository. Nothing inherited can make it look at another one."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._trusted = str(place.root or place.git_dir)

    @cached_property
    def _reading(self) -> dict[str, str]:
        return self._hardened()

    @cached_property
    def _unfiltered(self) -> dict[str, str]:
        # A clean filter would be started to compare a file whose time stamp is in doubt. Their names are free, so
        # that each one has to be looked up before it can be switched off.
        asked = self.run("config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.", accept=(0, 1))
        drivers = {key.rpartition(b".")[0].decode("utf-8", "surrogateescape") for key in asked.out.split(b"\0") if key}
        return self._hardened(
            [
                (f"{driver}.{setting}", "false" if setting == "required" else "")
                for driver in sorted(drivers)
                for setting in ("clean", "smudge", "process", "required")
            ]
        )

    def _hardened(self, settings: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
        return reading_environment(
            os.environ,
            safe=self._trusted,
            git_dir=self.place.git_dir,
            root=self.place.root,
            settings=settings,
            objects=self.place.objects,
        )

    @property
    def personal(self) -> dict[str, str]:
        """The environment for what is done with the person's own configuration."""
        return personal_environment(os.environ, git_dir=self.place.git_dir, root=self.place.root)

    def run(
        self, *arguments: str, stdin: bytes = b"", accept: Sequence[int] = (0,), more: Mapping[str, str] | None = None
    ) -> Done:
        """Run a command in the hardened environment; a status that is not accepted is an error with its sentence."""
        return self._finish(arguments, self._reading | dict(more or {}), stdin, accept)

    def begin(self, *arguments: str) -> Pending:
        """Start a command that is finished later, so that several can work at once."""
        return self._begin(arguments, self._reading)

    def begin_unfiltered(self, *arguments: str) -> Pending:
        """Start a command that compares files of the working tree, with all content filters switched off."""
        return self._begin(arguments, self._unfiltered)

    def run_unfiltered(self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None) -> Done:
        """Run a command that looks at files of the working tree, with all content filters switched off."""
        return self._finish(arguments, self._unfiltered | dict(more or {}), stdin, (0,))

    def run_personal(self, *arguments: str, accept: Sequence[int] = (0,)) -> Done:
        """Run a command with the person's own configuration."""
        return self._finish(arguments, self.personal, b"", accept)

    def converse(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a long-lived child with pipes to and from it; what it complains of goes nowhere."""
        return start(arguments, environment=self._reading, directory=self._directory, stderr=subprocess.DEVNULL)

    @contextmanager
    def stream(self, *arguments: str, asked: bytes = b"") -> Iterator[IO[bytes]]:
        """Give the output of a command while it runs; a failure is raised once the output has been read to its end.

        What it is asked lies in a file, so that nobody waits until it has read that.
        """
        import tempfile

        with tempfile.TemporaryFile() as complaints, tempfile.TemporaryFile() as questions:
            questions.write(asked)
            questions.seek(0)
            child = start(
                arguments, environment=self._reading, directory=self._directory, stderr=complaints, stdin=questions
            )
            stdout = cast("IO[bytes]", child.stdout)
            with suppress(AttributeError, OSError):
                # Not every system knows it, and it may be more than a person may have.
                fcntl.fcntl(stdout, fcntl.F_SETPIPE_SZ, ROOM)
            try:
                yield stdout
                read_whole = not stdout.read(1)
            except BaseException:
                read_whole = False
                # It only reads, and would go on until it has something to say.
                child.kill()
                raise
            finally:
                stdout.close()
                status = child.wait()
            if status and read_whole:
                complaints.seek(0)
                raise self._failure(arguments, complaints.read())

    @property
    def _directory(self) -> Path:
        return self.place.root or self.place.git_dir

    def _finish(
        self, arguments: Sequence[str], environment: dict[str, str], stdin: bytes, accept: Sequence[int]
    ) -> Done:
        with self._begin(arguments, environment) as pending:
            return pending.finish(stdin=stdin, accept=accept)

    def _begin(self, arguments: Sequence[str], environment: dict[str, str]) -> Pending:
        child = start(arguments, environment=environment, directory=self._directory, stderr=subprocess.PIPE)
        return Pending(child, command=arguments[0], directory=self._directory)

    def _failure(self, arguments: Sequence[str], complaints: bytes) -> NearMissError:
        return failure(command=arguments[0], complaints=complaints, directory=self._directory)


def start(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    stderr: int | IO[bytes],
    stdin: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start git with pipes for its input, unless that comes from a file, and output; raises GitMissingError."""
    try:
        return subprocess.Popen(  # noqa: S603 - a list of words, no shell; revisions and paths are checked by callers
            ["git", *arguments],  # noqa: S607 - the git on the person's path is the one they mean
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=dict(environment),
            cwd=directory,
            bufsize=PIPE_READ,
        )
    except FileNotFoundError:
        raise GitMissingError from None


def pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Return the input and output of a child that was started with `start`."""
    return cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)


def failure(*, command: str, complaints: bytes, directory: Path) -> NearMissError:
    """Return the error that fits what git said."""
    # Advice of git is for people who started it themselves.
    text = _ADVICE.sub("", complaints.decode("utf-8", "backslashreplace"))
    lock = lock_in(text)
    if lock:
        return locked_by_git(directory / lock)
    if "dubious ownership" in text or "unsafe repository" in text:
        return UnsafeOwnershipError(directory)
    of_the_disk = _of_the_disk(text, command, directory)
    return of_the_disk or GitFailedError(command=command, words=clean_words(text))


def _of_the_disk(text: str, command: str, directory: Path) -> NearMissError | None:
    if any(words in text for words in _NO_ROOM):
        return DiskFullError()
    right = _NO_RIGHT.search(text)
    if right:
        return ReadOnlyRepositoryError(clean_words(right[0]))
    broken = _BROKEN.search(text)
    if broken:
        return DiskFailedError(f"git {command}", reason=clean_words(broken[0]).rstrip("."))
    # Git leaves the reason out of some of its sentences.
    return DiskFullError() if _room_at(directory) < LEAST_ROOM else None


def _room_at(directory: Path) -> int:
    try:
        facts = os.statvfs(directory)
    except OSError:
        return LEAST_ROOM
    return facts.f_bavail * facts.f_frsize


def lock_in(said: str) -> str:
    """Return the path of the lock that git says to be in its way, or an empty text."""
    found = _LOCK.search(said)
    return found["lock"] if found else ""


def clean_words(said: bytes | str) -> str:
    """Return what a program said as one line, without control characters, terminal codes and passwords in URLs."""
    text = said.decode("utf-8", "backslashreplace") if isinstance(said, bytes) else said
    return _PASSWORD.sub("", " ".join(_CONTROL.sub(" ", text).split()))
