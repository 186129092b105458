"""Pictures that people send: drawn anew from their pixels, so that nothing else of the file is left."""

from __future__ import annotations

import io
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Box:
    """How much of a picture is cut off at each side, as a share of its width or height."""

    left: float = 0
    top: float = 0
    right: float = 0
    bottom: float = 0


WHOLE = Box()


def clean_picture(kind: str, content: bytes, *, ending: str, largest: int) -> Clean:
    """Return a picture turned as it is meant to be seen, and nothing but its pixels; raises UnfitFileError.

    Of what moves the first picture is kept.
    """
    removed = _told(kind, content)
    written = "jpg" if ending in {"jpg", "jpeg"} else ending
    picture = _pixels(kind, content, written, turned=True)
    return Clean(ending=ending, content=_drawn_small(picture, written, largest), removed=removed)


def clean_inner_picture(kind: str, content: bytes, *, ending: str, largest: int, box: Box = WHOLE) -> Clean:
    """Return a picture of a document, and nothing but its pixels inside the box; raises UnfitFileError.

    It is not turned, since documents say themselves how they show it. One that was drawn here before stays as it is, so
    that it loses nothing by being drawn once more.
    """
    removed = _told(kind, content)
    picture = _pixels(kind, content, ending, turned=False)
    if box != WHOLE:
        width, height = picture.size
        sides = (box.left * width, box.top * height, (1 - box.right) * width, (1 - box.bottom) * height)
        left, top, right, bottom = (round(side) for side in sides)
        picture = picture.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    drawn = _drawn_small(picture, ending, largest)
    head = drawn[: drawn.find(b"\xff\xda") + 2]
    was_drawn_here = ending == "jpg" and box == WHOLE and not removed and len(content) <= largest
    return Clean(
        ending=ending, content=content if was_drawn_here and content.startswith(head) else drawn, removed=removed
    )


def _told(kind: str, content: bytes) -> tuple[str, ...]:
    """Return what a picture holds besides its pixels; raises UnfitFileError where it has too many, or is broken."""
    try:
        _refuse_many(pixels_of(kind, content))
        return picture_traces(kind, content) if kind != "gif" else ("further pictures",)
    except TornError as error:
        raise UnfitFileError("broken") from error


def _drawn_small(picture: Image, written: str, largest: int) -> bytes:
    """Return a picture as a file of at most so many bytes."""
    drawn = _drawn(picture, written)
    while len(drawn) > largest:
        if max(picture.size) < SMALLEST_EDGE:
            raise UnfitFileError("too-large")
        picture = picture.resize((max(1, int(picture.width * SMALLER)), max(1, int(picture.height * SMALLER))))
        drawn = _drawn(picture, written)
    return drawn


def _refuse_many(pixels: int) -> None:
    if pixels > MOST_PIXELS:
        raise UnfitFileError("too-many-pixels")


def _pixels(kind: str, content: bytes, written: str, *, turned: bool) -> Image:
    """Return a new picture that has the pixels of the file's first one, and nothing else of it."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS[kind]) as opened:
            _refuse_many(opened.width * opened.height)
            opened.seek(0)
            opened.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
            upright = ImageOps.exif_transpose(opened) if turned else opened
            plain = upright.convert(_mode(upright, written))
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
