"""Points at which a command is stopped: all of them, or a spread in which every sort of call is met once."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.crashes.shim import (
    CHANGES,
    CREATES,
    CUT_POWER,
    FAIL_FROM,
    FAIL_ONCE,
    KILL_GROUP,
    KILL_ONE,
    KILL_TORN,
    SYNCS,
    TORN,
    WRITES,
    Call,
)


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to stop a command at a call: killed, or refused by the disk from there on or once."""

    name: str
    mode: int
    number: int = 0
    refused: int = 0

    @property
    def kills(self) -> bool:
        """Whether the command dies of it, rather than being told."""
        return self.number == 0


KILLED = Way(name="killed", mode=KILL_GROUP)
CUT_OFF = Way(name="cut-off", mode=CUT_POWER)
TORN_APART = Way(name="torn", mode=KILL_TORN)
ONE_KILLED = Way(name="one-killed", mode=KILL_ONE)
FULL = Way(name="full", mode=FAIL_FROM, number=errno.ENOSPC, refused=WRITES | CREATES)
QUOTA = Way(name="quota", mode=FAIL_FROM, number=errno.EDQUOT, refused=WRITES | CREATES)
READ_ONLY = Way(name="read-only", mode=FAIL_FROM, number=errno.EROFS, refused=WRITES | CREATES | CHANGES)
FORBIDDEN = Way(name="forbidden", mode=FAIL_FROM, number=errno.EACCES, refused=CREATES | CHANGES)
BROKEN = Way(name="broken", mode=FAIL_ONCE, number=errno.EIO, refused=WRITES | SYNCS)
WAYS = (KILLED, CUT_OFF, TORN_APART, ONE_KILLED, FULL, QUOTA, READ_ONLY, FORBIDDEN, BROKEN)

_FAILING = {
    WRITES: TORN | {"ftruncate"},
    CREATES: {"open-create", "open-empty", "fopen", "rename", "link", "symlink", "mkdir"},
    CHANGES: {"rename", "unlink", "rmdir", "open"},
    SYNCS: {"fsync", "fdatasync", "sync_file_range", "sync"},
}


WITHOUT_TRACE = _FAILING[SYNCS] | {"execve"}
"""Calls that change nothing on the disk: killed before them is killed before the next one."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One way to stop a command, at one of its calls (counted from 1)."""

    way: Way
    at: int
    call: Call

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.way.name} at {self.at}: {self.call.name} {self.call.path}"


def every(calls: Sequence[Call], ways: Sequence[Way] = WAYS) -> Iterator[Point]:
    """Yield every point of a command; what cannot differ from the next one is left out."""
    for at, call in enumerate(calls, 1):
        for way in ways:
            if _makes_sense(way, call) or (way in {KILLED, CUT_OFF} and at == len(calls)):
                yield Point(way=way, at=at, call=call)


def spread(calls: Sequence[Call], ways: Sequence[Way] = WAYS) -> Iterator[Point]:
    """Yield points so that each sort of call is met once in each way, before a branch moved and after it."""
    seen = set()
    moved = [at for at, call in enumerate(calls, 1) if call.name == "rename" and call.path.startswith(".git/refs/")]
    for point in every(calls, ways):
        sort = (point.way, point.call.kind, bool(moved) and point.at > moved[0])
        if sort not in seen:
            seen.add(sort)
            yield point


def telling_first(calls: Sequence[Call], ways: Sequence[Way] = WAYS) -> Iterator[Point]:
    """Yield every point of a command, those of the spread before all others: whoever has little time sees most so."""
    first = dict.fromkeys(spread(calls, ways))
    yield from first
    yield from (point for point in every(calls, ways) if point not in first)


DECISIVE = frozenset(
    {
        ("rename", ".git/nearmiss/checkout/journal.json"),
        ("link", ".git/index.lock"),
        ("rename", ".git/refs/heads/main"),
        ("rename", ".git/index"),
        ("unlink", ".git/nearmiss/checkout/journal.json"),
    }
)
"""Calls at which one side becomes the other, or one's traces begin or end: every command is killed at them."""

LAST = ("unlink", ".git/nearmiss/checkout/journal.json")
"""The call at which all is written: with the power cut here, most that nobody waited for is lost."""

ROUNDS = 96
"""Commands that share the other sorts of calls between them."""


def sample(calls: Sequence[Call], ways: Sequence[Way], *, turn: int) -> Iterator[Point]:
    """Yield the first kill, the decisive points, and the share of the spread that falls to a command by its turn."""
    killed = False
    for point in spread(calls, ways):
        lot = zlib.crc32(f"{point.way.name} {point.call.kind}".encode())
        decisive = point.way is KILLED and (point.call.kind in DECISIVE or not killed)
        decisive = decisive or (point.way is CUT_OFF and point.call.kind == LAST)
        killed = killed or point.way is KILLED
        if decisive or (lot + turn) % ROUNDS == 0:
            yield point


def _makes_sense(way: Way, call: Call) -> bool:
    if way in {KILLED, CUT_OFF}:
        return call.name not in WITHOUT_TRACE
    if way is TORN_APART:
        return call.name in TORN
    if way is ONE_KILLED:
        return True
    return any(way.refused & kind and call.name in names for kind, names in _FAILING.items())
