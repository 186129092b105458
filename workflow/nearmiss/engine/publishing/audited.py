"""What the site says of the audit: its outcome and some numbers, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk

Outcome = Literal["pass", "refuse", "cut", "none"]
"""Every step was by the rules; something was not; the history of this copy is cut off; or nobody could tell."""


@dataclass(frozen=True, kw_only=True)
class AuditInShort:
    """The outcome of an audit of the main branch up to a commit, and what was judged.

    Where the proof begins later than the register, `began_at` and `began_on` are the commit and its day, and `unproven`
    is how many commits lie before: what the register said then is trusted.
    """

    outcome: Outcome
    commit: str = ""
    commits: int = 0
    records: int = 0
    steps: int = 0
    signatures: int = 0
    unproven: int = 0
    began_at: str = ""
    began_on: str = ""


class AskAudit(Protocol):
    """Audits when it is asked for the first time, from a commit on or from the founding; None if nobody wants it."""

    def __call__(self, genesis: str = "", /) -> AuditInShort | None:
        """Return the outcome. Raises NearMissError where the commit is none from which an audit can begin."""
        ...


def not_audited(_genesis: str = "", /) -> None:
    """Stand for an audit that nobody wants."""


def audit_in_short(desk: Desk, genesis: str = "", /) -> AuditInShort:
    """Audit the main branch and say how that ended; from the founding, it goes on from where an earlier one came to.

    Raises NearMissError where `genesis` is no commit from which an audit can begin.
    """
    if desk.repository.is_shallow:
        return AuditInShort(outcome="cut")
    # Late, because all that judges takes a while to import, and only one page asks.
    from nearmiss.engine.audit.auditing import audit

    try:
        audited = audit(desk, genesis=genesis)
    except NearMissError:
        if genesis:
            raise
        return AuditInShort(outcome="none")
    begun = next(iter(desk.repository.commits([audited.start]))) if audited.unproven else None
    return AuditInShort(
        outcome="pass" if audited.verdict == "pass" else "refuse",
        commit=audited.tip,
        commits=audited.commits,
        records=audited.tally.records,
        steps=audited.tally.steps,
        signatures=audited.tally.signatures,
        unproven=audited.unproven,
        began_at=begun.oid if begun else "",
        began_on=begun.committer.when.date().isoformat() if begun else "",
    )
