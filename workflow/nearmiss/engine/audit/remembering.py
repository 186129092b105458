"""What an audit leaves for the next one: where it came to, what each subject went through, and where commits lie.

It is made of whole histories only, from the founding on. It tells where main stood, so that whoever continues can see
that they stand on it; what any of it is worth is for the vault to say, which gives back nothing but our own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, overload
from zlib import compress, decompress

from nearmiss.engine.audit.plain import (
    blamed_as_plain,
    blamed_of,
    life_as_plain,
    life_of,
    touch_as_plain,
    touch_of,
)
from nearmiss.engine.audit.results import Blamed, Life, Tally, tally_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nearmiss.engine.audit.history import History
    from nearmiss.engine.audit.results import Audited
    from nearmiss.engine.audit.touches import Touch

_SIZE = 8
_LEAST = 1
"""How hard parts are squeezed: an audit that goes on reads and writes all of them, and hardly looks into any."""
_PLACE = 4
"""Bytes of a commit's place: twice its position on main, and one more where it lies on main itself."""


class Subject(NamedTuple):
    """One subject in the list of what was kept: where its part lies, and what is told of it without looking there.

    `again` says that it must be judged again, since something was found: a date that has not come yet may have by then.
    """

    name: str
    path: str
    begin: int
    size: int
    tally: Sequence[int]
    again: bool
    ledgers: Mapping[str, Sequence[Mapping[str, Any]]]


class Part(NamedTuple):
    """What was found of one subject: the whole of it as it is kept, and what is told of it without looking there."""

    name: str
    path: str
    tally: Tally
    ledgers: Mapping[str, Sequence[Mapping[str, Any]]]
    blamed: tuple[Blamed, ...]
    content: bytes

    @property
    def life(self) -> Life:
        """What the subject went through."""
        return life_of(_part_in(self.content)[1])

    def told(self) -> tuple[Any, ...]:
        """Return it as plain data, to be handed to another process."""
        ledgers = {name: list(entries) for name, entries in self.ledgers.items()}
        blamed = [blamed_as_plain(one) for one in self.blamed]
        return self.name, self.path, self.tally.as_plain(), ledgers, blamed, self.content

    @classmethod
    def heard(cls, told: Sequence[Any]) -> Part:
        """Return what another process told."""
        name, path, tally, ledgers, blamed, content = told
        return cls(name, path, Tally.of(tally), ledgers, tuple(blamed_of(one) for one in blamed), content)


def part_of(life: Life, touches: Sequence[Sequence[Any]]) -> Part:
    """Return what was found of a subject, with its touches as plain data, as it is kept.

    Raises TypeError or UnicodeEncodeError where a path is no text.
    """
    content = compress(_written([touches, life_as_plain(life)]), _LEAST)
    return Part(life.subject, life.path, tally_of([life]), life.ledgers, life.blamed, content)


