"""The names of the branches on which something is proposed."""

from __future__ import annotations

PROPOSALS = "near-miss/"
"""How all of them begin."""

CLOSE = "close"
"""What the branch of a request is called in which several forward steps go together."""
DRAFT, REPORT = "draft", "report"
"""What the branches of requests are called that need nobody's approval."""


def branch_name(subject: str, seq: int, transition: str) -> str:
    """Return the branch of a proposal: `near-miss/NM-2026-7Q4K2/01-investigate`."""
    return f"{PROPOSALS}{subject}/{seq:02d}-{transition}"


def subject_of(branch: str) -> str | None:
    """Return the subject of a proposal's branch, or None for other branches."""
    parts = branch.split("/")
    return parts[1] if len(parts) == 3 and branch.startswith(PROPOSALS) else None  # noqa: PLR2004 - prefix/subject/step


def transition_of(branch: str) -> str:
    """Return the transition that a branch is named after; `draft` or `report` for those that need no sign-off."""
    first, _, rest = branch.rpartition("/")[2].partition("-")
    return DRAFT if first == DRAFT else rest
