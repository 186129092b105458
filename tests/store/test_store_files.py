"""Files: replaced in one step or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nearmiss.store.files import (
    ChangedMeanwhileError,
    FileUnreadableError,
    FileUnwritableError,
    read_file,
    replace_file,
)


def names(folder: Path) -> list[str]:
    """Return what a folder holds."""
    return sorted(path.name for path in folder.iterdir())


def test_what_was_written_is_read_with_the_same_digest(tmp_path: Path) -> None:
    """A new file is made with its folders; its digest is the one that reading gives."""
    path = tmp_path / "records" / "2026" / "11" / "a.yaml"
    digest = replace_file(path, b"one\n", read_digest=None)
    assert read_file(path).content == b"one\n"
    assert read_file(path).digest == digest
    assert digest == "sha256:2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~_umask()
    assert names(path.parent) == ["a.yaml"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_file_is_replaced_when_it_is_as_it_was_read(tmp_path: Path) -> None:
    """With the digest that was read, the new content takes the place of the old."""
    path = tmp_path / "a.yaml"
    first = replace_file(path, b"one\n", read_digest=None)
    replace_file(path, b"two\n", read_digest=first)
    assert path.read_bytes() == b"two\n"


@pytest.mark.parametrize("read_digest", [None, "sha256:" + "0" * 64])
def test_a_file_that_changed_is_left_alone(tmp_path: Path, read_digest: str | None) -> None:
    """A file that is not what was read, or is there where none was, is not written over."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"theirs\n")
    with pytest.raises(ChangedMeanwhileError, match=r"a\.yaml was changed since"):
        replace_file(path, b"mine\n", read_digest=read_digest)
    assert path.read_bytes() == b"theirs\n"
    assert names(tmp_path) == ["a.yaml"]


def test_a_file_that_went_away_is_not_made_again(tmp_path: Path) -> None:
    """Who deleted a file meanwhile is not overruled either."""
    with pytest.raises(ChangedMeanwhileError):
        replace_file(tmp_path / "a.yaml", b"mine\n", read_digest="sha256:" + "0" * 64)
    assert names(tmp_path) == []


def test_of_two_writers_at_once_one_is_refused(tmp_path: Path) -> None:
    """Many threads replace what all of them read: exactly one does, the others hear of the change."""
    path = tmp_path / "a.yaml"
    digest = replace_file(path, b"start\n", read_digest=None)
    start = threading.Barrier(8)
    refused: list[int] = []

    def write(number: int) -> None:
        start.wait()
        try:
            replace_file(path, b"%d\n" % number, read_digest=digest)
        except ChangedMeanwhileError:
            refused.append(number)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(refused) == 7
    assert int(path.read_bytes()) not in refused


@pytest.mark.parametrize(
    "number, words",
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "no permission"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_failing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """When new content does not reach the disk, the old file stays, nothing lies beside it; the error says why."""
    path = tmp_path / "a.yaml"
    digest = replace_file(path, b"old\n", read_digest=None)

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileUnwritableError, match=words) as raised:
        replace_file(path, b"new\n", read_digest=digest)
    assert str(path) in raised.value.message
    assert raised.value.hint
    assert path.read_bytes() == b"old\n"
    assert names(tmp_path) == ["a.yaml"]


def test_a_file_limit_leaves_the_old_file(tmp_path: Path) -> None:
    """A real refusal by the system in the middle of writing is one sentence; the old file stays whole."""
    path = tmp_path / "a.yaml"
    digest = replace_file(path, b"old\n", read_digest=None)
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from nearmiss.errors import NearMissError\n"
        "from nearmiss.store.files import replace_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    replace_file(Path(sys.argv[1]), b'x' * 100_000, read_digest=sys.argv[2])\n"
        "except NearMissError as error:\n"
        "    print(error.message)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path, digest], capture_output=True, text=True, check=True)
    assert "cannot be written: the file would be larger than may be" in done.stdout
    assert path.read_bytes() == b"old\n"
    assert names(tmp_path) == ["a.yaml"]


def test_a_killed_writer_leaves_old_or_new_and_the_next_goes_on(tmp_path: Path) -> None:
    """Killed at any moment of many replacements, a writer leaves one whole content, and the next write succeeds."""
    path = tmp_path / "a.yaml"
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nearmiss.store.files import replace_file\n"
        "digest = None\n"
        "for number in range(10**9):\n"
        "    digest = replace_file(Path(sys.argv[1]), b'%d' % (number % 10) * 50_000, read_digest=digest)\n"
    )
    for delay in (0.0, 0.003, 0.01):
        path.unlink(missing_ok=True)
        with subprocess.Popen([sys.executable, "-c", program, path]) as writer:
            while not path.exists():
                time.sleep(0.001)
            time.sleep(delay)
            writer.send_signal(signal.SIGKILL)
        found = read_file(path)
        assert len(found.content) == 50_000
        assert len(set(found.content)) == 1
        replace_file(path, b"next\n", read_digest=found.digest)
        assert names(tmp_path) == ["a.yaml"]


def test_a_disk_without_locks_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network disks know no locks on folders; the look at the digest is then all there is."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    replace_file(tmp_path / "a.yaml", b"one\n", read_digest=None)
    assert (tmp_path / "a.yaml").read_bytes() == b"one\n"


def test_links_are_neither_read_nor_replaced(tmp_path: Path) -> None:
    """A symbolic link is refused for reading and for writing; what it points at is not touched."""
    (tmp_path / "secret").write_bytes(b"secret\n")
    link = tmp_path / "a.yaml"
    link.symlink_to("secret")
    with pytest.raises(FileUnreadableError, match="symbolic link"):
        read_file(link)
    with pytest.raises(FileUnwritableError, match="symbolic link"):
        replace_file(link, b"mine\n", read_digest=None)
    assert link.is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"secret\n"


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A folder, a missing file and a pipe are each one sentence; a pipe is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    for name, words in [("", "folder|regular"), ("missing", "no such file"), ("pipe", "regular file")]:
        with pytest.raises(FileUnreadableError, match=words) as raised:
            read_file(tmp_path / name)
        assert raised.value.path == tmp_path / name


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    """A path that leads through a file is refused with what is in the way."""
    (tmp_path / "records").write_bytes(b"")
    with pytest.raises(FileUnwritableError, match="cannot be written"):
        replace_file(tmp_path / "records" / "a.yaml", b"mine\n", read_digest=None)
