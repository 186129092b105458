"""The vault, as a port: where an audit leaves what the next one need not find out again."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """Keeps bytes, and gives back only what this person's own program has put there."""

    def read(self) -> bytes | None:
        """Return what was kept; None where nothing was, or where anybody else may have written it."""
        ...

    def write(self, content: bytes) -> None:
        """Keep bytes in the place of those before, where that is possible."""
        ...
