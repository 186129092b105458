"""The scrubber: it marks in a text what may tell who somebody is, says why, and leaves it to a person to decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nearmiss.engine.name_forms import forms_of_name
from nearmiss.engine.telling_shapes import SHAPES, SURE_SHAPES, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nearmiss.engine.telling_shapes import Shape
    from nearmiss.models.people import People, Person

__all__ = ["Mark", "Names", "Scrubber", "marks"]


@dataclass(frozen=True, kw_only=True)
class Names:
    """Given names that are common, and what people put before a surname; as written, and as they come in."""

    given: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()

    @cached_property
    def shouted(self) -> frozenset[str]:
        """The given names in capitals, for texts that have no other letters; short ones would be abbreviations."""
        return frozenset(name.upper() for name in self.given if len(name) >= SHORTEST_SHOUTED)


SHORTEST_SHOUTED = 5
BESIDE = 2
NEAR = 25
"""Characters between two words that belong together, and within which a word still says what a name is of."""
NO_NAMES = Names()

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+){0,3}")

PLACES_BEFORE = frozenset({
    "saint", "st", "st.", "ste", "san", "santa", "santo", "são", "lake", "lago", "mount", "mt", "mt.", "fort",
    "ft", "ft.", "port", "point", "cape", "camp", "glacier", "north", "south", "east", "west", "new", "boeing",
    "runway", "rwy", "via", "near",
})  # fmt: skip
"""Words after which a name is most often that of a place: Saint Paul, Lake George, Fort Wayne."""

PLACES_BEHIND = frozenset({
    "county", "creek", "river", "lake", "canyon", "ridge", "valley", "road", "rd", "street", "st", "avenue",
    "ave", "mountain", "mountains", "peak", "forest", "airport", "field", "fire", "park", "island", "islands",
    "national", "ranch", "station", "bay", "beach", "hill", "hills", "springs", "spring", "bridge", "straße",
    "strasse", "platz", "weg", "calle", "plaza", "avenida", "ulica", "airfield", "municipal", "intl",
    "international", "regional", "district", "unit", "blvd", "boulevard", "highway", "lane", "drive", "dr",
    "building", "hall", "hospital", "center", "centre", "college", "school", "university", "complex",
    "wilderness", "reservoir", "dam", "flat", "flats", "gulch", "basin", "arm", "town", "city", "township",
    "village", "intersection", "vor", "ndb", "dme", "arrival", "departure", "sid", "star", "sector", "mt", "mtn",
    "bldg", "arpt", "apch", "atc", "twr",
})  # fmt: skip
"""Words before which a name is most often that of a place: Santa Clara County, the George Fire."""


@dataclass(frozen=True)
class Scrubber:
    """Marks texts; knows the people of a register, and names."""

    people: tuple[Person, ...] = ()
    names: Names = NO_NAMES

    @cached_property
    def addresses(self) -> frozenset[str]:
        """The addresses of the people, in small letters."""
        return frozenset(email.casefold() for person in self.people for email in person.emails)

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, bool]]:
        """What a word in small letters may be of a person's name: why, and whether that is sure."""
        found: dict[str, tuple[str, bool]] = {}
        for person in self.people:
            if person.kind != "person":
                continue
            *given, surname = person.name.split() or [""]
            for name in given:
                found.setdefault(name.casefold(), ("the given name of somebody in people.yaml", False))
            for form in forms_of_name(surname):
                found[form.casefold()] = ("the name of somebody in people.yaml", True)
        return found

    @cached_property
    def handles(self) -> frozenset[str]:
        """The handles of the people that no ordinary word can be: those with a dot, a dash or a digit."""
        return frozenset(person.handle.casefold() for person in self.people if not person.handle.isalpha())

    def marks(self, text: str) -> tuple[Mark, ...]:
        """Return what may tell who somebody is, in the order of the text and without overlaps. Time is linear in it."""
        found = [*self._shaped(text), *self._handles(text), *self._named(text)]
        found.sort(key=lambda mark: (mark.start, not mark.sure, -mark.end))
        kept: list[Mark] = []
        for mark in found:
            if kept and mark.start < kept[-1].end:
                if mark.sure and not kept[-1].sure:
                    kept[-1] = mark
                continue
            kept.append(mark)
        return tuple(kept)

    def sure_marks(self, text: str) -> tuple[Mark, ...]:
        """Return only the marks that are likely to be right; in half the time, since weak shapes are not looked for."""
        found = [*self._shaped(text, SURE_SHAPES), *self._handles(text), *self._named(text)]
        return tuple(sorted((mark for mark in found if mark.sure), key=lambda mark: (mark.start, -mark.end)))

    def _shaped(self, text: str, shapes: Iterable[Shape] = SHAPES) -> Iterator[Mark]:
        for shape in shapes:
            for mark in shape(text):
                if mark.kind == "e-mail" and text[mark.start : mark.end].casefold() in self.addresses:
                    yield Mark(mark.start, mark.end, "e-mail", "an address of people.yaml", sure=True)
                else:
                    yield mark

    def _handles(self, text: str) -> Iterator[Mark]:
        if not self.handles:
            return
        for found in _HANDLE.finditer(text):
            if found.group().casefold() in self.handles:
                yield Mark(*found.span(), "person", "a handle of people.yaml", sure=True)

    def _named(self, text: str) -> Iterator[Mark]:
        words = list(_WORD.finditer(text))
        for place, found in enumerate(words):
            word = found.group()
            if not word[0].isupper():
                if word in self.names.titles and (mark := self._titled(text, words, place)):
                    yield mark
                continue
            known = self._person(word)
            if known:
                yield Mark(*found.span(), "person", known[0], sure=known[1])
            elif self._is_title(text, found):
                if mark := self._titled(text, words, place):
                    yield mark
            elif self._is_given(word) and not _is_of_a_place(text, words, place):
                end = _end_with_surname(text, words, place)
                yield Mark(found.start(), end, "name", f"{word} is a common given name", sure=False)

    def _person(self, word: str) -> tuple[str, bool] | None:
        """Return why a word is of a person's name, also where it owns something: Okafor's, Meyers."""
        low = word.casefold()
        known = self.parts.get(low)
        if known is None and low.endswith(("'s", "’s")):
            known = self.parts.get(low[:-2])
        return known

    def _is_given(self, word: str) -> bool:
        bare = word[:-2] if word.endswith(("'s", "’s", "'S")) else word
        first = bare.partition("-")[0]
        return first in self.names.given or bare in self.names.shouted

    def _is_title(self, text: str, found: re.Match[str]) -> bool:
        word = found.group()
        return word in self.names.titles or (
            f"{word}." in self.names.titles and text[found.end() : found.end() + 1] == "."
        )

    def _titled(self, text: str, words: list[re.Match[str]], place: int) -> Mark | None:
        """Return the mark of a title and the name behind it, if there is one."""
        if place + 1 == len(words):
            return None
        title, following = words[place], words[place + 1]
        between = text[title.end() : following.start()]
        if between not in {" ", ". ", "\u00a0", ".\u00a0"} or not _is_name_like(following.group()):
            return None
        why = f"“{title.group()}” stands before a name"
        return Mark(title.start(), _end_with_surname(text, words, place + 1), "name", why, sure=True)


