"""A proposed step: what a change would put in force, who wrote it, who has signed, and who still may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.models.digests import digest
from nearmiss.models.swift import once, swift

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.workflow import Transition

CODE_LENGTH = 32
"""Hexadecimal digits that stand for what is proposed. Whoever writes it could find two texts that share a few."""


@dataclass(frozen=True, kw_only=True)
class Objection:
    """Who objects to a proposed step, and why."""

    by: str
    because: str


def objection_in(file: SignedFile) -> Objection:
    """Return the objection that a signed file holds; its reason is empty where none was given."""
    return Objection(by=str(file.statement["by"]), because=str(file.statement.get("because", "")))


@swift
@dataclass(frozen=True, kw_only=True)
class Proposed:
    """One step that a change proposes: what it seals, who wrote that, who has signed, and who still may."""

    seq: int
    transition: Transition
    from_: str
    to: str
    parts: Mapping[str, str | None]
    contributors: frozenset[str]
    signed: tuple[str, ...]
    objections: tuple[Objection, ...]
    missing: tuple[str, ...]
    able: Callable[[], tuple[tuple[str, ...], tuple[str, ...]]] = field(repr=False, compare=False)
    """Finds out who still may sign, and who of them could not reach the least assurance."""
    assurance: str = "asserted"
    """The least assurance that counts."""
    bound: Mapping[str, Any] | None = None
    """What its sign-offs are bound to, where that is no part of a record but a version of the policy."""

    @once
    def _able(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.able()

    @property
    def objected(self) -> tuple[str, ...]:
        """Who objects to it."""
        return tuple(one.by for one in self.objections)

    @property
    def candidates(self) -> tuple[str, ...]:
        """Who still may sign."""
        return self._able[0]

    @property
    def keyless(self) -> tuple[str, ...]:
        """The candidates who could not reach the least assurance, since no key of theirs is listed."""
        return self._able[1]

    @property
    def content(self) -> dict[str, Any]:
        """What its sign-offs are bound to, as their statements say it; parts that the record has not are left out."""
        if self.bound is not None:
            return dict(self.bound)
        sections = {part: value for part, value in sorted(self.parts.items()) if part != "title" and value is not None}
        title = self.parts.get("title")
        return {"schema": 1, **({} if title is None else {"title": title}), "sections": sections}

    @property
    def code(self) -> str:
        """The first hexadecimal digits of the content's digest: what people post who sign off on a forge."""
        return digest(self.content).removeprefix("sha256:")[:CODE_LENGTH]
