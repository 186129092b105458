"""How long an act may take, told so that neither a busy nor a slow machine makes a test fail that should pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Brought = TypeVar("Brought")

KNOWN_WORK = 0.05
"""Seconds of the processor that the known work takes where the bounds in the tests were set."""

TRIES = 3


def soon(seconds: float, act: Callable[[], Brought]) -> Brought:
    """Return what an act brings, and see that it takes less of the processor's time than that.

    The bound is one for the machine on which it was set: it grows as known work takes longer here and now. An act that
    takes too long is tried again, since a process now and then pays for what others left to it, such as its garbage.
    """
    for _ in range(TRIES):
        started = time.process_time()
        brought = act()
        took = time.process_time() - started
        if took < seconds:
            return brought
        slowness = max(1.0, _known_work() / KNOWN_WORK)
        if took < seconds * slowness:
            return brought
    raise AssertionError(f"{took:.2f} s, where {seconds * slowness:.2f} s are allowed here and now")


def _known_work() -> float:
    started = time.process_time()
    words: dict[str, int] = {}
    for number in range(200_000):
        words[f"k{number % 1000}"] = number
    return time.process_time() - started
