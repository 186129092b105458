"""The parts that picture files are made of, walked without decoding them: sizes in pixels, and what is no picture."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from nearmiss.media.jpeg import jpeg_size, jpeg_traces
from nearmiss.media.torn import TornError

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD"}
CHUNKS = {
    b"eXIf": "EXIF (camera, time, place)",
    b"iCCP": "a colour profile",
    b"tIME": "a time",
    b"pHYs": "the size of print",
    b"acTL": "further pictures",
    b"fcTL": "further pictures",
    b"fdAT": "further pictures",
    b"tEXt": "text beside the picture",
    b"zTXt": "text beside the picture",
    b"iTXt": "text beside the picture",
}
SHORTEST_WEBP = 20
PLAIN_WEBP = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
WEBP_CHUNKS = {
    b"EXIF": "EXIF (camera, time, place)",
    b"XMP ": "XMP (author, place, history)",
    b"ICCP": "a colour profile",
    b"ANIM": "further pictures",
    b"ANMF": "further pictures",
}


def picture_traces(kind: str, content: bytes) -> tuple[str, ...]:
    """Return what a picture file holds besides its pixels, in plain words; raises TornError."""
    walk = {"jpg": jpeg_traces, "png": _png_traces, "webp": _webp_traces}[kind]
    return tuple(dict.fromkeys(walk(content)))


def pixels_of(kind: str, content: bytes) -> int:
    """Return how many pixels a picture says that it has, without decoding any; raises TornError."""
    try:
        width, height = {"jpg": jpeg_size, "png": _png_size, "webp": _webp_size, "gif": _gif_size}[kind](content)
    except (struct.error, IndexError) as error:
        raise TornError from error
    return width * height


def _png_pieces(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 8
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            break
        yield name, at + 8, end - 4
        if name == b"IEND":
            if end < len(content):
                yield b"", end, len(content)
            return
        at = end
    raise TornError


def _png_traces(content: bytes) -> Iterator[str]:
    for name, _, _ in _png_pieces(content):
        if not name:
            yield "something behind the picture"
        elif name not in PLAIN_CHUNKS:
            yield CHUNKS.get(name, "data of a program")


def _png_size(content: bytes) -> tuple[int, int]:
    if content[12:16] != b"IHDR":
        raise TornError
    width, height = struct.unpack_from(">II", content, 16)
    return int(width), int(height)


def _webp_pieces(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    if len(content) < SHORTEST_WEBP:
        raise TornError
    (size,) = struct.unpack_from("<I", content, 4)
    whole = 8 + size
    if whole > len(content):
        raise TornError
    at = 12
    while at + 8 <= whole:
        (length,) = struct.unpack_from("<I", content, at + 4)
        if at + 8 + length > whole:
            raise TornError
        yield content[at : at + 4], at + 8, at + 8 + length
        at += 8 + length + length % 2
    if whole + whole % 2 < len(content):
        yield b"", whole, len(content)


def _webp_traces(content: bytes) -> Iterator[str]:
    for name, _, _ in _webp_pieces(content):
        if not name:
            yield "something behind the picture"
        elif name not in PLAIN_WEBP:
            yield WEBP_CHUNKS.get(name, "data of a program")


def _webp_size(content: bytes) -> tuple[int, int]:
    sizes = [_webp_canvas(name, content[start:end]) for name, start, end in _webp_pieces(content)]
    known = [size for size in sizes if size is not None]
    if not known:
        raise TornError
    return max(width for width, _ in known), max(height for _, height in known)


def _webp_canvas(name: bytes, body: bytes) -> tuple[int, int] | None:
    if name == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _gif_size(content: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", content, 6)
    return int(width), int(height)
