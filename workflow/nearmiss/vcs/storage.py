"""Disk trouble as sentences: what the operating system refuses, said to a person."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from nearmiss.errors import NearMissError
from nearmiss.vcs.errors import DiskFailedError, DiskFullError, ReadOnlyRepositoryError


@contextmanager
def storing() -> Iterator[None]:
    """Turn what the operating system refuses into an error with its own sentence."""
    try:
        yield
    except OSError as error:
        raise refusal(error) from None


def refusal(error: OSError) -> NearMissError:
    """Return what the operating system refused as an error with its own sentence."""
    place = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    reason = error.strerror or "no reason given"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFullError(place)
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return ReadOnlyRepositoryError(f"{place or 'the disk'}: {reason}")
    return DiskFailedError(place or "writing", reason=reason)
