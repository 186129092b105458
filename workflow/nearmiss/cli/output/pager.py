"""A pager for what is longer than the screen: started only where a person looks, and only once it is needed."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from abc import abstractmethod
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Ask = Callable[[], str]

DEFAULTS = {"LESS": "FRX", "LV": "-c"}
"""What pagers are told where the person has not told them: keep colours, leave the text on the screen."""

USUAL = ("less", "more")
NONE = frozenset({"", "cat"})

_CODES = re.compile(r"\x1b\[[0-9;]*m")


@contextmanager
def paged(configured: Ask) -> Iterator[None]:
    """Let what is printed inside go through a pager as soon as it is longer than the screen.

    `configured` asks git for the pager that the person has set for themselves. What is said on the error stream after
    something was printed waits until the pager has ended, so that it is not lost on its screen.
    """
    if not _wanted():
        yield
        return
    out, err = sys.stdout, sys.stderr
    screen = Screen(out, lambda: _command(os.environ, configured))
    held = Held(err, screen)
    sys.stdout, sys.stderr = screen, held
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        screen.end()
        held.release()


def _wanted() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _command(environment: Mapping[str, str], configured: Ask) -> str:
    """Return the pager: as git chooses it, but never from the configuration of a repository, which others write."""
    for name in ("NEARMISS_PAGER", "GIT_PAGER"):
        if name in environment:
            return environment[name].strip()
    chosen = configured().strip() or environment.get("PAGER", "").strip()
    return chosen or next((name for name in USUAL if shutil.which(name)), "")


class Stand(io.TextIOBase):
    """Stands for a stream of the terminal, and says of itself what that would."""

    def __init__(self, real: TextIO) -> None:
        super().__init__()
        self._real = real

    @property
    def encoding(self) -> str:  # type: ignore[override]  # what is said here is shown there
        """The encoding of the terminal."""
        return self._real.encoding

    @property
    def errors(self) -> str | None:  # type: ignore[override]  # as above
        """What becomes of signs that the terminal does not have."""
        return self._real.errors

    def isatty(self) -> bool:
        """Say whether a person looks at it, whichever program shows it."""
        return self._real.isatty()

    def fileno(self) -> int:
        """Return the terminal's, for whoever asks how wide it is."""
        return self._real.fileno()

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def write(self, text: str) -> int:
        """Take text, and nothing else."""
        if not isinstance(text, str):
            raise TypeError
        self._take(text)
        return len(text)

    @abstractmethod
    def _take(self, text: str) -> None:
        """Do with the text what this stream is for."""


class Screen(Stand):
    """Stands for the standard output: keeps what is printed, until it is more than fits, and then pages it."""

    def __init__(self, out: TextIO, choose: Callable[[], str]) -> None:
        super().__init__(out)
        self._choose = choose
        self._kept: list[str] = []
        self._room = shutil.get_terminal_size()
        self._left = self._room.lines - 1
        self._target: IO[str] | None = None
        self._pager: subprocess.Popen[str] | None = None

    @property
    def is_used(self) -> bool:
        """Whether anything was printed."""
        return bool(self._kept) or self._target is not None

    def _take(self, text: str) -> None:
        """Keep text, or pass it on; after the reader has left, it goes nowhere."""
        if self._target is None:
            self._kept.append(text)
            self._left -= sum(map(self._lines_of, text.split("\n")[:-1]))
            if self._left < 0:
                self._begin()
        else:
            with suppress(BrokenPipeError):
                self._target.write(text)

    def end(self) -> None:
        """Show what was kept, and wait until the person has read it."""
        if self._target is None:
            self._target = self._real
            self._pass_on()
        if self._pager is not None:
            self._wait(self._pager)
        with suppress(BrokenPipeError):
            self._real.flush()

    def _lines_of(self, line: str) -> int:
        """Return how many lines of the screen a line of text takes."""
        return max(1, -(-len(_CODES.sub("", line)) // max(self._room.columns, 1)))

    def _begin(self) -> None:
        command = self._choose()
        if command not in NONE:
            self._pager = _start(command)
        pipe = self._pager.stdin if self._pager else None
        self._target = pipe or self._real
        self._pass_on()

    def _pass_on(self) -> None:
        text, self._kept = "".join(self._kept), []
        if self._target is not None:
            with suppress(BrokenPipeError):
                self._target.write(text)

    @staticmethod
    def _wait(pager: subprocess.Popen[str]) -> None:
        if pager.stdin is not None:
            with suppress(BrokenPipeError):
                pager.stdin.close()
        while True:
            try:
                pager.wait()
            except KeyboardInterrupt:
                # The pager has seen Ctrl-C too and decides what it means; left alone, it would spoil the terminal.
                continue
            return


def _start(command: str) -> subprocess.Popen[str] | None:
    """Start a pager as git does, through the shell; None where it cannot be found."""
    if not _is_there(command):
        return None
    return subprocess.Popen(  # noqa: S602 - the person's own words, as git takes them: "delta --dark | less"
        command,
        shell=True,
        stdin=subprocess.PIPE,
        env={**DEFAULTS, **os.environ},
        text=True,
        encoding="utf-8",
        errors="backslashreplace",
    )


def _is_there(command: str) -> bool:
    """Say whether the first word of a command is a program; a command of several programs is left to the shell."""
    return shutil.which(command.split(maxsplit=1)[0]) is not None or re.fullmatch(r"[\w./~ -]+", command) is None


class Held(Stand):
    """Stands for the error stream: holds back what is said after something was printed, until that has been read."""

    def __init__(self, err: TextIO, screen: Screen) -> None:
        super().__init__(err)
        self._screen = screen
        self._kept: list[str] = []

    def _take(self, text: str) -> None:
        if self._screen.is_used:
            self._kept.append(text)
        else:
            self._real.write(text)
            self._real.flush()

    def release(self) -> None:
        """Say what was held back."""
        self._real.write("".join(self._kept))
        self._real.flush()
