"""Foresight: what a request touches, found out while what judges it is still being made ready."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError
from nearmiss.models.ids import is_record_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change


def record_paths(changes: Iterable[Change]) -> list[str]:
    """Return the paths of the records that changes touch, their own or files beside them."""
    paths = (change.path for change in changes)
    found = (f"{path.rsplit('/', 2)[0]}.yaml" if path.count("/") > IN_MONTH else path for path in paths)
    return sorted({path for path in found if is_record_path(path)})


IN_MONTH = 3
"""Slashes in the path of a record: records/YEAR/MONTH/ID.yaml."""


def look_ahead(desk: Desk, *, base: str, head: str) -> tuple[str, str]:
    """Return the commits of a request, and let git find out meanwhile where its records began.

    What cannot be judged is for others to say. Raises UnknownRevisionError.
    """
    repository = desk.repository
    old, new = repository.resolve(base), repository.resolve(head)
    with suppress(NearMissError):
        bases = repository.merge_bases(old, new)
        for path in record_paths(repository.changes(bases[0], new)) if len(bases) == 1 else ():
            desk.walks.bound(repository, path, old)
    return old, new
