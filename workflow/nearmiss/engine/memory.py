"""What keeps what was found of records, and who helps to find it: the ports of the index and of the crew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

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

    def share(self, order: Any, parts: Iterable[Any], alone: Callable[[Any], list[Any]]) -> Iterator[list[Any]]:
        """Yield the answer to each part, in turn; all are plain data. What others have no time for is done `alone`."""
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
