"""One step of a record: who approved or objected, what it seals, and whose signatures are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a record: its approvals and objections, and whether all who must sign have signed."""

    seq: int
    transition: Transition
    from_: str
    to: str
    version: PolicyVersion
    approvals: tuple[SignedFile, ...]
    objections: tuple[SignedFile, ...]
    sections: Mapping[str, str | None]
    missing: tuple[str, ...] = ()

    @property
    def day(self) -> str:
        """The day of its last approval."""
        return max((str(file.statement["at"]) for file in self.approvals), default="")[:10]
