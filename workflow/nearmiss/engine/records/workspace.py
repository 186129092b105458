"""Working on one record in memory: what it would be after an edit, and where in its file a finding lies."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.errors import UnreadableRecordError
from nearmiss.policy.dossier import Attached, Dossier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Documents
    from nearmiss.policy.findings import Finding


def with_data(desk: Desk, dossier: Dossier, raw: bytes, files: Mapping[str, bytes] | None = None) -> Dossier:
    """Return a dossier as it would be with other bytes in its record file, and more attachments."""
    reading = desk.documents.read(raw)
    if reading.data is None or reading.findings:
        raise UnreadableRecordError(dossier.id, [finding.at(path=dossier.path) for finding in reading.findings])
    added = {
        name: Attached(sha256=f"sha256:{hashlib.sha256(content).hexdigest()}", size=len(content))
        for name, content in (files or {}).items()
    }
    return replace(dossier, data=reading.data, attachments={**dossier.attachments, **added})


def locate_all(documents: Documents, raw: bytes, path: str, findings: Iterable[Finding]) -> list[Finding]:
    """Fill in line and column of findings about one document, all found in one pass."""
    found = list(findings)
    fields = {finding.field for finding in found if finding.path in {"", path} and not finding.line}
    places = documents.locate_many(raw, fields) if fields else {}
    located = []
    for finding in found:
        if finding.path in {"", path} and not finding.line:
            line, column = places[finding.field]
            located.append(finding.at(path=path, line=line, column=column))
        else:
            located.append(finding)
    return located
