"""What keeps what was found of records, and who helps to find it: the ports of the index and of the crew."""

from __future__ import annotations

from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.rows import Row


class Crew(Protocol):
    """Other processes of this machine, which say what this one would say."""

    def get_ready(self, work: str = "") -> None:
        """Begin before it is known what to share; `work` is that of the order to come."""
        ...

    def brief(self, order: Any) -> None:
        """Tell who is ready already what `share` will be asked for, before there is any part of it."""
        ...

    def share(
        self, order: Any, parts: Iterable[Any], alone: Callable[[Any], list[Any]], *, first: int = 2
    ) -> Iterator[list[Any]]:
        """Yield the answer to each part, in turn; all are plain data. What others have no time for is done `alone`.

        `first` is how many parts each of them is given at once, before the first answer is asked for.
        """
        ...


class Index(Protocol):
    """Keeps what is remembered of a repository. Whatever is wrong with it, it is as if it were empty."""

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what is remembered of the keys, without what is kept aside."""
        ...

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Remember values that JSON can keep, or that are packed; of a mapping, `aside` is kept by itself."""
        ...

    def get_aside(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what was kept aside."""
        ...

    def notes(self) -> Mapping[str, str]:
        """Return what the rows were made from."""
        ...

    def note(self, notes: Mapping[str, str]) -> None:
        """Say more of what they were made from."""
        ...

    def place(self, rows: Iterable[Row], gone: Iterable[str], *, notes: Mapping[str, str], whole: bool) -> None:
        """Put rows in, take those out that are gone (with `whole`, all others), and say what they were made from."""
        ...

    def rows(self, *, newest: int = 0) -> list[Row]:
        """Return the rows by the day of the report, the newest first, then by id; all, or so many."""
        ...

    def row(self, record_id: str) -> Row | None:
        """Return the row of one record."""
        ...

    def count(self) -> tuple[int, tuple[str, ...]]:
        """Return how many records can be read, and the ids of the others."""
        ...

    def forget(self) -> None:
        """Drop everything."""
        ...


AT_ONCE = 500
"""Values that lie in memory together as they were kept, where there are thousands."""


def recalled(memory: Index | None, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield each key of which something is remembered with that, for whoever makes something smaller of it at once."""
    for start in range(0, len(keys) if memory is not None else 0, AT_ONCE):
        yield from memory.get_many(keys[start : start + AT_ONCE]).items()  # type: ignore[union-attr]  # there is none to ask


Value = TypeVar("Value")


def alike(value: Value) -> Value:
    """Return the value that is as this one and came first: of what thousands of records have, little differs."""
    return _first(value)  # type: ignore[no-any-return]  # it gives back what it is given


def words_alike(row: Iterable[Any]) -> Iterator[Any]:
    """Yield the values of a row, where short texts are mostly words that thousands of rows have."""
    return (intern(value) if type(value) is str and len(value) <= SHORT else value for value in row)


SHORT = 24
"""Letters up to which a text is likely to be a word of a vocabulary, a state, or a month."""


@lru_cache(maxsize=4096)
def _first(value: Any) -> Any:
    return value
