"""Files that a person attaches: read whole, under names that are safe in every file system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.models.file_names import safe_name, unused_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def read_attachments(paths: Iterable[Path]) -> dict[str, bytes]:
    """Return the bytes of files by the names that they will have; two of the same name get a number."""
    from nearmiss.app.documents import read_bytes

    files: dict[str, bytes] = {}
    for path in paths:
        files[unused_name(safe_name(path.name), files)] = read_bytes(path)
    return files
