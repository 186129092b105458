"""The body of a request, read whole into memory: bounded in size and in time, and never in a temporary file."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.datastructures import FormData, Headers
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from starlette.types import Message, Receive

PATIENCE = 30.0
"""Seconds that any body may take; a longer one may take as long as the slowest line needs for it."""
SLOWEST = 4096
"""Bytes a second below which a line is one that keeps us waiting on purpose."""
ALL_TOGETHER = 256 * 1024 * 1024
"""Bytes of bodies that are in memory at one time."""
MOST_FIELDS = 2000
LONGEST_FIELD = 512 * 1024


class BodyTooLargeError(NearMissError):
    """A request is larger than what is taken."""

    status = 413

    def __init__(self) -> None:
        super().__init__(
            "This is more than can be taken at one time.",
            hint="Send fewer pictures, or smaller ones. Your text is fine.",
        )


class BodyTooSlowError(NearMissError):
    """A body came so slowly that waiting for it would keep others out."""

    status = 408

    def __init__(self) -> None:
        super().__init__("The connection was too slow.", hint="Send it again, without pictures if need be.")


class TooBusyError(NearMissError):
    """So much is being sent at this moment that no more can be held."""

    status = 503

    def __init__(self) -> None:
        super().__init__("Too much is being sent at the moment.", hint="Send it again in a minute.")


class NoFormError(NearMissError):
    """A body is not what a form sends."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "What was sent is not a form of this page.", hint="Open the page again and send it from there."
        )


class Room:
    """The room for bodies in memory: what all requests of a moment may take together."""

    def __init__(self, size: int = ALL_TOGETHER) -> None:
        self._size = size
        self._taken = 0

    @contextmanager
    def take(self) -> Iterator[Share]:
        """Take a share, which grows as its body comes, until the request is answered."""
        share = Share(self)
        try:
            yield share
        finally:
            self._taken -= share.size

    def grow(self, size: int) -> None:
        """Take more; raises TooBusyError where there is no more."""
        if self._taken + size > self._size:
            raise TooBusyError
        self._taken += size


class Share:
    """What one body takes of the room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.size = 0

    def grow(self, size: int) -> None:
        """Take more; raises TooBusyError."""
        self._room.grow(size)
        self.size += size


async def read_body(receive: Receive, *, most: int, share: Share) -> bytes:
    """Return a whole body; raises BodyTooLargeError, BodyTooSlowError or TooBusyError as soon as it is known."""
    parts: list[bytes] = []
    size = 0
    began = time.monotonic()
    while True:
        left = began + PATIENCE + size / SLOWEST - time.monotonic()
        try:
            message = await asyncio.wait_for(receive(), max(left, 0.001))
        except TimeoutError:
            raise BodyTooSlowError from None
        if message["type"] == "http.disconnect":
            raise BodyTooSlowError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > most:
            raise BodyTooLargeError
        share.grow(len(part))
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a way to receive the same body once more, and then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class _InMemory(MultiPartParser):
    """Keeps the files of a form in memory: on a disk, a temporary file of a reporter would outlive a crash."""

    spool_max_size = 0  # zero means that it never goes over to a file


async def read_form(headers: Headers, body: bytes, *, files: int) -> FormData:
    """Return the fields and files of a form; raises NoFormError."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            parser = _InMemory(headers, stream(), max_files=files, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
            return await parser.parse()
        if kind == "application/x-www-form-urlencoded":
            return await FormParser(headers, stream(), max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD).parse()
    except (MultiPartException, KeyError, ValueError):
        raise NoFormError from None
    if body:
        raise NoFormError
    return FormData()
