"""Receipt numbers and keys: how they are drawn, spelt, and read from what somebody types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.models.ids import CROCKFORD

if TYPE_CHECKING:
    from nearmiss.engine.time_and_chance import Chance

SHORT, GROUP = 4, 5
LETTERS = 2 * SHORT
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})
"""Crockford's alphabet has none of these, since they are taken for others."""

_SEPARATORS = re.compile(r"[\s\-–—._]+")
_LONGEST = 60
"""Letters of anything that can be meant: what is longer is nothing, and not looked at."""


def draw_number(chance: Chance) -> str:
    """Draw a receipt number, such as `R-7Q4K-2M9X`. It is no running number: it tells neither when nor how many."""
    letters = chance.pick(CROCKFORD, LETTERS)
    return f"R-{letters[:SHORT]}-{letters[SHORT:]}"


def read_number(typed: str) -> str:
    """Return a receipt number, or the id of a record, as it is kept, from what somebody types."""
    letters = _SEPARATORS.sub("", typed[:_LONGEST]).upper()
    if len(letters) == LETTERS + 1 and letters.startswith("R"):
        meant = letters[1:].translate(_MISREAD)
        return f"R-{meant[:SHORT]}-{meant[SHORT:]}"
    if len(letters) == LETTERS:
        meant = letters.translate(_MISREAD)
        return f"R-{meant[:SHORT]}-{meant[SHORT:]}"
    found = re.fullmatch(r"([A-Z]+)([0-9]{4})([0-9A-Z]{5})", letters)
    return f"{found[1]}-{found[2]}-{found[3].translate(_MISREAD)}" if found else typed[:_LONGEST].strip().upper()


def spelt_key(letters: str) -> str:
    """Return the letters of a key in groups that can be read out."""
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def read_key(typed: str) -> str:
    """Return a key as it was given out, from what somebody types: lower case, spaces and O for 0 do no harm."""
    return spelt_key(_SEPARATORS.sub("", typed[:_LONGEST]).upper().translate(_MISREAD))
