"""Files below the root of a working tree, reached folder by folder without ever following a link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nearmiss.vcs.errors import UnreadableFileError

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_NOTHING_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ENAMETOOLONG})
LINK = "120000"
FOLDER_ON_DISK = "040000"
NOT_A_FILE = "000000"


class WorkingFiles:
    """Reads and replaces files below a root; a path through a link, `..` or `.git` leads to nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a regular file, or None where there is none."""
        return next((data for _, data in list(self.read_many([path]))), None)

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of regular files, in the order asked for; missing ones are left out."""
        descent = _Descent(self.root)
        try:
            for path in paths:
                above, _, name = encode(path).rpartition(b"/")
                inside = descent.to(above)
                data = _read(path, name, inside) if inside is not None else None
                if data is not None:
                    yield path, data
        finally:
            descent.close()

    def mode(self, path: str) -> str | None:
        """Return git's mode for what is there (`000000` for a pipe or a device), or None where nothing is."""
        above, _, name = encode(path).rpartition(b"/")
        try:
            with self.folder(above) as inside:
                kind = os.stat(name, dir_fd=inside, follow_symlinks=False).st_mode
        except (OSError, ValueError):
            return None
        if stat.S_ISLNK(kind):
            return LINK
        if stat.S_ISREG(kind):
            return "100755" if kind & stat.S_IXUSR else "100644"
        return FOLDER_ON_DISK if stat.S_ISDIR(kind) else NOT_A_FILE

    def stamp(self, path: str) -> tuple[int, ...] | None:
        """Return what changes whenever a file is saved, as the system counts it, or None where there is nothing."""
        above, _, name = encode(path).rpartition(b"/")
        try:
            with self.folder(above) as inside:
                facts = os.stat(name, dir_fd=inside, follow_symlinks=False)
        except (OSError, ValueError):
            return None
        return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns

    def is_reachable(self, path: str) -> bool:
        """Say whether all folders above a path are real ones, or not there yet."""
        at = self.root
        for name in path.split("/")[:-1]:
            at = at / name
            try:
                kind = os.lstat(at).st_mode
            except FileNotFoundError:
                return True
            if not stat.S_ISDIR(kind):
                return False
        return True

    def replace(self, path: str, prepared: Path) -> None:
        """Put a prepared file in place, in one step; the folders on the way are made."""
        above, _, name = encode(path).rpartition(b"/")
        self._make_folders(above)
        with self.folder(above) as inside:
            try:
                os.rename(prepared, name, dst_dir_fd=inside)
            except OSError as error:
                # Git's folder may be on another disk than the working tree.
                if error.errno != errno.EXDEV:
                    raise
                self._copy(prepared, name, inside)

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that become empty with it."""
        above, _, name = encode(path).rpartition(b"/")
        with suppress(FileNotFoundError), self.folder(above) as inside:
            os.unlink(name, dir_fd=inside)
        while above:
            parent, _, name = above.rpartition(b"/")
            try:
                with self.folder(parent) as inside:
                    os.rmdir(name, dir_fd=inside)
            except OSError:
                return
            above = parent

    @contextmanager
    def folder(self, path: bytes) -> Iterator[int]:
        """Open a folder below the root and give its descriptor; raises OSError, also where a link is on the way."""
        descriptor = self._open(path)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _open(self, path: bytes) -> int:
        at = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for name in path.split(b"/") if path else ():
            try:
                below = os.open(_inside(name), _FOLDER, dir_fd=at)
            finally:
                os.close(at)
            at = below
        return at

    def _make_folders(self, path: bytes) -> None:
        done = b""
        for name in path.split(b"/") if path else ():
            with self.folder(done) as inside, suppress(FileExistsError):
                os.mkdir(_inside(name), dir_fd=inside)
            done = done + b"/" + name if done else name

    def _copy(self, prepared: Path, name: bytes, inside: int) -> None:
        beside = b".nearmiss-" + name
        mode = stat.S_IMODE(prepared.stat().st_mode)
        with os.fdopen(os.open(beside, _WRITE, mode, dir_fd=inside), "wb") as file:
            file.write(prepared.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        os.rename(beside, name, src_dir_fd=inside, dst_dir_fd=inside)
        prepared.unlink()


class _Descent:
    """The folders between a root and the files that are being read, each of them open.

    Paths come sorted as a rule: most of the way to the next file is the way to the last one.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._at: bytes | None = None
        self._names: list[bytes] = []
        self._opened: list[int] = []

    def to(self, above: bytes) -> int | None:
        """Return the descriptor of a folder below the root; None where there is none, or a link is on the way."""
        if above == self._at:
            return self._opened[-1]
        try:
            self._go(above.split(b"/") if above else [])
        except ValueError:
            return None
        except OSError as error:
            _require_nothing_there(error, above.decode("utf-8", "backslashreplace"))
            return None
        self._at = above
        return self._opened[-1]

    def _go(self, names: list[bytes]) -> None:
        self._at = None
        if not self._opened:
            self._opened.append(os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        same = 0
        for name, there in zip(names, self._names, strict=False):
            if name != there:
                break
            same += 1
        self._leave(same)
        for name in names[same:]:
            self._opened.append(os.open(_inside(name), _FOLDER, dir_fd=self._opened[-1]))
            self._names.append(name)

    def _leave(self, depth: int) -> None:
        """Close all but the root and so many folders below it."""
        while len(self._names) > depth:
            self._names.pop()
            os.close(self._opened.pop())

    def close(self) -> None:
        """Close them all."""
        self._leave(0)
        for descriptor in self._opened:
            os.close(descriptor)


def write_new(place: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file over whatever is there."""
    with os.fdopen(os.open(place, _WRITE, mode), "wb") as file:
        file.write(data)


def write_durably(place: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write a file over whatever is there, and see it on the disk before returning."""
    with os.fdopen(os.open(place, _WRITE, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def wait_for(place: Path) -> None:
    """See what is written of a file on the disk before returning."""
    descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def encode(path: str) -> bytes:
    """Return a path as the bytes that it has in git and on the disk."""
    return path.encode("utf-8", "surrogateescape")


def _read(path: str, name: bytes, inside: int) -> bytes | None:
    try:
        descriptor = os.open(_inside(name), _READ, dir_fd=inside)
    except ValueError:
        return None
    except OSError as error:
        _require_nothing_there(error, path)
        return None
    try:
        facts = os.fstat(descriptor)
        return _all_of(descriptor, facts.st_size) if stat.S_ISREG(facts.st_mode) else None
    finally:
        os.close(descriptor)


def _all_of(descriptor: int, size: int) -> bytes:
    # The extra byte tells the end of the file without another call, unless the file grew meanwhile.
    data = os.read(descriptor, size + 1)
    if len(data) == size:
        return data
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return data + file.read()


def _require_nothing_there(error: OSError, path: str) -> None:
    """Raise UnreadableFileError unless the failure means that no regular file is there: unread is not absent."""
    if error.errno not in _NOTHING_THERE:
        raise UnreadableFileError(path, reason=error.strerror or "no reason given") from None


def _inside(name: bytes) -> bytes:
    """Return a name that leads into a folder, not out of it; raises ValueError, as a NUL in it does."""
    if name in {b"", b".", b".."} or name.lower() == b".git":
        raise ValueError(name)
    return name
