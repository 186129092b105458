"""Notes on the parts of a record: what follows from one part alone, for later versions in which it stands unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

_NOTHING = object()


class Notes:
    """What was found out of each part of one version of a record.

    Nothing is ever noted of what is wrong with a part: that is found again, and told in its order.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._of: dict[str, dict[Hashable, Any]] = {}
        self.of_all: dict[Hashable, Any] = {}
        """What is noted of all parts together; that is for no other version."""

    def of(self, part: str) -> dict[Hashable, Any]:
        """Return what is noted of a part."""
        return self._of.setdefault(part, {})

    def says(self, part: str, what: Hashable, by: object) -> bool:
        """Say whether something is noted of a part by the very same measure."""
        held = self._of.get(part)
        return held is not None and held.get(what, _NOTHING) is by

    def follow(self, earlier: Notes) -> None:
        """Take over what is noted of the parts that are the very same objects here.

        Equal ones would not do: to Python `True` is equal to 1, and the two are not the same value in a record.
        """
        for part, held in earlier._of.items():
            if self._data.get(part, _NOTHING) is earlier._data.get(part):
                self._of[part] = held
