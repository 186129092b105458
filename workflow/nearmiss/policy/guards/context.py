"""What a guard may look at, and the small words that all guards share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.models.assessment import LEVELS
from nearmiss.models.swift import swift
from nearmiss.policy.dossier import get
from nearmiss.policy.findings import Field, Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition


@swift
@dataclass(frozen=True, kw_only=True)
class StepContext:
    """What a guard may look at: the record before (None where only the files of today are known) and after a step.

    `plan_since` is the day of the latest step that put a plan in force; effect can only be judged after it. `former`
    are the people who stood at record paths in versions that were sealed earlier, such as owners of an earlier plan.
    """

    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    transition: Transition
    policy: PolicyVersion
    plan_since: str = ""
    former: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """The level of investigation of the record; the least while none is given, since all it lacks is said first."""
        return str(get(self.after, "assessment", "level") or LEVELS[0])


def lacking(code: str, way: Field, message: str, hint: str) -> Finding:
    """Make the finding of a guard: what is lacking where, and what to do about it."""
    return Finding(code=code, field=way, message=message, hint=hint)


def rank(value: int | str) -> int:
    """Return a number by which severities or levels compare."""
    return value if isinstance(value, int) else LEVELS.index(value)
