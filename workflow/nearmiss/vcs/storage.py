"""Disk trouble as sentences: what the operating system refuses, said to a person."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from nearmiss.vcs.errors import DiskFullError, GitFailedError, ReadOnlyRepositoryError


@contextmanager
def storing() -> Iterator[None]:
    """Turn what the operating system refuses into an error with its own sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError from None
        if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
            raise ReadOnlyRepositoryError(f"{error.filename or 'the disk'}: {error.strerror}") from None
        raise GitFailedError(command="writing", words=str(error)) from None
