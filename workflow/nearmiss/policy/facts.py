"""What only git can tell of a record: who wrote which part of it, and what it ever held on the main branch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.models.swift import swift

if TYPE_CHECKING:
    from collections.abc import Mapping


@swift
@dataclass(frozen=True, kw_only=True)
class Authorship:
    """Who wrote what, as git tells it: handles by section (and `title`), who moved the state, and who is nobody's.

    `known` is false where git was not asked: then only what the sign-offs state themselves is judged.
    """

    known: bool = False
    by_part: Mapping[str, frozenset[str]] = field(default_factory=dict)
    movers: frozenset[str] = frozenset()
    strangers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def of(self, parts: Mapping[str, Any] | tuple[str, ...]) -> frozenset[str]:
        """Return the handles of all who wrote any of the parts, or moved the state."""
        written = (self.by_part.get(part, frozenset()) for part in parts)
        return self.movers.union(*written)


@swift
@dataclass(frozen=True, kw_only=True)
class Held:
    """What a record ever held on the main branch: its highest values, drafts included, and who stood in the way."""

    severity_potential: int = 0
    level: str = "minimal"
    handles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Who ever stood, in a sealed version, at a record path that keeps people from signing."""


NEVER_ASSESSED = Held()
