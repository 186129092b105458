"""How much is taken in a minute, of everybody together: nothing is counted by person or by address."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MINUTE = 60.0


class Rates:
    """Buckets by name, each filled anew within a minute; `seconds` is a clock that only goes on."""

    def __init__(self, per_minute: Mapping[str, int], seconds: Callable[[], float] = time.monotonic) -> None:
        self._most = dict(per_minute)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._left = {name: float(most) for name, most in per_minute.items()}
        self._seen = dict.fromkeys(per_minute, seconds())

    def allows(self, name: str) -> bool:
        """Take one from a bucket, and say whether there was one left."""
        with self._lock:
            now, most = self._seconds(), self._most[name]
            filled = self._left[name] + (now - self._seen[name]) * most / MINUTE
            self._seen[name] = now
            self._left[name] = min(float(most), filled)
            if self._left[name] < 1:
                return False
            self._left[name] -= 1
            return True

    def give_back(self, name: str) -> None:
        """Put back what was taken for something that turned out to be as it should.

        It is taken first and put back afterwards, so that at no moment more goes on than the bucket holds. Whoever has
        a right key of their own gains nothing for guessing others: it only puts back what it took itself.
        """
        with self._lock:
            self._left[name] = min(float(self._most[name]), self._left[name] + 1)
