"""Time and chance, as ports: neither is asked for where it is not handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """The time, as a port: injected in process, set by no flag or variable."""

    def now(self) -> datetime:
        """Return the present instant, aware, in the person's own time zone."""
        ...


class Chance(Protocol):
    """Randomness, as a port."""

    def pick(self, alphabet: str, length: int) -> str:
        """Return so many characters of the alphabet, chosen independently and evenly."""
        ...
