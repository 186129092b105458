"""The names that come with the program, read once for the scrubber."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from nearmiss.engine.scrubbing import Names, Scrubber
from nearmiss.shipped import shipped

if TYPE_CHECKING:
    from nearmiss.models.people import People


@cache
def read_names() -> Names:
    """Return the common given names and titles of all languages that the program comes with."""
    words: dict[str, set[str]] = {"given": set(), "titles": set()}
    for path in sorted(shipped("templates", "intake", "names").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            kind, colon, listed = line.partition(":")
            if colon and kind in words:
                words[kind].update(listed.split())
    return Names(given=frozenset(words["given"]), titles=frozenset(words["titles"]))


def scrubber_of(people: People | None) -> Scrubber:
    """Return what marks texts, with the people of a register and the names that come with the program."""
    return Scrubber(people=tuple(people.people) if people else (), names=read_names())
