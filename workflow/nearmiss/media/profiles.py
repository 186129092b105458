"""Colour profiles in papers: what reckons colours is kept, and not who made one, when, and with which device."""

from __future__ import annotations

import struct

from nearmiss.media.torn import TornError

HEADER, ENTRY = 128, 12

RECKONING = frozenset(
    {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"kTRC", b"wtpt", b"bkpt", b"chad", b"gamt"}
    | {f"{way}{number}".encode() for way in ("A2B", "B2A") for number in range(3)}
)
"""Entries by which colours are reckoned."""

MOST_ENTRIES = 200

UNTOLD = ((4, 8), (24, 36), (40, 64), (80, 128))
"""Where the header tells of a program, a time, a machine, a device, and whose they are."""


def bare_profile(content: bytes) -> bytes:
    """Return a profile of nothing but what reckons colours, laid out anew; raises TornError."""
    if len(content) < HEADER + 4 or content[36:40] != b"acsp":
        raise TornError
    (count,) = struct.unpack_from(">I", content, HEADER)
    if count > MOST_ENTRIES or HEADER + 4 + count * ENTRY > len(content):
        raise TornError
    kept = {}
    for number in range(count):
        name, start, size = struct.unpack_from(">4sII", content, HEADER + 4 + number * ENTRY)
        if start + size > len(content):
            raise TornError
        if name in RECKONING:
            kept[name] = content[start : start + size]
    return _laid_out(content[:HEADER], kept)


def _laid_out(header: bytes, entries: dict[bytes, bytes]) -> bytes:
    table, body = [struct.pack(">I", len(entries))], b""
    begin = HEADER + 4 + ENTRY * len(entries)
    for name in sorted(entries):
        entry = entries[name]
        table.append(struct.pack(">4sII", name, begin + len(body), len(entry)))
        body += entry + bytes(-len(entry) % 4)
    told = bytearray(header)
    for start, end in UNTOLD:
        told[start:end] = bytes(end - start)
    told[:4] = struct.pack(">I", begin + len(body))
    return bytes(told) + b"".join(table) + body
