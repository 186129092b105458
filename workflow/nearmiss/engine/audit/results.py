"""What an audit found: each step with who gave it and under which rules, the ledgers, and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.policy.findings import has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.findings import Finding

LEDGERS = {
    "policy_changes": "Changes of the policy",
    "downgrades": "Severity or level lowered",
    "extensions": "Due dates put off",
    "waivers": "Rules waived, and merges let stand",
    "corrections": "Corrections and redactions",
    "declines": "Declined, with the reason",
}
"""The ledgers by name, with what each lists."""


@dataclass(frozen=True, kw_only=True)
class Blamed:
    """A finding, and the commit on the way to which it came about. `waived` is the reason why it is let stand."""

    commit: str
    finding: Finding
    waived: str = ""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One approval: who gave it when, in which role, how sure that is, and who brought the file in.

    `claimed` tells whether a commit that carries the signer's address brought the file; a squash hides that.
    """

    by: str
    name: str
    role: str
    at: str
    time_source: str
    assurance: str
    because: str
    file: str
    claimed: bool
    waived_rule: str = ""
    waived_because: str = ""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One step in force: from which commit on, since which one it was under way, by whose word, under which version."""

    subject: str
    seq: int
    transition: str
    from_: str
    to: str
    commit: str
    began: str
    when: str
    policy: int
    rules: str
    contributors: tuple[str, ...]
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, kw_only=True)
class Life:
    """What one record, or the policy, went through. `reported` is the commit that brought it in."""

    subject: str
    path: str = ""
    title: str = ""
    state: str = ""
    reported: str = ""
    steps: tuple[Taken, ...] = ()
    ledgers: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    blamed: tuple[Blamed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Audited:
    """The outcome of an audit of the history up to a commit.

    `genesis` is the commit that founded the register, `start` the one after which everything was judged; `unproven` is
    how many commits lie between, whose outcome is trusted as it stands at `start`.
    """

    tip: str
    genesis: str
    start: str
    unproven: int
    commits: int
    policy: int
    rules: str
    lives: tuple[Life, ...]
    findings: tuple[Blamed, ...]

    @property
    def verdict(self) -> str:
        """`pass`, or `refuse` with any error that is not waived."""
        return "refuse" if has_errors(one.finding for one in self.open_findings) else "pass"

    @property
    def open_findings(self) -> tuple[Blamed, ...]:
        """All findings that no entry of waivers.yaml lets stand."""
        return tuple(one for one in self.findings if not one.waived)

    @property
    def records(self) -> tuple[Life, ...]:
        """The lives of the records, without that of the policy."""
        return tuple(life for life in self.lives if life.path)

    @property
    def steps(self) -> tuple[Taken, ...]:
        """All steps in the order of the lives."""
        return tuple(step for life in self.lives for step in life.steps)

    def ledger(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """Return the entries of a ledger."""
        return tuple(entry for life in self.lives for entry in life.ledgers.get(name, ()))

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """All approvals in force."""
        return tuple(signature for step in self.steps for signature in step.signatures)
