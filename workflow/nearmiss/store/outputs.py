"""Outputs: files and folders made for a person, there as a whole or not at all, and never over what they have."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Literal

from nearmiss.errors import NearMissError
from nearmiss.store.files import FileUnwritableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

Existing = Literal["refuse", "replace"]
"""What is done where there is something of that name already."""


class OutputExistsError(NearMissError):
    """There is something of that name, and nobody said that it may go."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already.", hint="Choose another name, or replace it with --force.")
        self.path = path


class OutputInTheWayError(NearMissError):
    """What is in the place of the output is no output of ours, so it is never replaced."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is not replaced: it is {what}.", hint="Choose another name.")
        self.path = path


class OutputBusyError(NearMissError):
    """Another process is writing the same output."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is being written by another program.", hint="Wait for it, or choose another name.")
        self.path = path


@contextmanager
def new_file(path: Path, *, existing: Existing) -> Iterator[BinaryIO]:
    """Open a file that takes its name only when all is written and on the disk; on any error nothing is left of it.

    A link is followed. Raises OutputExistsError, OutputInTheWayError (a folder, a device), OutputBusyError and
    FileUnwritableError.
    """
    place = path.resolve()
    require_room(place, existing)
    beside = place.with_name(f".{place.name}.unsaved")
    try:
        with _own(beside) as stream:
            try:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
                # Looked at again, since a long export leaves time for somebody else to take the name.
                require_room(place, existing)
                beside.replace(place)
            except BaseException:
                with suppress(OSError):
                    beside.unlink()
                raise
    except OSError as error:
        raise FileUnwritableError(path, error) from error


def write_output(path: Path, content: bytes) -> None:
    """Put content in the place of whatever an earlier run wrote there; into a pipe or a device, it is written as it is.

    Raises OutputInTheWayError (a folder), OutputBusyError and FileUnwritableError.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        try:
            path.write_bytes(content)
        except OSError as error:
            raise FileUnwritableError(path, error) from error
        return
    with new_file(path, existing="replace") as stream:
        stream.write(content)


@contextmanager
def _own(beside: Path) -> Iterator[BinaryIO]:
    """Open the file in which the output grows: of a fixed name, so that what a killed process left never piles up."""
    import fcntl  # looking works where there is no fcntl

    beside.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with open(descriptor, "w+b") as stream:  # noqa: PTH123 - it is open already
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OutputBusyError(beside) from error
        stream.truncate(0)
        yield stream


def require_room(place: Path, existing: Existing) -> None:
    """Refuse where no file may take a name; what takes long asks before it begins."""
    if place.is_dir():
        raise OutputInTheWayError(place, "a folder")
    if place.exists() and not place.is_file():
        raise OutputInTheWayError(place, "no ordinary file")
    if place.exists() and existing == "refuse":
        raise OutputExistsError(place)


@contextmanager
def new_folder(path: Path, *, existing: Existing, ours: Collection[str]) -> Iterator[Path]:
    """Give a folder to fill that takes its name only when it is whole; on any error nothing is left of it.

    `ours` are the names of the files that an earlier one may hold: a folder that holds anything else is never replaced.
    Raises OutputExistsError, OutputInTheWayError and FileUnwritableError.
    """
    place = path.resolve()
    if not place.name:
        raise OutputInTheWayError(place, "the top of the disk")
    beside, aside = (place.with_name(f".{place.name}.{end}") for end in ("unsaved", "replaced"))
    try:
        if aside.is_dir() and not place.exists():
            aside.rename(place)  # a process that was killed between two renames left it there
        _require_room_for_folder(place, existing, ours)
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        try:
            yield beside
            _sync(beside)
            _require_room_for_folder(place, existing, ours)
            _swap(beside, place, aside)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise FileUnwritableError(path, error) from error


def _require_room_for_folder(place: Path, existing: Existing, ours: Collection[str]) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise OutputInTheWayError(place, "a file and no folder")
    inside = {entry.name for entry in place.iterdir()}
    if inside and existing == "refuse":
        raise OutputExistsError(place)
    if inside.difference(ours):
        raise OutputInTheWayError(place, "a folder with other files than those of an export")


def _sync(folder: Path) -> None:
    for entry in folder.iterdir():
        with entry.open("rb") as stream:
            os.fsync(stream.fileno())


def _swap(beside: Path, place: Path, aside: Path) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.rename(aside)
    beside.rename(place)
    shutil.rmtree(aside, ignore_errors=True)
