"""QR codes of thousands of addresses that differ in a few letters, as small pictures: only what differs is reckoned."""

from __future__ import annotations

import struct
import zlib
from base64 import b64encode
from dataclasses import dataclass, field

from nearmiss.render.pictures.qr_code import MASK, QUIET, TooLongForCodeError

_INVERTED = bytes.maketrans(b"\0\1", b"10")


@dataclass(frozen=True, kw_only=True)
class AddressCodes:
    """Draws QR codes, and keeps what it learned for the next ones.

    With its size, its mask and its level of correction given, a code is linear: texts that differ in certain bits have
    codes that differ in certain modules, whatever the rest says. So of texts that are equally long, one is encoded, and
    each other one is that one with the modules turned over that belong to its letters.
    """

    _first: dict[int, tuple[bytes, int, int]] = field(default_factory=dict)
    _turned: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def picture_of(self, text: str) -> str:
        """Return the code of a text as the address of a PNG that holds itself: a tenth of what the same drawn takes.

        Raises:
            TooLongForCodeError: no code holds so much.
        """
        modules, side = self._modules(text.encode())
        return f"data:image/png;base64,{b64encode(_png(modules.to_bytes(side * side, 'big'), side)).decode()}"

    def _modules(self, text: bytes) -> tuple[int, int]:
        """Return the modules of a text, a byte for each, and how many a side has."""
        size = len(text)
        if size not in self._first:
            self._first[size] = (text, *_encoded(text))
        first, modules, side = self._first[size]
        found = modules
        for place, (one, other) in enumerate(zip(first, text, strict=True)):
            if one != other:
                key = (size, place, one ^ other)
                if key not in self._turned:
                    changed = first[:place] + bytes([other]) + first[place + 1 :]
                    self._turned[key] = modules ^ _encoded(changed)[0]
                found ^= self._turned[key]
        return found, side


def _encoded(text: bytes) -> tuple[int, int]:
    import segno

    try:
        code = segno.make_qr(text, error="m", mask=MASK, mode="byte", boost_error=False)
    except segno.DataOverflowError as error:
        raise TooLongForCodeError(len(text)) from error
    return int.from_bytes(b"".join(map(bytes, code.matrix)), "big"), len(code.matrix)


def _png(modules: bytes, side: int) -> bytes:
    """Return a picture of one bit for each module, with the quiet zone around, as ISO/IEC 15948 has it."""
    width = side + 2 * QUIET
    size = (width + 7) // 8
    blank = b"\0" + b"\xff" * size
    quiet = b"1" * QUIET
    rows = [blank] * QUIET
    for start in range(0, side * side, side):
        bits = quiet + modules[start : start + side].translate(_INVERTED) + quiet
        rows.append(b"\0" + (int(bits, 2) << (size * 8 - width)).to_bytes(size, "big"))
    rows += [blank] * QUIET
    head = struct.pack(">IIBBBBB", width, width, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
