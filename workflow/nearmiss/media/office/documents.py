"""Office documents told by what is in them, made anew, and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import Clean, UnfitFileError
from nearmiss.media.office import opendocument, openxml
from nearmiss.media.office.packing import unpack
from nearmiss.media.office.photos import Album

if TYPE_CHECKING:
    from collections.abc import Collection

ENDINGS = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
"""The kinds that can be made anew."""

PACKED = b"PK\3\4"
LOCKED = "EncryptedPackage".encode("utf-16-le")
LARGEST_PICTURE = 8 * 1024 * 1024
ALL_HIDDEN = "what an office document holds: authors, comments, earlier versions"


def clean_office(content: bytes, *, types: Collection[str]) -> Clean:
    """Return a document of an office made anew, if its kind is one of the types; raises UnfitFileError."""
    if not content.startswith(PACKED):
        raise UnfitFileError("locked" if LOCKED in content else "office")
    if not set(ENDINGS) & set(types):
        raise UnfitFileError("office")
    unpacked = unpack(content)
    is_open = opendocument.KIND_PART in unpacked.parts
    kind = opendocument if is_open else openxml
    family = kind.family_of(unpacked.parts)
    if family not in types:
        raise UnfitFileError("office")
    album = Album(largest=LARGEST_PICTURE)
    make = opendocument.clean_opendocument if is_open else openxml.clean_openxml
    try:
        made, noted = make(unpacked.parts, family=family, album=album)
    except RecursionError as error:
        raise UnfitFileError("office-parts") from error
    if unpacked.is_marked:
        noted.add("times and marks of its packing")
    return Clean(ending=family, content=made, removed=tuple(sorted(noted)))


def office_traces(content: bytes) -> tuple[str, ...]:
    """Return in plain words what a document of an office holds besides what one sees.

    That is what would be taken out of it; of one that cannot be made anew, that nobody knows.
    """
    try:
        return clean_office(content, types=ENDINGS).removed
    except UnfitFileError:
        return (ALL_HIDDEN,)
