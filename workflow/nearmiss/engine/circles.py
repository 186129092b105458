"""Circles of things, which Python looks for again and again among all that was made: left alone for a while."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Look for no circles meanwhile: where a million things are made that all stay, looking takes long and finds none.

    What lies in no circle goes as ever, as soon as nothing refers to it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            _count_as_old()
            gc.enable()


def _count_as_old() -> None:
    """Let what is here count as what has stayed for long, so that not all of it is looked through at once."""
    is_all_watched = gc.get_freeze_count() == 0
    gc.freeze()
    if is_all_watched:
        gc.unfreeze()


def look_past_what_is_here() -> None:
    """Look for circles only among what is made from now on: for whoever holds much that stays, and goes on making."""
    gc.freeze()


def look_at_everything() -> None:
    """Look for circles among everything again."""
    gc.unfreeze()


def let_go() -> None:
    """Let go of the circles among what was made of late and is done with, without waiting until there are many."""
    gc.collect(1)
