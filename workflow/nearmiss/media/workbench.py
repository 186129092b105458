"""The workbench: a process that makes files anew for another one, bounded in what it may take.

Both speak through a pipe, in turn: a JSON text and the bytes of a file, each with its length before it. What comes back
is never run or unpickled, so that a reader of files that somebody got hold of gets no further than this process.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.cleaning import MediaCleaner

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY = 2 << 30
"""Bytes of memory that the process may ask for: the largest picture that is taken needs some 1 GB of them."""

GRACE = 2
"""Seconds after its time in which the process ends itself, should nobody be left to end it."""

BEHIND = 5
"""By how much what is done here stands behind whatever answers people."""

READY = b"\x01"
"""What the process says once it has imported all that it needs."""

_LENGTHS = struct.Struct(">IQ")


class PipeEndedError(EOFError):
    """The other side of the pipe is gone."""


def write_message(pipe: BinaryIO, told: Mapping[str, Any], content: bytes) -> None:
    """Write a message to a pipe."""
    text = json.dumps(told).encode()
    pipe.write(_LENGTHS.pack(len(text), len(content)))
    pipe.write(text)
    pipe.write(content)
    pipe.flush()


def read_message(pipe: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return the next message from a pipe; raises PipeEndedError."""
    lengths = _LENGTHS.unpack(_read(pipe, _LENGTHS.size))
    text, content = (_read(pipe, length) for length in lengths)
    told: dict[str, Any] = json.loads(text)
    return told, content


def _read(pipe: BinaryIO, length: int) -> bytes:
    read = pipe.read(length)
    if len(read) < length:
        raise PipeEndedError
    return read


def work_at(order: BinaryIO, made: BinaryIO) -> None:
    """Make the files anew that come from one pipe into another, until nobody orders any more."""
    _bind()
    made.write(READY)
    made.flush()
    with suppress(PipeEndedError):
        while True:
            asked, content = read_message(order)
            # Whatever is in the middle of unpacking looks at no clock: the system ends it.
            signal.alarm(int(asked["seconds"]) + GRACE)
            told, clean = answer_to(asked, content)
            signal.alarm(0)
            write_message(made, told, clean)


def answer_to(asked: Mapping[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what is said of a file, and the file made anew; where it cannot be taken, the reason for that."""
    try:
        clean = MediaCleaner().clean(asked["name"], content, largest=asked["largest"], types=asked["types"])
    except UnfitFileError as error:
        return {"reason": error.reason}, b""
    except MemoryError:
        return {"reason": "too-costly"}, b""
    return {"ending": clean.ending, "removed": clean.removed}, clean.content


def _bind() -> None:
    """Give up what this process has no need of: more memory, files of its own, an image of itself where it breaks."""
    import pikepdf  # noqa: F401 - so that the first file waits for no import
    from PIL import Image

    Image.init()
    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    os.nice(BEHIND)
