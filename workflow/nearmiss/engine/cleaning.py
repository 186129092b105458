"""The port through which a file that somebody sends is told by its content and freed of what tells of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A file as it may be kept: its ending by its content, its bytes, and what was taken out, in plain words."""

    ending: str
    content: bytes
    removed: tuple[str, ...] = ()


class UnfitFileError(NearMissError):
    """A file cannot be taken; the sentence is for whoever sent it, and `reason` one word by which it is translated."""

    def __init__(self, reason: str, *, number: int = 0) -> None:
        what, hint = REASONS[reason]
        super().__init__(f"{f'File {number}' if number else 'The file'} {what}.", hint=hint)
        self.reason = reason
        self.number = number


_AS_PICTURE = "Send a photo as JPEG or PNG, or a document as PDF."

REASONS = {
    "empty": ("is empty", "Choose the file again, or send the report without it."),
    "too-large": ("is too large", "Send a smaller picture, or a few pages only."),
    "too-many-pixels": ("is a picture with more pixels than can be taken", "Send it smaller, or a screenshot of it."),
    "broken": ("is broken, or not complete", "Open it to see whether it is whole, and send it again."),
    "locked": ("is protected by a password", "Save it without one, and send that."),
    "unusual-picture": (
        "is a picture of a kind that cannot be made free of names and places here",
        "Send it as JPEG: a screenshot of it will do.",
    ),
    "film": (
        "is a film or a sound, and voices and places in it cannot be made free of what tells of a person",
        "Send a photo, or say in words what is to be seen.",
    ),
    "office": (
        "is an office document, in which authors and earlier versions hide",
        "Save it as PDF or as plain text, and send that.",
    ),
    "macros": ("is an office document with programs (macros) in it", "Save it as PDF, and send that."),
    "office-parts": (
        "is an office document with something in it that cannot be made free of names and places here",
        "Save it as PDF, and send that, or a photo of it.",
    ),
    "archive": ("is a packed folder", "Send the files in it one by one."),
    "program": ("is a program, or holds one", _AS_PICTURE),
    "markup": ("is a web page or a drawing that can carry a program", _AS_PICTURE),
    "two-in-one": ("is of two kinds at once, so that nobody can say what it holds", _AS_PICTURE),
    "not-clean": ("could not be made free of all that may tell of a person", _AS_PICTURE),
    "unknown": ("is of a kind that is not known here", _AS_PICTURE),
    "not-allowed": ("is of a kind that may not be attached here", _AS_PICTURE),
    "too-costly": (
        "takes too long to be made free of what tells of a person",
        "Send the report without it, or with another file: a photo or a screenshot will do.",
    ),
    "busy": (
        "has to wait too long, since very many files are being made free of names and places",
        "Send it again in a minute, or send the report without it.",
    ),
    "no-cleaner": ("cannot be made free of names and places here", "Send the report without it."),
}
"""For each reason what is said of the file, and what its sender can do."""


class Cleaner(Protocol):
    """Makes files safe to keep, and sees what in a file tells of a person: by its content, never by its name."""

    def clean(self, name: str, content: bytes, *, largest: int, types: Collection[str]) -> Clean:
        """Return a file made anew, of one of the types (endings) and of at most so many bytes.

        The name only tells a table from plain text. Raises UnfitFileError with a sentence for whoever sent it.
        """
        ...

    def traces(self, content: bytes) -> tuple[str, ...]:
        """Return in plain words what a file holds, besides what one sees, that can tell of a person, place or time."""
        ...