@dataclass(frozen=True, kw_only=True)
class Standpoint:
    """Where an audit came to, and what all subjects share.

    `length` counts main's commits; `versions` are the policy versions as path and blob, in the order of main; `moves`
    say from which position on which one was the newest; `general` are the findings that are of no one subject.
    """

    tip: str
    length: int
    genesis: str
    genesis_at: int
    policy: int
    rules: str
    versions: Sequence[Sequence[str]]
    moves: Sequence[Sequence[int]]
    now: str
    general: Sequence[Sequence[Any]]


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What an audit has left, its parts still as they were kept."""

    at: Standpoint
    subjects: Mapping[str, Subject]
    places: bytes
    parts: bytes

    @cached_property
    def _width(self) -> int:
        return len(self.at.tip) // 2 + _PLACE

    def _place(self, oid: str) -> int | None:
        try:
            wanted = bytes.fromhex(oid)
        except ValueError:
            return None
        width, key = self._width, len(wanted)
        at = bisect_left(
            range(len(self.places) // width), wanted, key=lambda n: self.places[n * width : n * width + key]
        )
        found = self.places[at * width : (at + 1) * width]
        return int.from_bytes(found[key:], "big") if found[:key] == wanted else None

    def position_on_main(self, oid: str) -> int | None:
        """Return the position of a commit that lies on main itself."""
        place = self._place(oid)
        return place >> 1 if place is not None and place & 1 else None

    def position_of(self, oid: str) -> int | None:
        """Return where a commit is, or came in."""
        place = self._place(oid)
        return None if place is None else place >> 1

    def version_at(self, position: int) -> int:
        """Return the newest policy version that main held at a position."""
        return next((number for since, number in reversed(self.at.moves) if since <= position), 0)

    def part(self, name: str) -> bytes:
        """Return what was kept of a subject, as it was kept."""
        subject = self.subjects[name]
        return self.parts[subject.begin : subject.begin + subject.size]

    def touches(self, name: str) -> list[Touch]:
        """Return the touches of a subject."""
        return [touch_of(one) for one in _part_in(self.part(name))[0]]

    def life(self, name: str) -> Life:
        """Return what a subject went through."""
        return life_of(_part_in(self.part(name))[1])

    def with_places(self, more: Iterable[bytes]) -> bytes:
        """Return the places of commits with those of others."""
        width = self._width
        return b"".join(sorted([*(self.places[n : n + width] for n in range(0, len(self.places), width)), *more]))


class Lives(Sequence[Life]):
    """The lives of all subjects in their order; one that is only kept is read when somebody asks for it."""

    def __init__(self, names: Sequence[str], life: Callable[[str], Life]) -> None:
        self._names = names
        self._life = life

    def __len__(self) -> int:
        """Return how many subjects there are."""
        return len(self._names)

    @overload
    def __getitem__(self, place: int) -> Life: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Life]: ...

    def __getitem__(self, place: int | slice) -> Life | Sequence[Life]:
        """Return the life at a place, or those between two."""
        if isinstance(place, slice):
            return Lives(self._names[place], self._life)
        return self._life(self._names[place])


def lives_of(found: Sequence[Life | Part]) -> Sequence[Life]:
    """Return the lives of what was found of some subjects, in the same order."""
    if all(isinstance(one, Life) for one in found):
        return tuple(one for one in found if isinstance(one, Life))
    by_name = {one.name if isinstance(one, Part) else one.subject: one for one in found}

    def life(name: str) -> Life:
        one = by_name[name]
        return one.life if isinstance(one, Part) else one

    return Lives(list(by_name), life)


def tally_of_all(found: Sequence[Life | Part]) -> Tally:
    """Count what is in all that was found."""
    whole = tally_of([one for one in found if isinstance(one, Life)])
    return sum_of([whole.as_plain(), *(one.tally.as_plain() for one in found if isinstance(one, Part))])


def sum_of(tallies: Iterable[Sequence[int]]) -> Tally:
    """Add up tallies that are told as their figures."""
    return Tally.of([sum(figures) for figures in zip(*tallies, strict=True)])


@dataclass(kw_only=True)
class Keeping:
    """What is to be kept, as it grows."""

    at: Standpoint
    places: bytes
    _subjects: list[Subject] = field(default_factory=list)
    _parts: list[bytes] = field(default_factory=list)
    _end: int = 0

    def add(self, life: Life, touches: Sequence[Touch]) -> None:
        """Put in a subject that was judged."""
        self.put(part_of(life, [touch_as_plain(touch) for touch in touches]))

    def put(self, part: Part) -> None:
        """Put in what was found of a subject."""
        subject = Subject(
            name=part.name,
            path=part.path,
            begin=self._end,
            size=len(part.content),
            tally=part.tally.as_plain(),
            again=bool(part.blamed),
            ledgers=part.ledgers,
        )
        self._put(subject, part.content)

    def copy(self, subject: Subject, part: bytes) -> None:
        """Put in a subject as it was kept before."""
        self._put(subject._replace(begin=self._end), part)

    def _put(self, subject: Subject, part: bytes) -> None:
        self._subjects.append(subject)
        self._parts.append(part)
        self._end += len(part)

    def content(self) -> bytes:
        """Return all of it as one text of bytes."""
        head = _written([self.at.__dict__, [list(one) for one in self._subjects]])
        sizes = b"".join(len(part).to_bytes(_SIZE, "big") for part in (head, self.places))
        return b"".join([sizes, head, self.places, *self._parts])


def remembered_in(content: bytes) -> Remembered:
    """Return what was kept."""
    head, places = (int.from_bytes(content[at : at + _SIZE], "big") for at in (0, _SIZE))
    begin = 2 * _SIZE
    standpoint, subjects = _read(content[begin : begin + head])
    found = (Subject(*one) for one in subjects)
    begin += head
    return Remembered(
        at=Standpoint(**standpoint),
        subjects={one.name: one for one in found},
        places=content[begin : begin + places],
        parts=content[begin + places :],
    )


def keep_whole(
    audited: Audited,
    history: History,
    found: Sequence[Life | Part],
    touches: Mapping[str, Sequence[Touch]],
    *,
    versions: Sequence[Sequence[str]],
    general: Iterable[Blamed],
    now: str,
) -> bytes:
    """Return what is to be kept of a whole audit."""
    at = Standpoint(
        tip=audited.tip,
        length=len(history.main),
        genesis=audited.genesis,
        genesis_at=history.positions[audited.genesis],
        policy=audited.policy,
        rules=audited.rules,
        versions=versions,
        moves=_moves(history),
        now=now,
        general=[blamed_as_plain(one) for one in general],
    )
    keeping = Keeping(at=at, places=b"".join(sorted(places_of(history))))
    for one in found:
        if isinstance(one, Part):
            keeping.put(one)
        else:
            keeping.add(one, touches[one.subject])
    return keeping.content()


def places_of(history: History) -> Iterable[bytes]:
    """Yield where each commit of a history lies, by its name."""
    for place, found in ((1, history.main_positions()), (0, history.arrivals.items())):
        for oid, position in found:
            yield bytes.fromhex(oid) + (position << 1 | place).to_bytes(_PLACE, "big")


def _moves(history: History) -> list[list[int]]:
    found: list[list[int]] = []
    for oid, position in history.main_positions():
        number = history.version_at(oid)
        if not found or found[-1][1] != number:
            found.append([position, number])
    return found


def _part_in(content: bytes) -> Any:
    return _read(decompress(content))


def _written(value: Any) -> bytes:
    import orjson

    return orjson.dumps(value)


def _read(raw: bytes) -> Any:
    import orjson

    return orjson.loads(raw)
