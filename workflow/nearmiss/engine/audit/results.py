"""What an audit found: each step with who gave it and under which rules, the ledgers, and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from nearmiss.models.swift import swift
from nearmiss.policy.findings import has_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


@swift
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


@swift
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


@swift
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


@swift
@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many records, steps, and approvals of each assurance there are; `hidden` are claims that no commit shows."""

    records: int = 0
    steps: int = 0
    signed: int = 0
    forge: int = 0
    asserted: int = 0
    hidden: int = 0

    @property
    def signatures(self) -> int:
        """All approvals in force."""
        return self.signed + self.forge + self.asserted

    def as_plain(self) -> list[int]:
        """Return its figures."""
        return [self.records, self.steps, self.signed, self.forge, self.asserted, self.hidden]

    @classmethod
    def of(cls, figures: Sequence[int]) -> Tally:
        """Return the tally with these figures."""
        return cls(**dict(zip((one.name for one in fields(cls)), figures, strict=True)))


def tally_of(lives: Sequence[Life]) -> Tally:
    """Count what is in some lives."""
    signatures = [one for life in lives for step in life.steps for one in step.signatures]
    of = [one.assurance for one in signatures]
    return Tally(
        records=len([life for life in lives if life.path]),
        steps=sum([len(life.steps) for life in lives]),
        signed=of.count("signed"),
        forge=of.count("forge"),
        asserted=of.count("asserted"),
        hidden=len([one for one in signatures if not one.claimed and one.assurance == "asserted"]),
    )


def ledgers_of(
    ledgers: Iterable[Mapping[str, Sequence[Mapping[str, Any]]]],
) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return all entries of each ledger in the order in which they are told."""
    told = list(ledgers)
    return {name: tuple(entry for one in told for entry in one.get(name, ())) for name in LEDGERS}


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
    lives: Sequence[Life]
    findings: tuple[Blamed, ...]
    tally: Tally = Tally()
    ledgers: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)

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
        return self.ledgers.get(name, ())

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """All approvals in force."""
        return tuple(signature for step in self.steps for signature in step.signatures)
