"""How often somebody may try to sign in: counted for all together and for each account, never by address."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD = 300.0
"""Seconds over which tries are counted."""
MOST_OF_ALL = 100
MOST_OF_ONE = 8
AT_ONCE = 2
"""Passwords that are tried at one time: each takes 32 MiB."""


class TooManyTriesError(NearMissError):
    """Passwords were tried too often; which of them was right is not looked at any more."""

    def __init__(self) -> None:
        super().__init__("There were too many tries to sign in.", hint="Wait five minutes, then try again.")


class Tries:
    """Counts tries by name and in all, over the last five minutes.

    Only the tries that count are kept, each with a digest of its name: names that nobody has take no more room than
    that, and are counted as others are. `seconds` is a clock that only goes on.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._tries: deque[_Try] = deque(maxlen=MOST_OF_ALL)
        self.turn = threading.BoundedSemaphore(AT_ONCE)
        """Whoever tries a password waits for their turn."""

    def count(self, name: str) -> None:
        """Count one try; raises TooManyTriesError where there were too many."""
        now, whose = self._seconds(), _digest(name)
        with self._lock:
            while self._tries and now - self._tries[0].at >= PERIOD:
                self._tries.popleft()
            of_one = sum(each.whose == whose for each in self._tries)
            if len(self._tries) == MOST_OF_ALL or of_one >= MOST_OF_ONE:
                raise TooManyTriesError
            self._tries.append(_Try(now, whose))

    def forget(self, name: str) -> None:
        """Count a name anew, once its password was right; in all, its tries still count."""
        whose = _digest(name)
        with self._lock:
            for each in self._tries:
                if each.whose == whose:
                    each.whose = None


@dataclass
class _Try:
    at: float
    whose: bytes | None


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.casefold().encode("utf-8", "surrogatepass")).digest()
