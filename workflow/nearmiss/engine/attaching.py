"""Attaching: files that a team puts to a section of a record, each listed there with its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.reporting import cleaned_files, digest_of
from nearmiss.errors import NearMissError
from nearmiss.models.file_names import safe_name, unused_name
from nearmiss.models.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.settings import Settings

OPEN = frozenset({"named", "external"})
"""How a reporter is known where nothing in a file has to be hidden."""


class NoPlaceForFilesError(NearMissError):
    """A section has no list of files."""

    def __init__(self, section: str) -> None:
        known = ", ".join(sorted(name for name in Record.model_fields if takes_files(name)))
        super().__init__(f"The section {section} takes no files.", hint=f"These do: {known}.")


@dataclass(frozen=True, kw_only=True)
class Attachments:
    """Files to be saved, by the names that they will have, and the entries that list them, in the same order."""

    files: Mapping[str, bytes]
    entries: tuple[Mapping[str, Any], ...]

    def edits(self, section: str, listed: int) -> list[Edit]:
        """Return the edits that list them in a section that lists so many files already."""
        return [
            Edit(at=(section, "attachments", place), value=dict(entry))
            for place, entry in enumerate(self.entries, listed)
        ]


NOTHING = Attachments(files={}, entries=())


def takes_files(section: str) -> bool:
    """Say whether a section of a record can list files."""
    field = Record.model_fields.get(section)
    return field is not None and "attachments" in _fields_of(field.annotation)


def attach(desk: Desk, dossier: Dossier, section: str, given: Mapping[str, bytes], settings: Settings) -> Attachments:
    """Return files as they are put to a section: under names that no file of the record has, each with its digest.

    Where the reporter is not known by name they are made anew and named `attachment-1.jpg` and so on, for a photo of
    whoever helped can tell as much as one of the reporter. Raises NoPlaceForFilesError or UnfitFileError.
    """
    if not takes_files(section):
        raise NoPlaceForFilesError(section)
    if _mode(dossier) not in OPEN:
        given, _ = cleaned_files(desk.cleaner, given, settings)
    files: dict[str, bytes] = {}
    for name, content in given.items():
        files[unused_name(safe_name(name), [*dossier.attachments, *files])] = content
    entries = tuple({"file": name, "sha256": digest_of(content)} for name, content in files.items())
    return Attachments(files=files, entries=entries)


def _mode(dossier: Dossier) -> str:
    report = dossier.data.get("report")
    reporter = report.get("reporter") if isinstance(report, dict) else None
    return str(reporter.get("mode", "")) if isinstance(reporter, dict) else ""


def _fields_of(annotation: Any) -> Mapping[str, Any]:
    """Return the fields of the part that an annotation such as `Assessment | None` names."""
    kinds = (annotation, *getattr(annotation, "__args__", ()))
    return next((one.model_fields for one in kinds if hasattr(one, "model_fields")), {})
