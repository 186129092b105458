"""Circles of things: left alone for a while, and found again afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from nearmiss.engine.circles import nothing_collected

MANY = 20_000


class _Thing:
    """Something that may refer to itself."""

    def __init__(self) -> None:
        self.itself: _Thing | None = None


@pytest.fixture(autouse=True)
def _as_python_begins() -> Iterator[None]:
    """Look for circles as often as a new process does, and only as long as the test takes."""
    threshold = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*threshold)


def test_what_was_made_meanwhile_is_not_looked_through_as_soon_as_that_is_over() -> None:
    """A million things that stay need not be looked through once more when they are all made."""
    looked: list[int] = []

    def note(phase: str, facts: dict[str, int]) -> None:
        if phase == "start":
            looked.append(facts["generation"])

    with nothing_collected():
        many = [_Thing() for _ in range(MANY)]
        assert gc.get_count()[0] > MANY
        gc.callbacks.append(note)
    try:
        few = [_Thing() for _ in range(100)]
        assert not looked
        assert gc.get_count()[0] < MANY
    finally:
        gc.callbacks.remove(note)
    assert len(many) + len(few) == MANY + 100


def test_a_circle_that_was_made_meanwhile_is_found_later() -> None:
    """What counts as old is still looked through, when everything is."""
    with nothing_collected():
        thing = _Thing()
        thing.itself = thing
        there = weakref.ref(thing)
        del thing
    assert there() is not None
    gc.collect()
    assert there() is None


def test_what_was_set_aside_before_stays_so() -> None:
    """Whoever set things aside for good meant it."""
    gc.freeze()
    aside = gc.get_freeze_count()
    with nothing_collected():
        made = [_Thing()]
    assert gc.get_freeze_count() >= aside
    assert made
    gc.unfreeze()


def test_whoever_had_it_off_finds_it_off() -> None:
    """It gives back what it found."""
    gc.disable()
    try:
        with nothing_collected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
