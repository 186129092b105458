"""Retired terms: old records keep them, and a change that puts one anew is told so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.terms import vocabulary_paths
from nearmiss.policy.dossier import values_at
from nearmiss.policy.findings import Finding, Severity, spell_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.policy.version import PolicyVersion


def judge_retired(before: Mapping[str, Any], after: Mapping[str, Any], policy: PolicyVersion) -> Iterator[Finding]:
    """Warn of each retired term that `after` uses where `before` did not."""
    if not policy.retired:
        return
    for path, name in vocabulary_paths():
        retired = policy.retired.get(name, frozenset())
        if not retired:
            continue
        used = dict(values_at(before, path))
        for way, term in values_at(after, path):
            if term in retired and used.get(way) != term:
                yield Finding(
                    code="term-retired",
                    severity=Severity.WARNING,
                    message=f"{spell_field(way)}: {term} of {name} is retired",
                    hint="use a term that is not; old records keep it",
                    field=way,
                )
