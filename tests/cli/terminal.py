"""A terminal of its own for a process: what it asks is read, what a person types is written, without a library."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 30.0
"""Seconds to wait for a question; a busy machine is slow."""


class SilenceError(AssertionError):
    """The program did not say what was waited for."""


def _with_default_interrupt() -> None:
    """Whoever runs the tests in the background may have Ctrl-C ignored, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """Runs the program on a pseudo-terminal."""

    def __init__(self, words: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None) -> None:
        ours, theirs = pty.openpty()
        self._ours = ours
        self.screen = ""
        self._heard = 0
        variables = {**os.environ, "TERM": "xterm", "COLUMNS": "80", **(environment or {})}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "nearmiss", *words],
            cwd=cwd,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=variables,
            start_new_session=True,
            preexec_fn=_with_default_interrupt,  # noqa: PLW1509 - no threads of ours are at work here
        )
        os.close(theirs)

    def wait_for(self, words: str) -> None:
        """Read until the program has said the words, after those that were waited for before."""
        until = time.monotonic() + PATIENCE
        while words not in self.screen[self._heard :]:
            if time.monotonic() > until or not self._read():
                self._give_up()
                raise SilenceError(f"{words!r} was not said; the screen:\n{self.screen}")
        self._heard = self.screen.index(words, self._heard) + len(words)

    def type(self, words: str) -> None:
        """Type a line."""
        os.write(self._ours, words.encode() + b"\n")

    def interrupt(self) -> None:
        """Press Ctrl-C; then Enter, for a program that the signal met just before it began to wait for a key."""
        self._child.send_signal(signal.SIGINT)
        time.sleep(0.5)
        os.write(self._ours, b"\n")

    def end(self) -> int:
        """Wait for the end and return the exit code."""
        until = time.monotonic() + PATIENCE
        while self._read():
            if time.monotonic() > until:
                self._give_up()
                raise SilenceError(f"it did not end; the screen:\n{self.screen}")
        os.close(self._ours)
        return self._child.wait(timeout=PATIENCE)

    def _give_up(self) -> None:
        self._child.kill()
        self._child.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], 0.2)
        if not ready:
            return self._child.poll() is None
        try:
            said = os.read(self._ours, 65536)
        except OSError:
            return False
        self.screen += said.decode("utf-8", "replace")
        return bool(said)
