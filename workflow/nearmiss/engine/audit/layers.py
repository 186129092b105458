"""What an audit leaves for the next one: where it came to, what each subject went through, and where commits lie.

It is made of whole histories only, from the founding on. It tells where main stood, so that whoever continues can see
that they stand on it; what any of it is worth is for the vault to say, which gives back nothing but our own. All of it
is one layer; what later audits found lies in a second one above it, until that is worth putting both together.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.plain import blamed_as_plain, life_of, touch_as_plain, touch_of
from nearmiss.engine.audit.remembering import Part, opened, part_of, read, written
from nearmiss.models.ids import POLICY_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.audit.history import History
    from nearmiss.engine.audit.results import Audited, Blamed, Life
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.engine.vault import Vault

    Ledgers = Mapping[str, Sequence[Mapping[str, Any]]]

_SIZE = 8
_PLACE = 4
"""Bytes of a commit's place: twice its position on main, and one more where it lies on main itself."""

_SHARE = 4
"""The upper layer is a part of this many of the lower one, at most: it is written anew each time, the other is not."""


@dataclass(frozen=True, kw_only=True)
class Standpoint:
    """Where an audit came to, and what is told of all subjects without looking into any.

    `length` counts main's commits; `versions` are the policy versions as path and blob, in the order of main; `moves`
    say from which position on which one was the newest; `general` are the findings that are of no one subject.
    `again` are the subjects that must be judged again, since something was found: a date that has not come yet may
    have by then.
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
    tally: Sequence[int]
    again: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Some subjects as they were kept, in their order, and where some commits lie.

    `told` are the ledgers of those that have entries in any.
    """

    names: Sequence[str]
    sizes: Sequence[int]
    told: Mapping[str, Ledgers]
    places: bytes
    parts: bytes | memoryview

    @cached_property
    def _ends(self) -> Sequence[int]:
        return list(accumulate(self.sizes))

    @cached_property
    def _at(self) -> Mapping[str, int]:
        return {name: at for at, name in enumerate(self.names)}

    def __contains__(self, name: str) -> bool:
        """Say whether a subject is in this layer."""
        return name in self._at

    def part(self, name: str) -> bytes | memoryview:
        """Return what was kept of a subject, as it was kept."""
        at = self._at[name]
        return self.parts[self._ends[at] - self.sizes[at] : self._ends[at]]

    def place(self, wanted: bytes) -> int | None:
        """Return the place of a commit, if it is among those of this layer."""
        key = len(wanted)
        width = key + _PLACE
        at = bisect_left(
            range(len(self.places) // width), wanted, key=lambda n: self.places[n * width : n * width + key]
        )
        found = self.places[at * width : (at + 1) * width]
        return int.from_bytes(found[key:], "big") if found[:key] == wanted else None


_NOTHING = Layer(names=(), sizes=(), told={}, places=b"", parts=b"")


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """What audits have left, its parts still as they were kept."""

    at: Standpoint
    lower: Layer
    upper: Layer

    def _place(self, oid: str) -> int | None:
        if len(oid) != len(self.at.tip):
            return None
        wanted = bytes.fromhex(oid)
        place = self.upper.place(wanted)
        return self.lower.place(wanted) if place is None else place

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

    @cached_property
    def names(self) -> Sequence[str]:
        """The subjects in their order: the policy, and the records by their ids."""
        return in_order(chain(self.lower.names, self.upper.names))

    def __contains__(self, name: str) -> bool:
        """Say whether a subject was kept."""
        return name in self.upper or name in self.lower

    def part(self, name: str) -> bytes | memoryview:
        """Return what was kept of a subject, as it was kept."""
        return (self.upper if name in self.upper else self.lower).part(name)

    def ledgers(self) -> dict[str, Ledgers]:
        """Return what the ledgers say of each subject that has entries in any."""
        left = {name: told for name, told in self.lower.told.items() if name not in self.upper}
        return {**left, **self.upper.told}

    def touches(self, name: str) -> list[Touch]:
        """Return the touches of a subject."""
        return [touch_of(one) for one in opened(self.part(name))[0]]

    def life(self, name: str) -> Life:
        """Return what a subject went through."""
        return life_of(opened(self.part(name))[1])


def in_order(names: Iterable[str]) -> list[str]:
    """Return the names of subjects, each once, in the order in which they are told: the policy first."""
    # Most are in order already, and sorting takes no time then.
    return [POLICY_SUBJECT, *sorted(name for name in dict.fromkeys(names) if name != POLICY_SUBJECT)]


@dataclass(kw_only=True)
class Keeping:
    """A layer that is to be kept, as it grows."""

    places: bytes
    size: int = 0
    _names: list[str] = field(default_factory=list)
    _parts: list[bytes | memoryview] = field(default_factory=list)
    _told: dict[str, Ledgers] = field(default_factory=dict)

    def put(self, part: Part) -> None:
        """Put in what was found of a subject."""
        self.copy(part.name, part.content, part.ledgers)

    def copy(self, name: str, content: bytes | memoryview, ledgers: Ledgers) -> None:
        """Put in a subject as it was kept before."""
        self._names.append(name)
        self._parts.append(content)
        self.size += len(content)
        if ledgers:
            self._told[name] = ledgers

    def content(self, at: Standpoint) -> bytes:
        """Return all of it as one text of bytes, with where the audit came to."""
        head = written([at.__dict__, self._names, [len(part) for part in self._parts], self._told])
        sizes = b"".join(len(part).to_bytes(_SIZE, "big") for part in (head, self.places))
        return b"".join([sizes, head, self.places, *self._parts])


def remembered_in(contents: Sequence[bytes | memoryview]) -> Remembered:
    """Return what was kept: a layer, and the one above it if there is one."""
    found = [_layer_in(content) for content in contents]
    return Remembered(at=found[-1][0], lower=found[0][1], upper=found[1][1] if len(found) > 1 else _NOTHING)


def _layer_in(content: bytes | memoryview) -> tuple[Standpoint, Layer]:
    head, places = (int.from_bytes(content[at : at + _SIZE], "big") for at in (0, _SIZE))
    begin = 2 * _SIZE
    standpoint, names, sizes, told = read(content[begin : begin + head])
    begin += head
    layer = Layer(
        names=names,
        sizes=sizes,
        told=told,
        places=bytes(content[begin : begin + places]),
        parts=content[begin + places :],
    )
    return Standpoint(**standpoint), layer


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
    """Return what is to be kept of a whole audit.

    Raises TypeError or UnicodeEncodeError where a path is no text.
    """
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
        tally=audited.tally.as_plain(),
        again=[one.name if isinstance(one, Part) else one.subject for one in found if one.blamed],
    )
    keeping = Keeping(places=b"".join(sorted(places_of(history))))
    for one in found:
        keeping.put(one if isinstance(one, Part) else kept_part(one, touches[one.subject]))
    return keeping.content(at)


