"""File names that one system or another cannot hold, or takes for something else than a file."""

from __future__ import annotations

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
