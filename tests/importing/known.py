"""What a register knows of rows that an import has planned, as if their records were in it."""

from __future__ import annotations

from collections.abc import Iterable

from nearmiss.engine.importing.plan import Known, NewRecord, SourceKey


def known_of(new: Iterable[NewRecord]) -> dict[SourceKey, Known]:
    """Return by which source and key each record is known, with the digest of its row."""
    reports = ((one.data["id"], one.data["report"]) for one in new)
    return {
        (report["imported_from"]["source"], report["imported_from"]["key"]): Known(
            record=record_id,
            row_sha256=report["imported_from"]["row_sha256"],
            occurred_on=report.get("occurred_on", ""),
        )
        for record_id, report in reports
    }