_HANDLE = re.compile(
    r"(?<![\w@.-])[A-Za-z][A-Za-z0-9]{0,31}(?:[._-][A-Za-z0-9]{1,32}){1,4}(?![\w@])|(?<![\w@])[A-Za-z]+\d[A-Za-z0-9]{0,30}\b"
)


def _is_name_like(word: str) -> bool:
    return word[0].isupper() and len(word) > 1 and (word[1:].islower() or "-" in word or "'" in word or word.isupper())


def _end_with_surname(text: str, words: list[re.Match[str]], place: int) -> int:
    """Return where a name ends: with the next word, where that stands beside it and begins large."""
    found = words[place]
    if place + 1 < len(words) and not found.group().endswith(("'s", "’s")):
        following = words[place + 1]
        beside = text[found.end() : following.start()] in {" ", "\u00a0"}
        if (
            beside
            and _is_name_like(following.group())
            and not (following.group().isupper() and len(following.group()) < SHORTEST_SHOUTED)
        ):
            return following.end()
    return found.end()


def _is_of_a_place(text: str, words: list[re.Match[str]], place: int) -> bool:
    """Say whether a given name is rather part of the name of a place or thing, by the words beside it."""
    found = words[place]
    if place:
        before = words[place - 1]
        if len(text[before.end() : found.start()]) <= BESIDE and before.group().casefold() in PLACES_BEFORE:
            return True
    for following in words[place + 1 : place + 3]:
        between = text[found.end() : following.start()]
        if len(between) > NEAR or any(char in between for char in ".,;:!?\n"):
            return False
        beside = following is words[place + 1]
        if (beside or following.group()[0].isupper()) and following.group().casefold() in PLACES_BEHIND:
            return True
    return False


def marks(text: str, *, people: People | None = None, names: Names = NO_NAMES) -> tuple[Mark, ...]:
    """Return what in a text may tell who somebody is. Whoever marks many texts makes one Scrubber."""
    return Scrubber(people=tuple(_persons(people)), names=names).marks(text)


def _persons(people: People | None) -> Iterable[Person]:
    return people.people if people else ()
