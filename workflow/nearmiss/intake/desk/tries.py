"""How often somebody may try to sign in: counted for all together and for each account, never by address."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import deque
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD = 300.0
"""Seconds over which tries are counted."""
MOST_OF_ALL = 100
MOST_OF_ONE = 8
PLACES = 1024
AT_ONCE = 2
"""Passwords that are tried at one time: each takes 32 MiB."""


class TooManyTriesError(NearMissError):
    """Passwords were tried too often; which of them was right is not looked at any more."""

    def __init__(self) -> None:
        super().__init__("There were too many tries to sign in.", hint="Wait five minutes, then try again.")


class Tries:
    """Counts tries by name and in all, over the last five minutes.

    A name has one of a fixed number of places, by a digest with a secret of this process: names that nobody has take no
    room, and are counted as others are. `seconds` is a clock that only goes on.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._secret = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._all: deque[float] = deque(maxlen=MOST_OF_ALL)
        self._by_place: dict[int, deque[float]] = {}
        self.turn = threading.BoundedSemaphore(AT_ONCE)
        """Whoever tries a password waits for their turn."""

    def count(self, name: str) -> None:
        """Count one try; raises TooManyTriesError where there were too many."""
        now = self._seconds()
        with self._lock:
            mine = self._by_place.setdefault(self._place_of(name), deque(maxlen=MOST_OF_ONE))
            if any(_is_full(tries, now) for tries in (self._all, mine)):
                raise TooManyTriesError
            self._all.append(now)
            mine.append(now)

    def forget(self, name: str) -> None:
        """Count a name anew, once its password was right."""
        with self._lock:
            self._by_place.pop(self._place_of(name), None)

    def _place_of(self, name: str) -> int:
        spelt = name.casefold().encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(spelt, key=self._secret, digest_size=4).digest(), "big") % PLACES


def _is_full(tries: deque[float], now: float) -> bool:
    return len(tries) == tries.maxlen and now - tries[0] < PERIOD
