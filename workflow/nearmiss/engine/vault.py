"""The vault, as a port: where an audit leaves what the next one need not find out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Vault(Protocol):
    """Keeps bytes, and gives back only what this person's own program has put there."""

    def get_ready(self) -> None:
        """Begin to read, meanwhile, what will be asked for soon."""
        ...

    def is_empty(self) -> bool:
        """Say whether there is nothing to read for certain, without reading it."""
        ...

    def read(self) -> Sequence[bytes | memoryview]:
        """Return what was kept, and what was added to that, if anything was.

        It is empty where nothing was kept, or where anybody else may have written it.
        """
        ...

    def write(self, content: bytes) -> None:
        """Keep bytes in the place of all those before, where that is possible."""
        ...

    def add(self, content: bytes) -> None:
        """Keep bytes beside those that were read or written last, in the place of what was added before."""
        ...
