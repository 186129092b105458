"""Opening a desk: the git adapter, the documents, the clock, chance and the cache of a repository plugged together."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nearmiss.engine.clocks import SensibleClock
from nearmiss.engine.desk import Desk, tell_nobody

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from nearmiss.engine.cleaning import Clean
    from nearmiss.engine.memory import Crew
    from nearmiss.engine.ports import Identity
    from nearmiss.engine.signer import Signer
    from nearmiss.engine.time_and_chance import Chance, Clock


class SystemClock:
    """The machine's clock, in its own time zone."""

    def now(self) -> datetime:
        """Return the present instant."""
        try:
            return datetime.now().astimezone()
        except ValueError:
            # The variable TZ can name an offset of a day or more, which no time zone has.
            return datetime.now(UTC)


@dataclass(frozen=True)
class StoppedClock:
    """A clock that says what another one said: whoever helps with something works at the instant when that began."""

    instant: datetime

    def now(self) -> datetime:
        """Return that instant."""
        return self.instant


class SystemChance:
    """The operating system's randomness."""

    def pick(self, alphabet: str, length: int) -> str:
        """Return so many characters of the alphabet, chosen independently and evenly."""
        return "".join(secrets.choice(alphabet) for _ in range(length))


class LateCleaner:
    """Makes files anew by what is imported only when the first one comes: most commands see none."""

    def clean(self, name: str, content: bytes, *, largest: int, types: Collection[str]) -> Clean:
        """Return a file made anew, as its port says."""
        from nearmiss.media.cleaning import MediaCleaner

        return MediaCleaner().clean(name, content, largest=largest, types=types)

    def traces(self, content: bytes) -> tuple[str, ...]:
        """Return what a file holds that can tell of somebody, as its port says."""
        from nearmiss.media.cleaning import MediaCleaner

        return MediaCleaner().traces(content)


def open_desk(
    directory: Path,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    identity: Identity | None = None,
    notice: Callable[[str], None] | None = None,
    signer: Signer | None = None,
    key: str = "",
    crew: Crew | None = None,
) -> Desk:
    """Open the repository that a directory lies in; the person's own git configuration says who is at work.

    `notice` is told, in a sentence, what the person should know while they wait. `key` names the key to sign
    with, where that is not left to git's configuration, the agent and the usual files. `crew` are helpers who have
    begun already.
    """
    from nearmiss.app.crew import find_crew
    from nearmiss.app.glancing import index_of
    from nearmiss.app.keeping import vault_of
    from nearmiss.store.documents import YamlDocuments
    from nearmiss.vcs.keychain import Keychain
    from nearmiss.vcs.repository import open_repository

    notice = notice or tell_nobody
    repository = open_repository(directory, notice=notice)
    return Desk(
        repository=repository,
        documents=YamlDocuments(),
        clock=SensibleClock(clock=clock or SystemClock()),
        chance=chance or SystemChance(),
        identity=identity or repository.identity(),
        cleaner=LateCleaner(),
        notice=notice,
        memory=index_of(repository.git_dir),
        vault=vault_of(repository.git_dir),
        crew=crew or find_crew(),
        signer=signer or Keychain(repository.git_dir, named=key),
    )
