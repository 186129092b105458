"""What people send, made safe to keep: each kind by its own means, and looked at once more before it is given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import Clean, UnfitFileError
from nearmiss.media.office.documents import clean_office, office_traces
from nearmiss.media.papers import clean_paper, paper_traces
from nearmiss.media.pictures import clean_picture
from nearmiss.media.sniffing import kind_of
from nearmiss.media.structure import picture_traces
from nearmiss.media.texts import clean_text, text_traces
from nearmiss.media.torn import TornError

if TYPE_CHECKING:
    from collections.abc import Collection

ENDINGS = {
    "jpg": ("jpg", "jpeg", "png", "webp"),
    "png": ("png", "jpg", "jpeg", "webp"),
    "webp": ("webp", "png", "jpg", "jpeg"),
    "gif": ("png", "jpg", "jpeg", "webp"),
    "pdf": ("pdf",),
}
"""What each kind becomes: the first of these that may be attached."""

MOST_TIMES = 4
"""A file may be so many times as large as what is kept of it may be: pictures shrink when they are made anew."""


class MediaCleaner:
    """Makes pictures, PDF, plain text and office documents anew. Refuses all else."""

    def clean(self, name: str, content: bytes, *, largest: int, types: Collection[str]) -> Clean:
        """Return a file made anew, of one of the types and of at most so many bytes; raises UnfitFileError."""
        kind = kind_of(content)
        if kind not in {*ENDINGS, "text", "office"}:
            raise UnfitFileError(kind)
        if len(content) > largest * (1 if kind in {"text", "pdf"} else MOST_TIMES):
            raise UnfitFileError("too-large")
        if kind == "office":
            made = clean_office(content, types=types)
        else:
            made = _made(kind, content, ending=_ending(kind, name, types), largest=largest)
        if len(made.content) > largest:
            raise UnfitFileError("too-large")
        if self.traces(made.content):
            # What was made is judged as if a stranger had sent it, so that a trace nobody thought of is refused.
            raise UnfitFileError("not-clean")
        return made

    def traces(self, content: bytes) -> tuple[str, ...]:
        """Return what a file holds, besides what one sees, that can tell of a person, place or time."""
        kind = kind_of(content)
        if kind in {"jpg", "png", "webp"}:
            try:
                return picture_traces(kind, content)
            except TornError:
                return ("something that cannot be read",)
        if kind == "pdf":
            return paper_traces(content)
        if kind == "text":
            return text_traces(content)
        if kind == "office":
            return office_traces(content)
        return _UNTOLD.get(kind, ("a kind of file of which nobody knows what it holds",))


_UNTOLD = {
    "empty": (),
    "film": ("what a film or sound holds: voices, a place, a time, the camera",),
}


def _ending(kind: str, name: str, types: Collection[str]) -> str:
    wanted = ENDINGS.get(kind) or (("csv", "txt") if name.lower().endswith(".csv") else ("txt", "csv"))
    ending = next((each for each in wanted if each in types), None)
    if ending is None:
        raise UnfitFileError("not-allowed")
    return ending


def _made(kind: str, content: bytes, *, ending: str, largest: int) -> Clean:
    if kind == "text":
        return clean_text(content, ending=ending)
    if kind == "pdf":
        return clean_paper(content)
    return clean_picture(kind, content, ending=ending, largest=largest)
