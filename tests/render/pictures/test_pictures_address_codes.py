"""QR codes of many addresses: each is the one that the encoder would have made, at a fraction of its cost."""

from __future__ import annotations

import struct
import zlib
from base64 import b64decode

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.render.pictures.address_codes import AddressCodes
from nearmiss.render.pictures.qr_code import MASK, QUIET, TooLongForCodeError

PREFIX = "data:image/png;base64,"
LETTERS = st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
IDS = st.lists(st.tuples(*[LETTERS] * 5).map("".join), min_size=1, max_size=4)


def modules_of(picture: str) -> list[list[int]]:
    """Read a picture back, as a camera would: rows of ones and noughts, without the quiet zone."""
    png = b64decode(picture.removeprefix(PREFIX))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, at = {}, 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0] == zlib.crc32(name + data)
        chunks[name], at = data, at + 12 + size
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (width, depth, colour) == (height, 1, 0)
    raw, step = zlib.decompress(chunks[b"IDAT"]), (width + 7) // 8 + 1
    lines = [raw[row * step + 1 : (row + 1) * step] for row in range(height)]
    rows = [[1 - (line[x // 8] >> (7 - x % 8) & 1) for x in range(width)] for line in lines]
    assert not any(any(row) for row in (*rows[:QUIET], *rows[-QUIET:]))
    assert not any(any((*row[:QUIET], *row[-QUIET:])) for row in rows)
    return [row[QUIET:-QUIET] for row in rows[QUIET:-QUIET]]


def encoded(text: str) -> list[list[int]]:
    """Let the encoder make the whole code."""
    code = segno.make_qr(text.encode(), error="m", mask=MASK, mode="byte", boost_error=False)
    return [list(row) for row in code.matrix]


@given(IDS, st.sampled_from(["https://a.example/", "https://lessons.example.org/plant-2/", "http://ä.example/"]))
def test_a_code_is_the_one_that_the_encoder_makes(ids: list[str], site: str) -> None:
    """Whichever addresses came before, the modules of each are those of its own code, in a sound PNG."""
    codes = AddressCodes()
    for record_id in ids:
        address = f"{site}lessons/2026/NM-2026-{record_id}.html"
        assert modules_of(codes.picture_of(address)) == encoded(address)


def test_a_text_that_no_code_holds_is_refused() -> None:
    """It is said, with how long it was."""
    with pytest.raises(TooLongForCodeError, match="3000 characters"):
        AddressCodes().picture_of("x" * 3000)
