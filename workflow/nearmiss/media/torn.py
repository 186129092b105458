"""How a reader of files says that one ends in the middle, or is not built as its kind is."""

from __future__ import annotations

from nearmiss.errors import NearMissError


class TornError(NearMissError):
    """A file ends in the middle, or is not built as its kind is."""

    def __init__(self) -> None:
        super().__init__("The file is broken, or not complete.", hint="Open it to see whether it is whole.")
