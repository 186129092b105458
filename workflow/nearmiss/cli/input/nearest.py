"""What somebody may have meant who typed something that there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 3


def suggestion(said: str, known: Sequence[str]) -> str:
    """Return a hint: the words most like what was said, or all there are."""
    import difflib

    near = difflib.get_close_matches(said.casefold(), known, n=MOST)
    near = near or [word for word in known if said and word.startswith(said.casefold())][:MOST]
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"There are {', '.join(known)}."
