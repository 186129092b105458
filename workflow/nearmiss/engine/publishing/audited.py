"""What the site says of the audit: its outcome and some numbers, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk

Outcome = Literal["pass", "refuse", "cut", "none"]
"""Every step was by the rules; something was not; the history of this copy is cut off; or nobody could tell."""


@dataclass(frozen=True, kw_only=True)
class AuditInShort:
    """The outcome of an audit of the main branch up to a commit, and what was judged."""

    outcome: Outcome
    commit: str = ""
    commits: int = 0
    records: int = 0
    steps: int = 0
    signatures: int = 0


AskAudit = Callable[[], AuditInShort | None]
"""Audits when it is asked for the first time; None where nobody wants to know."""


def not_audited() -> None:
    """Stand for an audit that nobody wants."""


def audit_in_short(desk: Desk) -> AuditInShort:
    """Audit the main branch, going on from where an earlier audit came to, and say how that ended."""
    if desk.repository.is_shallow:
        return AuditInShort(outcome="cut")
    # Late, because all that judges takes a while to import, and only one page asks.
    from nearmiss.engine.audit.auditing import audit

    try:
        audited = audit(desk)
    except NearMissError:
        return AuditInShort(outcome="none")
    return AuditInShort(
        outcome="pass" if audited.verdict == "pass" else "refuse",
        commit=audited.tip,
        commits=audited.commits,
        records=audited.tally.records,
        steps=audited.tally.steps,
        signatures=audited.tally.signatures,
    )
