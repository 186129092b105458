"""Who holds a lock: what the machine tells of the process behind it, of its age, and what to do about it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from nearmiss.engine.refusals import LockedError

PROCESSES = Path("/proc")
"""Where Linux tells of its processes; other systems have no such folder, and then less can be told."""

_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The process that left a note: on which machine (or in which container), which number, started when."""

    place: str
    pid: int
    started: str

    @classmethod
    def me(cls) -> Self:
        """Return this process."""
        return cls(place=_here(), pid=os.getpid(), started=_started(os.getpid()))

    @classmethod
    def of(cls, note: Mapping[str, object]) -> Self | None:
        """Return the process that a note names, or None where it names none."""
        place, pid, started = note.get("place"), note.get("pid"), note.get("started")
        if not isinstance(place, str) or not isinstance(pid, int) or not isinstance(started, str):
            return None
        return cls(place=place, pid=pid, started=started)

    def as_data(self) -> dict[str, str | int]:
        """Return the keys of a note."""
        return {"place": self.place, "pid": self.pid, "started": self.started}

    @property
    def is_here(self) -> bool:
        """Whether it belongs to this machine or container, so that its number means anything to us."""
        return self.place == _here()

    @property
    def may_live(self) -> bool:
        """Whether it may still be at work: of one elsewhere nothing is known; a number used again is not it."""
        if not self.is_here:
            return True
        return _is_alive(self.pid) and _started(self.pid) == self.started

    def __str__(self) -> str:
        """Name it in a sentence."""
        return f"process {self.pid}" if self.is_here else f"process {self.pid} on {self.place.partition(' ')[0]}"


def locked_by_git(lock: Path) -> LockedError:
    """Return the error for a lock of git that another program holds, or that one which died has left."""
    age, holder, hint = age_of(lock), _holder(lock), "Nothing was changed. Run the command again when it has finished."
    if holder:
        return LockedError(str(lock), f"Another program works on this repository: {holder} holds {lock}, {age}.", hint)
    stale = " ".join(map(str, [lock, *_left_beside(lock)]))
    hint = (
        "Nothing was changed. If a program still works here, wait for it; "
        f"if none does, the one that left the lock has died: remove {stale}, and run the command again."
    )
    known = "; no process of this machine has it open" if PROCESSES.is_dir() else ""
    return LockedError(str(lock), f"This repository is locked by {lock}, {age}{known}.", hint)


def locked_by_ours(folder: Path, owner: Owner | None, *, waited: float) -> LockedError:
    """Return the error for another command of ours that was waited for, and is still at work."""
    who = f" ({owner})" if owner else ""
    return LockedError(
        str(folder),
        f"Another nearmiss command{who} is writing to this repository; after {_spell(waited)} it had not finished.",
        "Nothing was changed. Run the command again when it has finished; end it, if it hangs.",
    )


def left_by_ours(journal: Path, owner: Owner) -> LockedError:
    """Return the error for a note of a command of ours of which nobody here can tell whether it is still at work."""
    return LockedError(
        str(journal),
        f"Another nearmiss command ({owner}) began to write to this repository, {age_of(journal)}.",
        "Nothing was changed. This disk cannot tell whether it still runs. "
        f"If it does not, remove {journal}, and run the command again.",
    )


def age_of(path: Path) -> str:
    """Say for how long a file has been there."""
    try:
        seconds = time.time() - path.stat().st_mtime
    except OSError:
        return "gone by now"
    return f"since {_spell(seconds)}" if seconds >= 1 else "since just now" if seconds > -1 else "dated in the future"


def _spell(seconds: float) -> str:
    size, unit = next((entry for entry in _UNITS if seconds >= entry[0]), _UNITS[-1])
    number = int(seconds // size)
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _here() -> str:
    """Return what tells this machine, and this container on it, from others: process numbers mean nothing elsewhere."""
    try:
        space = str((PROCESSES / "self" / "ns" / "pid").readlink())
    except OSError:
        space = ""
    return f"{os.uname().nodename} {space}".strip()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _started(pid: int) -> str:
    """Return when a process began, in the system's own count, or nothing where the system does not tell."""
    return _facts(PROCESSES / str(pid)).get("started", "")


def _facts(process: Path) -> dict[str, str]:
    try:
        told = (process / "stat").read_bytes()
    except OSError:
        return {}
    # The name in parentheses may hold anything, parentheses and spaces too; what is told follows it, by position.
    fields = told.rpartition(b")")[2].split()
    return {"parent": fields[1].decode("ascii"), "started": fields[19].decode("ascii")}


def _holder(lock: Path) -> str:
    """Name the process that has a lock open, else a git at work in the folder; nothing where none can be seen."""
    working = ""
    for process in _others():
        if any(target == str(lock) for target in _open_files(process)):
            return _name(process)
        if not working and _name(process).startswith("git ") and _works_in(process, lock):
            working = _name(process)
    return working


def _left_beside(lock: Path) -> list[Path]:
    """Return the other locks in the same git folder: a git that dies leaves all that it held."""
    git_dir = next((above for above in lock.parents if (above / "HEAD").is_file()), None)
    if git_dir is None:
        return []
    found = {*git_dir.glob("*.lock"), *git_dir.glob("packed-refs.new"), *git_dir.glob("refs/**/*.lock")}
    # Whoever gets as far as another lock holds that of the index itself.
    return sorted(found - {lock, git_dir / "index.lock"})


def _others() -> Iterator[Path]:
    """Yield the processes that are neither this one nor a git that it started to read."""
    try:
        found = [entry for entry in PROCESSES.iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()]
    except OSError:
        return
    yield from (process for process in found if _parent(process) != os.getpid())


def _parent(process: Path) -> int:
    """Return the number of the process that started one, or nothing real where the system does not tell."""
    try:
        return int((process / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return -1


def _open_files(process: Path) -> Iterator[str]:
    try:
        for descriptor in (process / "fd").iterdir():
            yield os.readlink(descriptor)  # noqa: PTH115 - a path would turn pipes and sockets into odd names
    except OSError:
        return


def _name(process: Path) -> str:
    """Return a process as `git commit (process 123)`: its program and first word, and no more of what it was told."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    program = os.fsdecode(words[0]).rpartition("/")[2]
    verb = _verb(words[1:]) if program == "git" else ""
    plain = " ".join(word for word in (program, verb) if word.isprintable() and word)
    return f"{plain} (process {process.name})"


def _verb(words: list[bytes]) -> str:
    """Return the command among the words of a git, or nothing: further words are nobody's business."""
    while words and words[0].startswith(b"-"):
        words = words[2 if words[0] in {b"-C", b"-c"} else 1 :]
    return os.fsdecode(words[0]) if words and words[0].replace(b"-", b"").isalpha() else ""


def _works_in(process: Path, lock: Path) -> bool:
    try:
        folder = Path(os.readlink(process / "cwd"))  # noqa: PTH115 - a folder that is gone has a name of its own kind
    except OSError:
        return False
    git_dir = next((above for above in lock.parents if above.name == ".git"), None)
    return git_dir is not None and folder.is_relative_to(git_dir.parent)
