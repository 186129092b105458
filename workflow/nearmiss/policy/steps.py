"""One step of a record: who approved or objected, what it seals, and whose signatures are missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from nearmiss.models.swift import once, swift
from nearmiss.policy.guards.table import READ_BY_CIRCUMSTANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import MoreSigners, NeverIf, Transition


READ_BY_RULES = ("report", "assessment")


@swift
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

    @once
    def parts_read(self) -> tuple[str, ...]:
        """The parts on which it depends who may sign it: its place and risk, and where its rules look."""
        signers = self.transition.signers
        return _parts_read(signers.never, signers.never_if, signers.more)


@lru_cache(maxsize=256)
def _parts_read(
    never: tuple[str, ...], never_if: tuple[NeverIf, ...], more: tuple[MoreSigners, ...]
) -> tuple[str, ...]:
    paths = (*never, *(path for rule in never_if for path in rule.paths))
    circumstances = (part for entry in more for part in READ_BY_CIRCUMSTANCE[entry.when])
    return tuple(dict.fromkeys((*READ_BY_RULES, *(path.partition(".")[0] for path in paths), *circumstances)))
