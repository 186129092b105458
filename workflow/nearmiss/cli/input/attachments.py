"""Files that a person attaches: read whole, under names that are safe in every file system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from nearmiss.models.file_names import is_portable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LONGEST_NAME = 80


def read_attachments(paths: Iterable[Path]) -> dict[str, bytes]:
    """Return the bytes of files by the names that they will have; two of the same name get a number."""
    from nearmiss.app.documents import read_bytes

    files: dict[str, bytes] = {}
    for path in paths:
        files[_unused(safe_name(path.name), files)] = read_bytes(path)
    return files


def safe_name(name: str) -> str:
    """Return a file name of plain letters, digits, dashes and dots: `Foto Rampe 3.JPG` becomes `Foto-Rampe-3.jpg`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, ending = plain.rpartition(".")
    stem, ending = (stem, ending) if dot else (ending, "")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:LONGEST_NAME] or "file"
    ending = re.sub(r"[^a-z0-9]", "", ending.lower())
    safe = f"{stem}.{ending}" if ending else stem
    return safe if is_portable(safe) else f"file-{safe}"


def _unused(name: str, taken: Iterable[str]) -> str:
    known = {other.casefold() for other in taken}
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f"{dot}{ending}") if dot else (name, "")
    number, wanted = 1, name
    while wanted.casefold() in known:
        number += 1
        wanted = f"{stem}-{number}{ending}"
    return wanted
