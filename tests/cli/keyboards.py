"""A real shell on a terminal of its own: keys are pressed in it, and what it would run is noted instead of run."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

PATIENCE = 60.0
"""Seconds to wait for a shell; a busy machine is slow."""

READY = "ready>"
"""The prompt of every shell here."""

TAB = "\t"

WRAPPER = """\
#!/bin/sh
if [ -n "$_NEARMISS_COMPLETE" ]; then {python} -m nearmiss "$@"; echo >> {answered}; exit; fi
for word in "$@"; do printf '%s\\n' "$word"; done > {noted}.new
mv {noted}.new {noted}
"""
"""Stands for the program: it answers a shell that asks, and notes the words with which it would be run."""

STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "--no-rcs", "-i"],
    "fish": ["fish", "--no-config", "--private", "-i"],
}

PREPARES = {
    "bash": "PS1='{ready} '; bind 'set bell-style none'; bind 'set page-completions off'; source {script}",
    "zsh": "PS1='{ready} '; unsetopt beep; zstyle ':completion:*' menu no; LISTMAX=0; source {script}",
    "fish": "function fish_prompt; echo -n '{ready} '; end; set -g fish_autosuggestion_enabled 0; source {script}",
}


class ShellOnTerminal:
    """A shell in which somebody types."""

    def __init__(self, name: str, *, directory: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._noted, self._answered = folder / "noted", folder / "answered"
        self._answered.touch()
        wrapper = folder / "bin" / "nearmiss"
        wrapper.parent.mkdir()
        files = {"noted": self._noted, "answered": self._answered, "python": sys.executable}
        wrapper.write_text(
            WRAPPER.format(**{name: shlex.quote(str(file)) for name, file in files.items()}), encoding="utf-8"
        )
        wrapper.chmod(0o755)
        script = folder / f"completion.{name}"
        script.write_text(_script(name), encoding="utf-8")
        self.screen = ""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        path = os.pathsep.join([str(wrapper.parent), os.environ["PATH"]])
        home = {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
            "ZDOTDIR": str(folder),
        }
        self._child = subprocess.Popen(
            STARTS[name],
            cwd=directory,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **home, "PATH": path, "TERM": "xterm", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads of ours are at work here
        )
        os.close(theirs)
        self.press(PREPARES[name].format(ready=READY, script=shlex.quote(str(script))) + "\n")
        self.wait_for(READY, after="source")

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def words_of(self, line: str) -> list[str]:
        """Type a line, press Enter, and return the words with which the program would be run."""
        self._noted.unlink(missing_ok=True)
        self.screen = ""
        self._type(line)
        self.press("\n")
        self._wait_until(self._noted.exists)
        return self._noted.read_text(encoding="utf-8").splitlines()

    def shows(self, line: str) -> str:
        """Type a line, and return what the screen shows after it; the line is taken back."""
        self.screen = ""
        self._type(line)
        shown = self.screen
        self.press("\x03")
        self._settle()
        return shown

    def _type(self, line: str) -> None:
        """Type a line; after each Tab, wait until the shell has been answered and has shown what it makes of it.

        A further Tab only looks through what the shell was told after the one before, so some ask for nothing then.
        """
        before = ""
        for place, part in enumerate(line.split(TAB)):
            if place:
                answered = self._answered.stat().st_size
                self.press(TAB)
                with suppress(*() if before else (AssertionError,)):
                    self._wait_until(partial(self._has_answered, answered), PATIENCE if before else PATIENCE / 10)
                self._settle()
            self.press(part)
            before = part
        self._settle()

    def _has_answered(self, before: int) -> bool:
        return self._answered.stat().st_size > before

    def _wait_until(self, is_so: Callable[[], bool], patience: float = PATIENCE) -> None:
        until = time.monotonic() + patience
        while not is_so():
            if time.monotonic() > until:
                raise AssertionError(f"nothing happened; the screen:\n{self.screen}")
            self._read(0.1)

    def wait_for(self, words: str, *, after: str = "") -> None:
        """Read until the screen has the words, after others."""
        self._wait_until(lambda: words in self.screen.rpartition(after)[2])

    def close(self) -> None:
        """End the shell."""
        self._child.kill()
        self._child.wait()
        os.close(self._ours)

    def _settle(self) -> None:
        """Read until the shell has nothing more to say."""
        while self._read(0.25):
            pass

    def _read(self, patience: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], patience)
        if not ready:
            return False
        self.screen += os.read(self._ours, 65536).decode("utf-8", "replace")
        return True


def _script(name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nearmiss", "completion", name], capture_output=True, text=True, check=True
    )
    return done.stdout
