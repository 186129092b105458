"""What the tests of the audit share: proposals brought onto main in every way that forges have, and audits by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.audit.results import Audited
from tests.engine.scene import Scene


def audited(scene: Scene, **more: Any) -> Audited:
    """Audit the main branch of a scene."""
    return audit(scene.desk("o.haddad"), **more)


def faults(found: Audited) -> list[tuple[str, str]]:
    """Return the codes of the errors that nothing lets stand, each with the subject of its commit."""
    return sorted(
        (one.finding.code, one.finding.record) for one in found.open_findings if one.finding.severity == "error"
    )


def told(found: Audited) -> list[Any]:
    """Return what must be the same however something was merged: no commits and no times of commits."""
    return [
        (
            step.subject,
            step.seq,
            step.transition,
            step.from_,
            step.to,
            step.policy,
            step.rules,
            [one.by for one in step.signatures],
        )
        for step in found.steps
    ]


MERGER = "k.adeyemi"


def by_merge(scene: Scene, branch: str) -> None:
    """Merge with a merge commit, as whoever presses the button."""
    scene.git("checkout", "-q", "main")
    scene.git("merge", "-q", "--no-ff", "-m", "Merge", branch, who=MERGER)


def by_squash(scene: Scene, branch: str) -> None:
    """Squash all commits into one of whoever presses the button."""
    scene.git("checkout", "-q", "main")
    scene.git("merge", "-q", "--squash", branch, who=MERGER)
    scene.git("commit", "-q", "-m", "Squash", who=MERGER)


def by_rebase(scene: Scene, branch: str) -> None:
    """Write every commit of the branch anew on top of main; the authors stay."""
    scene.git("checkout", "-q", "main")
    for oid in scene.git("rev-list", "--reverse", f"main..{branch}").split():
        scene.git("cherry-pick", "--allow-empty", oid, who=MERGER)


def by_fast_forward(scene: Scene, branch: str) -> None:
    """Move main to the branch's tip."""
    scene.git("checkout", "-q", "main")
    scene.git("merge", "-q", "--ff-only", branch, who=MERGER)


WAYS: Mapping[str, Callable[[Scene, str], None]] = {
    "merge": by_merge,
    "squash": by_squash,
    "rebase": by_rebase,
    "fast-forward": by_fast_forward,
}