def kept_part(life: Life, touches: Sequence[Touch]) -> Part:
    """Return a subject that was judged as it is kept."""
    return part_of(life, [touch_as_plain(touch) for touch in touches])


def keep_later(vault: Vault, old: Remembered, at: Standpoint, found: Sequence[Part], places: Iterable[bytes]) -> None:
    """Leave what was found on top of what is remembered: in the upper layer, or in one where that grows too large."""
    new = list(places)
    upper = _joined([old.upper], found, new)
    if upper.size * _SHARE <= len(old.lower.parts):
        vault.add(upper.content(at))
    else:
        vault.write(_joined([old.lower, old.upper], found, new).content(at))


def _joined(layers: Sequence[Layer], found: Sequence[Part], places: Sequence[bytes]) -> Keeping:
    """Return one layer of several, of which the later ones count, with what was found at last."""
    newest = {part.name: part for part in found}
    holding = {name: layer for layer in layers for name in layer.names}
    width = len(next(iter(places), b"")) or 1
    known = (layer.places[at : at + width] for layer in layers for at in range(0, len(layer.places), width))
    keeping = Keeping(places=b"".join(sorted(chain(known, places))))
    for name in in_order(chain(holding, newest)):
        if name in newest:
            keeping.put(newest[name])
        elif name in holding:
            keeping.copy(name, holding[name].part(name), holding[name].told.get(name, {}))
    return keeping


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
