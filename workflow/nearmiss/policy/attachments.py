"""Attachments: what the record lists is there, unchanged, of a permitted type and size, and nothing else is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.file_names import is_portable, twins
from nearmiss.policy.findings import Field, Finding
from nearmiss.policy.plain import holds_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.settings import Settings


def judge_attachments(dossier: Dossier, settings: Settings) -> Iterator[Finding]:
    """Compare the attachments that a record lists with the files in its folder."""
    listed = dict(listed_attachments(dossier.data)) if _lists_any(dossier) else {}
    if not listed and not dossier.attachments:
        return
    for way, entry in listed.items():
        name = entry["file"]
        there = dossier.attachments.get(name)
        if there is None:
            hint = "commit the file, or take the entry out"
            yield Finding(code="attachment-missing", message=f"{name} is not in attachments/", hint=hint, field=way)
        elif there.sha256 != entry["sha256"]:
            message = f"{name} is not the file that the record lists (its digest is {there.sha256})"
            yield Finding(code="attachment-differs", message=message, hint="restore the file", field=way)
    names = {entry["file"] for entry in listed.values()}
    yield from _judge_names({*names, *dossier.attachments})
    for name, there in sorted(dossier.attachments.items()):
        if name not in names:
            message = f"{name} lies in attachments/ and no section lists it"
            yield Finding(code="attachment-unlisted", message=message, hint="list it with its digest, or remove it")
        if there.size > settings.attachments.max_bytes:
            message = f"{name} is larger than {settings.attachments.max_bytes} bytes"
            yield Finding(code="attachment-too-large", message=message, hint="attach a smaller version, or a link")
        if name.rpartition(".")[2].casefold() not in settings.attachments.types:
            message = f"{name} is not of a type that may be attached"
            hint = f"types: {', '.join(settings.attachments.types)}"
            yield Finding(code="attachment-type", message=message, hint=hint)


def _lists_any(dossier: Dossier) -> bool:
    notes = dossier.notes
    unknown = notes.unknown(_NONE, by=True)
    if unknown and holds_key(unknown, "attachments"):
        return True
    for part in unknown:
        notes.of(part)[_NONE] = True
    return False


_NONE = "lists no attachments"
"""What is noted of a part."""


def _judge_names(names: set[str]) -> Iterator[Finding]:
    """Every checkout can hold each file, and none of them takes two for one."""
    for name in sorted(names):
        if not is_portable(name):
            message = f"{name[:100]!a} is no name that every checkout can hold"
            hint = "give the file another name: no device of Windows such as con or nul, no dot or space at the end"
            yield Finding(code="attachment-name", message=message, hint=hint)
    for group in twins(names):
        message = f"{' and '.join(group)} differ in nothing but the case of letters"
        hint = "give one of them another name: some systems take them for one file"
        yield Finding(code="attachment-name", message=message, hint=hint)


def listed_attachments(data: Any, way: Field = ()) -> Iterator[tuple[Field, dict[str, Any]]]:
    """Yield every attachment entry of a record, whichever section lists it."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "attachments" and isinstance(value, list):
                yield from (((*way, key, place), entry) for place, entry in enumerate(value))
            else:
                yield from listed_attachments(value, (*way, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from listed_attachments(value, (*way, place))
