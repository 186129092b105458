"""Messages between the processes of a crew: plain data through a pipe, each with its length before it."""

from __future__ import annotations

import marshal
import os
from typing import Any

_SIZE = 8
"""Bytes before each message that say how long it is."""


def send(pipe: int, said: Any) -> None:
    """Say something; raises OSError where nobody listens any more."""
    body = marshal.dumps(said)
    rest = memoryview(len(body).to_bytes(_SIZE, "big") + body)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def receive(pipe: int) -> Any:
    """Return the next message, or None where the pipe has ended."""
    size = _exactly(pipe, _SIZE)
    body = _exactly(pipe, int.from_bytes(size, "big")) if size else b""
    return marshal.loads(body) if body else None  # noqa: S302 - the other end is a process of our own


def _exactly(pipe: int, size: int) -> bytes:
    """Read so many bytes; none at all where the pipe ends before."""
    parts: list[bytes] = []
    while size:
        read = os.read(pipe, min(size, 1 << 20))
        if not read:
            return b""
        parts.append(read)
        size -= len(read)
    return b"".join(parts)
