"""What another policy would have said: of how many steps, and of each one that it would have taken otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.policy.findings import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.policy.deadlines import Due
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.version import PolicyVersion

VERDICTS = ("refuse", "waiting", "late")
"""What can come of a step that would not have passed as it was, the gravest first."""


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """One step that would not have passed as it was: what another policy would have found, and what it had missed.

    `as_now` tells that the policy in force would have said the very same of it, so that it is no news. `day` is that of
    the last approval, `commit` the one that put the step in force.
    """

    record: str
    title: str
    path: str
    seq: int
    transition: str
    from_: str
    to: str
    day: str
    commit: str
    policy: int
    findings: tuple[Finding, ...]
    late: tuple[Due, ...]
    as_now: bool

    @property
    def verdict(self) -> str:
        """`refuse` with any error, `waiting` where signatures would have been missing, else `late`."""
        if has_errors(self.findings):
            return "refuse"
        return "waiting" if self.findings else "late"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was heard of one record: how many of its steps were looked at, and those that would not have passed.

    `unsound` counts its steps that do not even hold as they are; nothing is asked about those.
    """

    steps: int
    unsound: int
    replayed: tuple[Replayed, ...]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The steps of the main branch up to a commit, as the policy `proposed` would have judged them.

    `left_out` counts the records that nobody looked at, where only the newest steps were wanted.
    """

    tip: str
    in_force: PolicyVersion
    proposed: PolicyVersion
    records: int
    left_out: int
    steps: int
    unsound: int
    otherwise: tuple[Replayed, ...]

    @property
    def differing(self) -> tuple[Replayed, ...]:
        """The steps of which the policy in force would have said something else."""
        return tuple(step for step in self.otherwise if not step.as_now)

    @property
    def as_now(self) -> tuple[Replayed, ...]:
        """The steps that the policy in force would not let pass as they were either, for the same reasons."""
        return tuple(step for step in self.otherwise if step.as_now)

    @property
    def by_verdict(self) -> Mapping[str, int]:
        """How many of those that differ would have come to what."""
        counted = Counter(step.verdict for step in self.differing)
        return {verdict: counted[verdict] for verdict in VERDICTS}

    @property
    def by_transition(self) -> Mapping[str, int]:
        """How many differ of each transition, the most first."""
        return _ranked(step.transition for step in self.differing)

    @property
    def by_code(self) -> Mapping[str, int]:
        """How many differ by each finding's code, the most first."""
        return _ranked(code for step in self.differing for code in {finding.code for finding in step.findings})


def _ranked(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda entry: (-entry[1], entry[0])))
