"""What became of a step, kept for the one page that tells it: sentences by a number that nobody can guess."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST_KEPT = 500


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a person is told on the next page, and an address to go on with."""

    sentences: tuple[str, ...]
    link: str = ""
    link_words: str = ""


class Notices:
    """The last notices, each for one person; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, Notice]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, handle: str, notice: Notice) -> str:
        """Keep a notice for a person and return its number."""
        number = secrets.token_urlsafe(9)
        with self._lock:
            self._kept[number] = (handle, notice)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return number

    def find(self, handle: str, number: str) -> Notice | None:
        """Return a notice that is kept for a person, or None."""
        with self._lock:
            whose, notice = self._kept.get(number, ("", None))
        return notice if whose == handle else None
