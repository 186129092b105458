"""What the gate decided, for programs: every decision, the policy by which it was made, and the tool that made it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.cli.findings import finding_as_data
from nearmiss.cli.proposing.proposal import step_as_data
from nearmiss.cli.replay.data import summary_as_data
from nearmiss.policy.findings import spell_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.gate.decisions import Decision, Gated
    from nearmiss.engine.replaying.results import Replay


def gated_as_data(gated: Gated, replayed: Replay | None) -> dict[str, Any]:
    """Return a verdict as JSON has it: ok, verdict, base, head, tool, policy, replay, decisions, paths, findings.

    A decision has id, title, new, verdict, steps, changes and findings; a step has, beside what a proposal says of it,
    the content that a sign-off binds and its code. `findings` are all of them, those of the decisions too. `replay` is
    null unless the request changes the rules: how many of the newest steps these would have judged otherwise.
    """
    return {
        "ok": gated.result.verdict == "pass",
        "verdict": gated.result.verdict,
        "base": gated.result.base,
        "head": gated.result.head,
        "tool": {"name": "nearmiss", "version": __version__},
        "policy": {
            "version": gated.policy.number,
            "rules": gated.policy.rules_digest,
            "digest": gated.policy.digest,
        },
        "replay": summary_as_data(replayed) if replayed else None,
        "decisions": [_decision_as_data(decision) for decision in gated.decisions],
        "paths": sorted(gated.result.entries),
        "findings": [finding_as_data(finding) for finding in gated.result.findings],
    }


def _decision_as_data(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.subject,
        "title": decision.title,
        "new": decision.is_new,
        "verdict": decision.verdict,
        "steps": [{**step_as_data(step), "content": step.content, "code": step.code} for step in decision.steps],
        "changes": [
            {"field": spell_field(field), "before": before, "after": after} for field, before, after in decision.changes
        ],
        "findings": [finding_as_data(finding) for finding in decision.findings],
    }


def as_json(gated: Gated, replayed: Replay | None) -> Iterator[str]:
    """Yield the lines of the verdict as JSON."""
    yield from json.dumps(gated_as_data(gated, replayed), indent=2, ensure_ascii=False).split("\n")
