"""Small disks in memory, mounted for a test: they can be filled to the last page, and made read-only."""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4096


class SmallDisk:
    """A disk of a few megabytes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def leave_free(self, pages: int) -> None:
        """Fill the disk until only so many pages are free."""
        self.make_room()
        facts = os.statvfs(self.place)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, facts.f_bfree - pages) * PAGE)

    def make_room(self) -> None:
        """Remove what fills it."""
        self._ballast.unlink(missing_ok=True)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nobody write to it for a while."""
        # Files that a command in this process still has open would keep it from that.
        gc.collect()
        subprocess.run(["mount", "-o", "remount,ro", self.place], check=True)
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", "remount,rw", self.place], check=True)


def mounted(place: Path, *, size: str = "24m") -> SmallDisk | None:
    """Mount a disk; None where that is not permitted."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except OSError:
        return None
    return None if done.returncode else SmallDisk(place)


def unmount(disk: SmallDisk) -> None:
    """Take a disk away."""
    subprocess.run(["umount", "-l", disk.place], check=True)
