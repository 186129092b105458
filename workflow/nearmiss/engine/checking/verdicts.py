"""The outcome of a check, and remembering it for as long as the files, the rules and the day are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nearmiss.engine.proposing.branches import PROPOSALS
from nearmiss.engine.records.pages import findings_as_data, revive_findings
from nearmiss.policy.findings import Finding, Severity, has_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.memory import Index
    from nearmiss.engine.ports import Repository, SettledTree
    from nearmiss.engine.records.summaries import Summary

SEEN = ("records/", "schemas/", "workflow/policy/", "site/data/")
"""Everything of a working tree that a check reads."""

COUNTS = ("records", "sign_offs", "asserted")
"""What of a check is remembered besides its findings."""

CHECKED = "checked-2"
"""Under what a verdict is remembered, and that there is one."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome of a check: how many records and sign-offs were looked at, and what was found."""

    records: int
    sign_offs: int
    commit: str
    findings: tuple[Finding, ...]
    asserted: int = 0
    """How many of the sign-offs nothing proves but the claim of who added them."""
    summaries: Mapping[str, Summary] = field(default_factory=dict, repr=False)
    """By id; empty where the outcome was remembered as a whole."""

    @property
    def verdict(self) -> str:
        """`refuse` with any error, `waiting` while only signatures are missing, else `pass`."""
        if has_errors(self.findings):
            return "refuse"
        return "waiting" if any(finding.severity is Severity.WAITING for finding in self.findings) else "pass"

    def count(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity is severity for finding in self.findings)


def key_now(repository: Repository, today: str) -> str:
    """Return what a check of the working tree depends on; an empty text where it cannot be told in a word.

    So it is where a file differs from what git's own index has of it, and on the branch of a proposal.
    """
    return "" if _is_proposing(repository) else _key(repository.settled(*SEEN), today)


def key_of(tree: SettledTree, today: str) -> str:
    """Return what `key_now` returns, from a tree that is checked: git is asked once for both."""
    return _key(tree.digest, today)


def _is_proposing(repository: Repository) -> bool:
    branch = repository.position().branch
    return branch is not None and branch.startswith(PROPOSALS)


def _key(settled: str, today: str) -> str:
    return f"{CHECKED}:{settled}:{today}" if settled else ""


def recall(repository: Repository, memory: Index, today: str) -> Checked | None:
    """Return what the last check of these very files said today; None where any of them changed since."""
    if not memory.get_many([CHECKED]):
        # Nothing was ever checked here: git, which has to look at every file, need not be asked.
        return None
    commit, key = repository.position().commit, key_now(repository, today)
    kept = memory.get_many([key]).get(key) if key else None
    if kept is None or commit is None:
        return None
    findings = tuple(revive_findings(kept["findings"]))
    counts = {name: kept[name] for name in COUNTS}
    return Checked(commit=commit, findings=findings, **counts)


def remember(memory: Index, key: str, checked: Checked) -> None:
    """Keep what a check said under the key of the files, which it has found to be what was read; none is for nobody."""
    if not key:
        return
    kept = {name: getattr(checked, name) for name in COUNTS}
    memory.put_many({CHECKED: {}, key: {**kept, "findings": findings_as_data(checked.findings)}})
