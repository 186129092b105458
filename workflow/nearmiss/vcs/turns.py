"""Taking turns: one process of ours at a time brings a checkout along; the others wait, and say for whom."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nearmiss.vcs.locks import Owner, left_by_ours, locked_by_ours

PATIENCE = 10.0
"""Seconds to wait for another of our own processes, which holds the checkout for a fraction of one."""

SILENCE = 1.0
"""Seconds of waiting after which the person is told what for."""

BETWEEN_LOOKS = 0.02


class Turns:
    """The turns of our own processes in one git folder; the journal says whose turn it is."""

    def __init__(self, git_dir: Path, journal: Path, *, notice: Callable[[str], None]) -> None:
        self._git_dir = git_dir
        self._journal = journal
        self._notice = notice

    @contextmanager
    def held(self, *, patience: float | None = None) -> Iterator[None]:
        """Keep other processes of ours away; raises LockedError after so many seconds of waiting.

        The lock is that of the folder: it leaves no file, and a process that dies lets it go. Where a disk knows no
        such locks, a journal that may belong to a living process is left alone.
        """
        descriptor = os.open(self._git_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not self._wait_for(descriptor, PATIENCE if patience is None else patience):
                self._require_abandoned()
            yield
        finally:
            os.close(descriptor)

    def _wait_for(self, descriptor: int, patience: float) -> bool:
        """Wait for the lock of the folder, and say whether this disk knows such locks."""
        began, told = time.monotonic(), False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waited = time.monotonic() - began
                if waited >= patience:
                    raise locked_by_ours(self._git_dir, self._owner(), waited=waited) from None
                if waited >= SILENCE and not told:
                    who = f" ({owner})" if (owner := self._owner()) else ""
                    self._notice(f"Waiting for another nearmiss command{who} to finish writing …")
                    told = True
                time.sleep(BETWEEN_LOOKS)
            except OSError:
                # Some network disks lock no folders; git's own locks still stand.
                return False
            else:
                return True

    def _owner(self) -> Owner | None:
        """Return the process that the journal names."""
        try:
            return Owner.of(json.loads(self._journal.read_text(encoding="ascii")))
        except (OSError, ValueError):
            return None

    def _require_abandoned(self) -> None:
        owner = self._owner()
        if owner and owner.may_live:
            raise left_by_ours(self._journal, owner)
