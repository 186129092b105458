"""Attachments as the desk hands them out: pictures to look at, all else to be kept, and nothing that could run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.responses import Response

from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.intake.desk.visits import NotHereError
from nearmiss.models.ids import folder_of

if TYPE_CHECKING:
    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit

PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""Types that a browser shows on a page."""

KEPT = {
    "pdf": "application/pdf",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "mp4": "video/mp4",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
"""Types that a browser keeps as a file; whatever is on neither list is only bytes."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def attachment(visit: Visit, _refusal: Refusal | None) -> Response:
    """Return a file that lies beside a record of main; raises NotHereError where there is none of that name."""
    dossier, _ = open_dossier(visit.desk.repository.tree(visit.base), visit.record_id(), visit.desk.documents)
    name = visit.path("name")
    # Only what the record's own folder lists is looked for, so no name leads anywhere else.
    content = None
    if name in dossier.attachments:
        content = visit.desk.repository.tree(visit.base).read(f"{folder_of(dossier.path)}attachments/{name}")
    if content is None:
        raise NotHereError
    return handed_out(name, content)


def handed_out(name: str, content: bytes) -> Response:
    """Return a response with a file: its type by its name from a list, in a sandbox, never guessed by the browser."""
    ending = name.rpartition(".")[2].casefold()
    shown = "inline" if ending in PICTURES else "attachment"
    plain = name if _PLAIN_NAME.fullmatch(name) else "attachment"
    return Response(
        content,
        media_type=PICTURES.get(ending) or KEPT.get(ending) or "application/octet-stream",
        headers={
            "Content-Disposition": f'{shown}; filename="{plain}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )
