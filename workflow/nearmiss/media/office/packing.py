"""Packed documents: taken apart with bounds on all that they unpack to, and packed anew in a way that tells nothing."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_PARTS = 2000
LARGEST_PART = 32 * 1024 * 1024
LARGEST_WHOLE = 96 * 1024 * 1024
"""Bytes that a part, and all of them, may have when unpacked."""

MOST_SWELLING = 250
SWELLING_FROM = 1024 * 1024
"""Parts of more bytes than this may be at most so many times as large as they were packed."""

LONGEST_NAME = 200
STORED, DEFLATED = 0, 8
LOCKED = 1
"""The flag of a part that is behind a password."""

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
FIRST_DAY_PACKED = 33
"""The day that programs write that do not tell the time, as date and as it is packed."""

PLAIN_RIGHTS = {0, 0o600 << 16}
"""Rights to files that tell of no machine; Python writes the second."""

_END = struct.Struct("<4s4H2IH")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_HEAD = struct.Struct("<4s5H3I2H")


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """The parts of a packed document by name, in their order, and whether its packing tells times or programs."""

    parts: Mapping[str, bytes]
    is_marked: bool


@dataclass(frozen=True, kw_only=True)
class _Entry:
    name: str
    head: int
    start: int
    method: int
    packed: int
    unpacked: int
    check: int
    is_marked: bool


def unpack(content: bytes) -> Unpacked:
    """Return the parts of a packed document; raises UnfitFileError.

    Python's reader believes what the list of parts says. Here the list must agree with what it lists: no two parts of
    one name or of the same bytes, nothing before the first, no name that leads out of a folder, and no part that
    unpacks to more than it says or than is allowed.
    """
    try:
        entries, is_marked = _listed(content)
        _refuse_overlaps(content, entries)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise UnfitFileError("broken") from error
    names = [entry.name.casefold() for entry in entries]
    if len(set(names)) < len(names):
        raise UnfitFileError("broken")
    if sum(entry.unpacked for entry in entries) > LARGEST_WHOLE:
        raise UnfitFileError("too-large")
    parts = {entry.name: _content_of(content, entry) for entry in entries if not entry.name.endswith("/")}
    return Unpacked(parts=parts, is_marked=is_marked or any(entry.is_marked for entry in entries))


def pack(parts: Sequence[tuple[str, bytes]], *, stored: str = "") -> bytes:
    """Return parts packed in this order, all of the same day and without marks; the one named `stored` as it is."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as packed:
        for name, content in parts:
            entry = zipfile.ZipInfo(name, date_time=FIRST_DAY)
            entry.create_system = 0
            entry.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return into.getvalue()


def _listed(content: bytes) -> tuple[list[_Entry], bool]:
    at = content.rfind(b"PK\5\6")
    if at < 0:
        raise UnfitFileError("broken")
    _, disk, first_disk, here, number, size, start, comment = _END.unpack_from(content, at)
    if disk or first_disk or here != number or start + size != at or at + _END.size + comment != len(content):
        raise UnfitFileError("broken")
    if number > MOST_PARTS:
        raise UnfitFileError("too-large")
    entries = []
    place = start
    for _ in range(number):
        entry, place = _entry(content, place)
        entries.append(entry)
    if place != at:
        raise UnfitFileError("broken")
    return entries, comment > 0


def _entry(content: bytes, at: int) -> tuple[_Entry, int]:
    fields = _ENTRY.unpack_from(content, at)
    mark, made_by, _, flags, method, time, day, check, packed, unpacked, named, extra, remark, disk = fields[:14]
    outer, start = fields[15], fields[16]
    if mark != b"PK\1\2" or disk or method not in {STORED, DEFLATED}:
        raise UnfitFileError("broken")
    if flags & LOCKED:
        raise UnfitFileError("locked")
    raw = content[at + _ENTRY.size : at + _ENTRY.size + named]
    head = _HEAD.unpack_from(content, start)
    begins = start + _HEAD.size + head[9]
    if head[0] != b"PK\3\4" or content[start + _HEAD.size : begins] != raw:
        raise UnfitFileError("broken")
    name = _safe_name(raw.decode("utf-8"), unpacked)
    is_marked = bool(
        time or day != FIRST_DAY_PACKED or extra or remark or outer not in PLAIN_RIGHTS or made_by >> 8 or head[10]
    )
    entry = _Entry(
        name=name, head=start, start=begins + head[10], method=method, packed=packed, unpacked=unpacked, check=check,
        is_marked=is_marked,
    )  # fmt: skip
    return entry, at + _ENTRY.size + named + extra + remark


def _safe_name(name: str, size: int) -> str:
    """Return the name of a part that can lie in no other place than in its package."""
    steps = name.removesuffix("/").split("/")
    is_odd = any(step in {"", ".", ".."} or step != step.strip() for step in steps)
    if is_odd or len(name) > LONGEST_NAME or not name.isprintable() or set(name) & set('\\:*?"<>|'):
        raise UnfitFileError("broken")
    if name.endswith("/") and size:
        raise UnfitFileError("broken")
    return name


def _refuse_overlaps(content: bytes, entries: Sequence[_Entry]) -> None:
    """Refuse parts that share bytes, by which a small file unpacks to any size, and what lies before the first."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.head):
        if entry.head < end or (end == 0 and entry.head):
            raise UnfitFileError("broken")
        end = entry.start + entry.packed
    if end > content.rfind(b"PK\5\6"):
        raise UnfitFileError("broken")


def _content_of(content: bytes, entry: _Entry) -> bytes:
    if entry.unpacked > LARGEST_PART:
        raise UnfitFileError("too-large")
    if entry.unpacked > SWELLING_FROM and entry.unpacked > entry.packed * MOST_SWELLING:
        raise UnfitFileError("too-large")
    packed = content[entry.start : entry.start + entry.packed]
    whole = packed if entry.method == STORED else _inflated(packed, entry.unpacked)
    if len(whole) != entry.unpacked or zlib.crc32(whole) != entry.check:
        raise UnfitFileError("broken")
    return whole


def _inflated(packed: bytes, size: int) -> bytes:
    """Return what something unpacks to, and at most one byte more than it said."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    except zlib.error as error:
        raise UnfitFileError("broken") from error
