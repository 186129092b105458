"""What was found of each subject, as it is kept for the next audit and handed from one process to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload
from zlib import compress, decompress

from nearmiss.engine.audit.plain import blamed_as_plain, blamed_of, life_as_plain, life_of
from nearmiss.engine.audit.results import Blamed, Life, Tally, tally_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_LEAST = 1
"""How hard parts are squeezed: an audit that goes on reads and writes many of them, and hardly looks into any."""


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
        return life_of(opened(self.content)[1])

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
    content = compress(written([touches, life_as_plain(life)]), _LEAST)
    return Part(life.subject, life.path, tally_of([life]), life.ledgers, life.blamed, content)


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


def opened(content: bytes | memoryview) -> Any:
    """Return the touches and the life that were kept of a subject, as plain data."""
    return read(decompress(content))


def written(value: Any) -> bytes:
    """Return plain data as it is kept; raises TypeError where it holds what is no text."""
    import orjson

    return orjson.dumps(value)


def read(raw: bytes | memoryview) -> Any:
    """Return plain data that was kept."""
    import orjson

    return orjson.loads(raw)
