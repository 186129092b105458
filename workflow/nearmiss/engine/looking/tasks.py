"""What waits for a person, as values: known without the rules by which it is found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SORTS = ("sign", "merge", "mend", "action", "step", "look", "answer", "others")
"""What may wait, in the order of how soon somebody else is held up by it."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that waits: of which sort, about what, until when (or an empty text), and the command for it."""

    sort: str
    subject: str
    title: str
    what: str
    command: str
    due: str = ""

    def is_overdue(self, today: str) -> bool:
        """Say whether its day has passed."""
        return bool(self.due) and self.due < today


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Who is at work, in which roles and on which branch, how many records there are, and what waits."""

    handle: str
    name: str
    email: str
    roles: tuple[str, ...]
    today: str
    branch: str
    main_branch: str
    records: int
    tasks: tuple[Task, ...]

    def as_data(self) -> dict[str, Any]:
        """Return it as values that a cache can keep."""
        return asdict(self)

    @classmethod
    def revive(cls, kept: Mapping[str, Any], *, branch: str) -> Waiting:
        """Make it again from what a cache kept of it, for somebody who may be on another branch by now."""
        found = cls(**{**kept, "roles": tuple(kept["roles"]), "tasks": tuple(Task(**task) for task in kept["tasks"])})
        return replace(found, branch=branch)
