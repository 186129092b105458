"""The parts that a JPEG file is made of, walked without decoding any pixel."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from nearmiss.media.torn import TornError

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = 0xFF
START, END, LINES, COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
JFIF, ADOBE = 0xE0, 0xEE
OF_PROGRAMS = range(0xE0, 0xF0)
BEHIND = 0
"""What stands for the marker of whatever comes after the end."""

FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers that tell how large the picture is."""

ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a length."""

PLAIN_JFIF = 14
"""Bytes of the part JFIF without a thumbnail."""

WORDS = {
    b"Exif\0": "EXIF (camera, time, place)",
    b"http://ns.adobe.com/": "XMP (author, place, history)",
    b"ICC_PROFILE\0": "a colour profile",
    b"Photoshop": "IPTC (author, caption)",
    b"MPF\0": "further pictures",
    b"JFXX\0": "a thumbnail",
}
"""What parts of programs that begin so are."""

LENGTH = 2
"""Bytes that tell how long a part is; they count themselves."""


def jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each part of a JPEG; raises TornError where it is not built as one.

    The start is that of the marker. Coded lines belong to the part LINES; what comes after the end is BEHIND.
    """
    at = 2
    while at + 1 < len(content) and content[at] == MARK:
        marker = content[at + 1]
        if marker == END:
            if at + 2 < len(content):
                yield BEHIND, at + 2, len(content)
            return
        if marker == MARK:
            at += 1
        elif marker in ALONE:
            at += 2
        else:
            end = _end_of(content, marker, at)
            yield marker, at, end
            at = end
    raise TornError


def _end_of(content: bytes, marker: int, at: int) -> int:
    if at + 2 + LENGTH > len(content):
        raise TornError
    (length,) = struct.unpack_from(">H", content, at + 2)
    end = int(at + 2 + length)
    if length < LENGTH or end > len(content):
        raise TornError
    return _end_of_lines(content, end) if marker == LINES else end


def _end_of_lines(content: bytes, at: int) -> int:
    """Return where the next marker after coded lines begins."""
    while (at := content.find(MARK, at)) >= 0 and at + 1 < len(content):
        following = content[at + 1]
        if following == 0 or following in ALONE:
            at += 2
        elif following == MARK:
            at += 1
        else:
            return at
    raise TornError


def jpeg_traces(content: bytes) -> Iterator[str]:
    """Yield in plain words what a JPEG holds besides its pixels; raises TornError."""
    for marker, start, end in jpeg_segments(content):
        body = content[start + 2 + LENGTH : end]
        if marker == BEHIND:
            yield "something behind the picture"
        elif marker == COMMENT:
            yield "a comment"
        elif marker == JFIF and body[:5] == b"JFIF\0":
            if len(body) > PLAIN_JFIF:
                yield "a thumbnail"
        elif marker in OF_PROGRAMS and not is_of_colours(marker, body):
            yield next((word for begin, word in WORDS.items() if body.startswith(begin)), "data of a program")


def is_of_colours(marker: int, body: bytes) -> bool:
    """Say whether a part tells how colours are coded: without it the picture looks wrong."""
    return marker == ADOBE and body[:5] == b"Adobe"


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Return width and height as a JPEG says them, the largest where it says several; raises TornError."""
    sizes = [
        struct.unpack_from(">HH", content, start + 5) for marker, start, _ in jpeg_segments(content) if marker in FRAMES
    ]
    if not sizes:
        raise TornError
    return max(width for _, width in sizes), max(height for height, _ in sizes)


def bare_jpeg(content: bytes) -> bytes:
    """Return a JPEG without anything but what its pixels need, which stay as they are coded; raises TornError."""
    if content[:2] != bytes((MARK, START)):
        raise TornError
    kept = [
        content[start:end]
        for marker, start, end in jpeg_segments(content)
        if marker not in {BEHIND, COMMENT}
        and (marker not in OF_PROGRAMS or is_of_colours(marker, content[start + 2 + LENGTH : end]))
    ]
    return b"".join([bytes((MARK, START)), *kept, bytes((MARK, END))])
