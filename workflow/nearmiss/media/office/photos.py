"""Pictures inside office documents: each drawn anew, and what was cropped away cut off."""

from __future__ import annotations

from dataclasses import dataclass, field

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.pictures import WHOLE, Box, clean_inner_picture
from nearmiss.media.sniffing import kind_of
from nearmiss.media.structure import pixels_of
from nearmiss.media.torn import TornError

MOST_PIXELS = 200_000_000
"""Of all pictures of a document together."""

ENDINGS = {"jpg": "jpg", "png": "png", "gif": "png", "webp": "png"}
"""What each kind of picture becomes."""


@dataclass
class Album:
    """The pictures of one document: how many pixels they may still have, and how many bytes each."""

    largest: int
    left: int = MOST_PIXELS
    noted: set[str] = field(default_factory=set)

    def clean(self, content: bytes, box: Box = WHOLE) -> tuple[str, bytes]:
        """Return the ending and the bytes of a picture made anew; raises UnfitFileError, also for what is none."""
        kind = kind_of(content)
        if kind not in ENDINGS:
            raise UnfitFileError("office-parts")
        try:
            self._count(pixels_of(kind, content))
            made = clean_inner_picture(kind, content, ending=ENDINGS[kind], largest=self.largest, box=box)
        except (TornError, UnfitFileError) as error:
            reason = (
                "too-large" if isinstance(error, UnfitFileError) and error.reason == "too-large" else "office-parts"
            )
            raise UnfitFileError(reason) from error
        self.noted.update(f"{word}, of a picture in it" for word in made.removed)
        return made.ending, made.content

    def _count(self, pixels: int) -> None:
        self.left -= pixels
        if self.left < 0:
            raise UnfitFileError("too-large")
