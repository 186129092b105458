"""The sections of a record, and the order in which a record is written: known without loading any model."""

from __future__ import annotations

SECTIONS: tuple[str, ...] = (
    "report",
    "assessment",
    "investigation",
    "root_cause",
    "action_plan",
    "progress",
    "verification",
    "lesson",
    "alert",
    "briefings",
    "decisions",
    "escalation",
    "corrections",
)
"""The sections of a record in the order in which they are written and read."""

KEY_ORDER: tuple[str, ...] = ("schema", "id", "title", "state", *SECTIONS)
