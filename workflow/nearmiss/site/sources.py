"""Several registers that feed one site: which, by what name, and what of theirs may be shown there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_KEYS = {"name", "label", "repository", "lenient"}


class BadSourceError(NearMissError):
    """An entry of `sources:` cannot be understood."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(
            f"Entry {number} of `sources:` in mkdocs.yml {reason}.",
            hint="Write `- {name: plant-2, label: Plant 2, repository: ../../plant-2}`; the path is that of a clone,"
            " relative to mkdocs.yml.",
        )


@dataclass(frozen=True, kw_only=True)
class Source:
    """Another register that feeds the site.

    `name` is in the addresses of its lessons and `label` on their pages. Where it is `lenient`, records of it in which
    the check finds errors are left out; otherwise they stop a strict build, as those of the site's own register do.
    """

    name: str
    label: str
    repository: Path
    lenient: bool = False


def read_sources(said: Any, folder: Path) -> tuple[Source, ...]:
    """Read what the configuration says, with paths relative to a folder; raises BadSourceError."""
    sources = tuple(_read(said or (), folder))
    names = [source.name for source in sources]
    for number, name in enumerate(names, 1):
        if names.index(name) != number - 1:
            raise BadSourceError(number, f"has the name of another one, {name}")
    return sources


def _read(said: Any, folder: Path) -> Iterator[Source]:
    for number, entry in enumerate(said, 1):
        if not isinstance(entry, Mapping) or not {"name", "repository"} <= set(entry) <= _KEYS:
            raise BadSourceError(number, "needs `name` and `repository`, and may have `label` and `lenient`")
        name = str(entry["name"])
        if not _NAME.fullmatch(name):
            raise BadSourceError(
                number, f"has the name {name!a}, which is not made of small letters, digits and dashes"
            )
        yield Source(
            name=name,
            label=str(entry.get("label") or name),
            repository=(folder / str(entry["repository"])).resolve(),
            lenient=entry.get("lenient") is True,
        )
