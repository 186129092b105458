"""The notebook of reminders: a small file outside the working tree that says up to which day people have been told."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from nearmiss.engine.reminding.schedule import Told
from nearmiss.errors import NearMissError
from nearmiss.store.files import FileUnreadableError, read_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BrokenNotebookError(NearMissError):
    """The file that says who has been told cannot be understood."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} does not say up to which day people have been told.",
            hint="Remove it, and say with --since up to which day they have; else everybody is told everything.",
        )


class RemindingAlreadyError(NearMissError):
    """Another process reminds at this moment."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Another process is sending reminders: it holds {path}.",
            hint="Nothing was sent by this one. The other sends what is due.",
        )


class FileNotebook:
    """A notebook in a file, which is locked while somebody reminds."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def open(self) -> Iterator[FileNotebook]:
        """Hold off others; raises RemindingAlreadyError where one is at work."""
        from fcntl import LOCK_EX, LOCK_NB, flock

        lock = self._path.with_name(f"{self._path.name}.lock")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("a", encoding="utf-8") as held:
            try:
                flock(held, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                raise RemindingAlreadyError(lock) from None
            except OSError:
                # Disks of a network may know no locks; there a person sees to it that only one reminds.
                pass
            yield self

    def read(self) -> Told:
        """Return what was noted; nobody has been told anything where nothing was. Raises BrokenNotebookError."""
        try:
            content = read_file(self._path).content
        except FileUnreadableError:
            if self._path.exists():
                raise
            return Told()
        try:
            data = json.loads(content)
            return Told(through=_day(data["through"]), behind={str(k): _day(v) for k, v in data["behind"].items()})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BrokenNotebookError(self._path) from None

    def write(self, told: Told) -> None:
        """Note it; raises FileUnwritableError."""
        data = {"through": _spelt(told.through), "behind": {who: _spelt(day) for who, day in told.behind.items()}}
        before = None
        with suppress(FileUnreadableError):
            before = read_file(self._path).digest
        replace_file(self._path, json.dumps(data, indent=2).encode() + b"\n", read_digest=before)


def _day(said: Any) -> date | None:
    return None if said is None else date.fromisoformat(said)


def _spelt(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
