"""A ZIP archive whose bytes follow from its files alone, so that it can be made again and compared byte for byte."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

ONE_DAY = (1980, 1, 1, 0, 0, 0)
"""The only date that any file in an archive has."""
PLAIN_FILE_MODE = 0o644 << 16


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of files, sorted, uncompressed and undated: the same files give the same bytes everywhere."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, ONE_DAY)
            entry.create_system = 3
            entry.external_attr = PLAIN_FILE_MODE
            archive.writestr(entry, files[path])
    return made.getvalue()
