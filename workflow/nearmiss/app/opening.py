"""Opening a desk: the git adapter, the documents, the clock, chance and the cache of a repository plugged together."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.engine.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from nearmiss.engine.ports import Chance, Clock, Identity


class SystemClock:
    """The machine's clock, in its own time zone."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now().astimezone()


class SystemChance:
    """The operating system's randomness."""

    def pick(self, alphabet: str, length: int) -> str:
        """Return so many characters of the alphabet, chosen independently and evenly."""
        return "".join(secrets.choice(alphabet) for _ in range(length))


class LazyMemory:
    """The cache of a repository, opened when something is asked of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_many(self, keys: list[str]) -> dict[str, Any]:
        """Return what is remembered of the keys."""
        found: dict[str, Any] = self._cache().get_many(keys)
        return found

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Remember values."""
        self._cache().put_many(values)

    def _cache(self) -> Any:
        from nearmiss.store.cache import Cache

        return Cache(folder=self._folder, version=__version__)


def open_desk(
    directory: Path,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    identity: Identity | None = None,
    notice: Callable[[str], None] | None = None,
) -> Desk:
    """Open the repository that a directory lies in; the person's own git configuration says who is at work.

    `notice` is told, in a sentence, what the person should know while they wait.
    """
    from nearmiss.store.documents import YamlDocuments
    from nearmiss.vcs.repository import open_repository

    repository = open_repository(directory, notice=notice)
    return Desk(
        repository=repository,
        documents=YamlDocuments(),
        clock=clock or SystemClock(),
        chance=chance or SystemChance(),
        identity=identity or repository.identity(),
        memory=LazyMemory(repository.git_dir / "nearmiss" / "cache"),
    )
