"""What a forge answered, read with care: plain data whose shape is looked at before anything is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


class ShapeError(Exception):
    """An answer lacks something, or has it in another form than it should."""


class Answer:
    """One mapping of an answer; every reader says what is missing by its path."""

    def __init__(self, data: Any, where: str = "") -> None:
        if not isinstance(data, dict):
            raise ShapeError(f"{where or 'the answer'} is no mapping")
        self._data, self._where = data, where

    def _get(self, name: str, kind: type | tuple[type, ...]) -> Any:
        value = self._data.get(name)
        # A truth is a number to Python, and neither the number of a request nor that of an account.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ShapeError(f"{self._where}{name} is not there, or not what it should be")
        return value

    def text(self, name: str) -> str:
        """Return a text."""
        return str(self._get(name, str))

    def text_or_nothing(self, name: str) -> str:
        """Return a text, or an empty one where there is none."""
        return self.text(name) if self._data.get(name) is not None else ""

    def number(self, name: str) -> int:
        """Return a whole number."""
        return int(self._get(name, int))

    def flag(self, name: str) -> bool:
        """Return whether something is so; what is not said is not so."""
        return self._data.get(name) is True

    def instant(self, name: str) -> datetime:
        """Return an instant in UTC; raises ShapeError where it says no offset."""
        said = self.text(name)
        try:
            when = datetime.fromisoformat(said)
        except ValueError:
            raise ShapeError(f"{self._where}{name} is no time") from None
        if when.tzinfo is None:
            raise ShapeError(f"{self._where}{name} is no time that is known everywhere")
        return when.astimezone(UTC)

    def has(self, name: str) -> bool:
        """Say whether something is there."""
        return self._data.get(name) is not None

    def part(self, name: str) -> Answer:
        """Return a mapping within."""
        return Answer(self._data.get(name), f"{self._where}{name}.")

    def parts(self, name: str) -> list[Answer]:
        """Return the mappings of a list within."""
        return [Answer(each, f"{self._where}{name}[{place}].") for place, each in enumerate(self._get(name, list))]
