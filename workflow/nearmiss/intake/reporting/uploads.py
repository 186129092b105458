"""Photos and documents of a report: counted, made clean, and refused in the words of whoever sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.engine.reporting import cleaned_files
from nearmiss.intake.reporting.answers import Said
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import FormData

    from nearmiss.engine.cleaning import Cleaner
    from nearmiss.policy.settings import Settings

FIELD = "files"

OFFERED = {
    "image/jpeg": {"jpg", "jpeg", "png", "webp"},
    "image/png": {"jpg", "jpeg", "png", "webp"},
    "image/webp": {"jpg", "jpeg", "png", "webp"},
    "image/gif": {"jpg", "jpeg", "png", "webp"},
    "application/pdf": {"pdf"},
    ".docx": {"docx"},
    ".xlsx": {"xlsx"},
    ".pptx": {"pptx"},
    ".odt": {"odt"},
    ".ods": {"ods"},
    ".odp": {"odp"},
}
"""What a browser lets one choose, each if one of these types may be attached: pictures are made anew as another kind.

Pictures are named one by one, so that phones hand over JPEG instead of a kind that nobody can make clean.
"""

MANY = N_("A report may carry %(most)s files at most. Leave some out, or send a second report.")

UNFIT = {
    "empty": N_("File %(number)s is empty. Choose it again, or send the report without it."),
    "too-large": N_("File %(number)s is too large. Send a smaller picture, or a few pages only."),
    "too-many-pixels": N_("File %(number)s has more pixels than can be taken. Send it smaller, or a screenshot of it."),
    "broken": N_("File %(number)s is broken, or not complete. See whether it opens, and send it again."),
    "locked": N_("File %(number)s is protected by a password. Save it without one, and send that."),
    "unusual-picture": N_(
        "File %(number)s is a kind of picture that cannot be made free of names and places here. Send a screenshot."
    ),
    "film": N_("File %(number)s is a film or a sound. Send a photo, or say in words what is to be seen."),
    "office": N_("File %(number)s is an office document, in which authors hide. Save it as PDF, and send that."),
    "macros": N_("File %(number)s is an office document with programs in it. Save it as PDF, and send that."),
    "office-parts": N_(
        "File %(number)s is an office document with something in it that cannot be made free of names. Save it as PDF."
    ),
    "archive": N_("File %(number)s is a packed folder. Send the files in it one by one."),
    "program": N_("File %(number)s is a program, or holds one. Send a photo as JPEG or PNG, or a document as PDF."),
    "markup": N_(
        "File %(number)s is a web page or a drawing that can carry a program. Send a photo as JPEG or PNG, or a PDF."
    ),
    "two-in-one": N_("File %(number)s is of two kinds at once. Send a photo as JPEG or PNG, or a document as PDF."),
    "not-clean": N_(
        "File %(number)s could not be made free of all that may tell of a person. Send a photo as JPEG or PNG."
    ),
    "unknown": N_("File %(number)s is of a kind that is not known here. Send a photo as JPEG or PNG, or a PDF."),
    "not-allowed": N_("File %(number)s is of a kind that is not taken here. Send a photo as JPEG or PNG, or a PDF."),
    "too-costly": N_(
        "File %(number)s takes too long to be made free of names and places. "
        "Send the report without it, or with another file."
    ),
    "busy": N_(
        "Very many files are being looked at, and file %(number)s would have to wait too long. "
        "Send it again in a minute, or send the report without it."
    ),
    "no-cleaner": N_("File %(number)s cannot be made free of names and places here. Send the report without it."),
}
"""For each reason for which a file cannot be taken, what is said of it and what to do."""


def accepted(settings: Settings) -> str:
    """Return what a browser is told to let people choose."""
    return ",".join(kind for kind, types in OFFERED.items() if types & set(settings.attachments.types))


async def files_in(form: FormData) -> dict[str, bytes]:
    """Return the files that were chosen, under names that tell only their number and what they seem to be."""
    chosen = [one for one in form.getlist(FIELD) if isinstance(one, UploadFile) and (one.filename or one.size)]
    return {f"{number}{_ending(one.filename or '')}": await one.read() for number, one in enumerate(chosen, 1)}


def clean(cleaner: Cleaner | None, files: Mapping[str, bytes], settings: Settings) -> dict[str, bytes] | Said:
    """Return files made anew under neutral names, or what is said of the first that cannot be taken."""
    try:
        return cleaned_files(cleaner, files, settings)[0]
    except UnfitFileError as error:
        sentence = UNFIT.get(error.reason, UNFIT["unknown"])
        return Said(sentence=sentence, places={"number": error.number})


def _ending(name: str) -> str:
    """Return the ending of a name where it tells a table from plain text, which content cannot."""
    return ".csv" if name.lower().endswith(".csv") else ""
