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
        noted = self._of.get(part)
        if noted is None:
            noted = self._of[part] = {}
        return noted

    def unknown(self, what: Hashable, *, by: object) -> dict[str, Any]:
        """Return the parts of which something is not noted by the very same measure."""
        held = self._of
        return {
            part: value
            for part, value in self._data.items()
            if part not in held or held[part].get(what, _NOTHING) is not by
        }

    def follow(self, earlier: Notes) -> None:
        """Take over what is noted of the parts that are the very same objects here.

        Equal ones would not do: to Python `True` is equal to 1, and the two are not the same value in a record.
        """
        now, was, of = self._data, earlier._data, self._of
        for part, held in earlier._of.items():
            if part in now and part in was and now[part] is was[part]:
                of[part] = held
