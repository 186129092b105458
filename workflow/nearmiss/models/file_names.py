"""File names that one system or another cannot hold, or takes for something else than a file."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBERS = "0123456789¹²³"
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in _NUMBERS}
)
_SIGNS = frozenset('<>:"|?*\\/')

LONGEST_NAME = 80


def is_portable(name: str) -> bool:
    """Say whether a checkout on any system can hold a file of a name.

    Windows takes `NUL`, `con.jpg` and their like for devices, drops dots and spaces at the end, and has no use for
    signs such as `:` and `?`.
    """
    stem = name.partition(".")[0].rstrip(" ").casefold()
    return stem not in _DEVICES and not name.endswith((" ", ".")) and _SIGNS.isdisjoint(name)


def twins(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return names that a file system takes for one, since it does not tell small letters from capitals."""
    alike = defaultdict(list)
    for name in sorted(set(names)):
        alike[name.casefold()].append(name)
    return [tuple(group) for group in alike.values() if len(group) > 1]


def safe_name(name: str) -> str:
    """Return a file name of plain letters, digits, dashes and dots: `Foto Rampe 3.JPG` becomes `Foto-Rampe-3.jpg`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, ending = plain.rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:LONGEST_NAME] or "file"
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())
    safe = f"{stem}.{ending}" if ending else stem
    return safe if is_portable(safe) else f"file-{safe}"


def unused_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that no file system takes for one of those that are taken: a second `dock.jpg` is `dock-2.jpg`."""
    known = {other.casefold() for other in taken}
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f"{dot}{ending}") if dot else (name, "")
    number, wanted = 1, name
    while wanted.casefold() in known:
        number += 1
        wanted = f"{stem}-{number}{ending}"
    return wanted
