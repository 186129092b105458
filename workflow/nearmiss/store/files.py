"""Files of ours: read with their digest, replaced in one step, never over what changed since."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Make room on the disk, then do it again."),
    errno.EDQUOT: ("your share of the disk is full", "Make room on the disk, then do it again."),
    errno.EFBIG: ("the file would be larger than may be", "Raise the limit (ulimit -f), then do it again."),
    errno.EROFS: ("the disk is read-only", "Work in a copy of the repository on a disk that can be written."),
    errno.EACCES: ("you have no permission", "Ask the owner of the folder for the permission."),
    errno.EPERM: ("it is not permitted", "Ask the owner of the folder for the permission."),
    errno.ENOENT: ("there is no such file", "Look at the path, and whether the file was moved."),
    errno.ENOTDIR: ("a part of its path is a file, not a folder", "Move the file that is in the way."),
    errno.EISDIR: ("it is a folder", "Move the folder that is in the way."),
    errno.ELOOP: ("it is a symbolic link", "Put the file itself in the place of the link."),
}
_OTHERWISE = "Look at the disk and the permissions, then do it again."


class FileUnreadableError(NearMissError):
    """A file cannot be read: its path and why."""

    def __init__(self, path: Path, error: OSError) -> None:
        reason, hint = _explain(error)
        super().__init__(f"{path} cannot be read: {reason}", hint=hint)
        self.path = path


class FileUnwritableError(NearMissError):
    """A file cannot be written: its path and why. What was there before is still there."""

    def __init__(self, path: Path, error: OSError) -> None:
        reason, hint = _explain(error)
        super().__init__(f"{path} cannot be written: {reason}", hint=hint)
        self.path = path


class ChangedMeanwhileError(NearMissError):
    """A file is not any more what it was when it was read; writing would undo what somebody else did."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was changed since it was read; nothing was written",
            hint="Look at what changed there, then do it again",
        )
        self.path = path


@dataclass(frozen=True, kw_only=True)
class FileContent:
    """The bytes of a file and their digest, by which a later write knows that nothing came between."""

    content: bytes
    digest: str


def digest_of(content: bytes) -> str:
    """Return the digest of a file's bytes, as `sha256:` and 64 hexadecimal digits."""
    return "sha256:" + sha256(content).hexdigest()


def read_file(path: Path) -> FileContent:
    """Read a regular file; raises FileUnreadableError, for a symbolic link, a folder or a device too."""
    try:
        content = _read(path)
    except OSError as error:
        raise FileUnreadableError(path, error) from error
    return FileContent(content=content, digest=digest_of(content))


def replace_file(path: Path, content: bytes, *, read_digest: str | None, aside: Path | None = None) -> str:
    """Put content in the place of the file that was read as `read_digest`, in one step; return the new digest.

    None says that there was no file; missing folders are made. Before or after, never between: the content goes to a
    file of another name, to the disk, and then takes the name. That file lies in the folder `aside`, or beside the one
    to be replaced; a process that is killed leaves it there. Raises ChangedMeanwhileError or FileUnwritableError; the
    old file then stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent) as folder:
            if _digest_at(path) != read_digest:
                raise ChangedMeanwhileError(path)
            _write_and_rename(path, content, aside)
            os.fsync(folder)
    except OSError as error:
        raise FileUnwritableError(path, error) from error
    return digest_of(content)


def _explain(error: OSError) -> tuple[str, str]:
    return _REASONS.get(error.errno or 0, (error.strerror or str(error), _OTHERWISE))


def _read(path: Path) -> bytes:
    # Not through links, and without waiting for a pipe that nobody writes.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - it is open already
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return stream.read()


def _digest_at(path: Path) -> str | None:
    try:
        return digest_of(_read(path))
    except FileNotFoundError:
        return None


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Open a folder, holding off others of ours between the look at a file and its renaming."""
    from fcntl import LOCK_EX, flock  # reading works where there is no fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Network disks may know no locks on folders; there the look at the digest has to do.
        with suppress(OSError):
            flock(descriptor, LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write_and_rename(path: Path, content: bytes, aside: Path | None) -> None:
    # One fixed name, so that what a killed process left is written over by the next and never piles up.
    beside = path.with_name(f".{path.name}.unsaved")
    if aside is None:
        _by_way_of(beside, path, content)
        return
    aside.mkdir(parents=True, exist_ok=True)
    try:
        _by_way_of(aside / path.name, path, content)
    except OSError as error:
        # Git's folder may be on another disk than the working tree.
        if error.errno != errno.EXDEV:
            raise
        _by_way_of(beside, path, content)
    with suppress(OSError):
        aside.rmdir()


def _by_way_of(other: Path, path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(other, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - it is open already
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        other.replace(path)
    except BaseException:
        with suppress(OSError):
            other.unlink()
        raise
