"""Pictures that people send: drawn anew from their pixels, so that nothing else of the file is left."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import Clean, UnfitFileError
from nearmiss.media.structure import picture_traces, pixels_of
from nearmiss.media.torn import TornError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

MOST_PIXELS = 64_000_000
"""More are refused before any is decoded: that many take 200 MB. Phones send at most 50 million unasked."""

LONGEST_EDGE = 4096
"""Pixels of a longer edge are made fewer: it is more than a screen shows."""

FORMATS = {"jpg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",), "gif": ("GIF",)}
"""Which readers Pillow may try; a phone's JPEG with a second picture behind it is one of its MPO."""

WRITTEN: Mapping[str, dict[str, object]] = {
    "jpg": {"format": "JPEG", "quality": 85},
    "png": {"format": "PNG", "optimize": False},
    "webp": {"format": "WEBP", "quality": 85, "method": 2},
}

SMALLER = 0.7
"""By how much edges shrink while the file is too large."""

SMALLEST_EDGE = 64
"""Pixels: smaller, nothing is to be seen."""


def clean_picture(kind: str, content: bytes, *, ending: str, largest: int) -> Clean:
    """Return a picture turned as it is meant to be seen, and nothing but its pixels; raises UnfitFileError.

    Of what moves the first picture is kept.
    """
    try:
        _refuse_many(pixels_of(kind, content))
        removed = picture_traces(kind, content) if kind != "gif" else ("further pictures",)
    except TornError as error:
        raise UnfitFileError("broken") from error
    written = "jpg" if ending in {"jpg", "jpeg"} else ending
    picture = _pixels(kind, content, written)
    drawn = _drawn(picture, written)
    while len(drawn) > largest:
        if max(picture.size) < SMALLEST_EDGE:
            raise UnfitFileError("too-large")
        picture = picture.resize((max(1, int(picture.width * SMALLER)), max(1, int(picture.height * SMALLER))))
        drawn = _drawn(picture, written)
    return Clean(ending=ending, content=drawn, removed=removed)


def _refuse_many(pixels: int) -> None:
    if pixels > MOST_PIXELS:
        raise UnfitFileError("too-many-pixels")


def _pixels(kind: str, content: bytes, written: str) -> Image:
    """Return a new picture that has the pixels of the file's first one, and nothing else of it."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS[kind]) as opened:
            _refuse_many(opened.width * opened.height)
            opened.seek(0)
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            turned = ImageOps.exif_transpose(opened)
            plain = turned.convert(_mode(turned, written))
    except UnfitFileError:
        raise
    except Exception as error:
        # Pillow's readers raise whatever a broken file provokes: SyntaxError, struct.error, KeyError, …
        raise UnfitFileError("broken") from error
    plain.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    return bare


def _mode(picture: Image, written: str) -> str:
    if picture.mode in {"1", "L", "I;16", "I", "F"}:
        return "L"
    if written != "jpg" and (picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in picture.info):
        return "RGBA"
    return "RGB"


def _drawn(picture: Image, written: str) -> bytes:
    into = io.BytesIO()
    picture.save(into, **WRITTEN[written])  # type: ignore[arg-type]  # the table's values fit each format's parameters
    return into.getvalue()
