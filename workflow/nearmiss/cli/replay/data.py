"""What a replay found, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.cli.findings import finding_as_data

if TYPE_CHECKING:
    from nearmiss.engine.replaying.results import Replay, Replayed


def summary_as_data(replay: Replay) -> dict[str, Any]:
    """Return how many steps a policy would have judged otherwise, and of which sorts they are."""
    return {
        "tip": replay.tip,
        "policy": {"version": replay.in_force.number, "rules": replay.in_force.rules_digest},
        "proposed": {"rules": replay.proposed.rules_digest, "digest": replay.proposed.digest},
        "counts": {
            "records": replay.records,
            "records_left_out": replay.left_out,
            "steps": replay.steps,
            "unsound": replay.unsound,
            "differing": len(replay.differing),
            "as_now": len(replay.as_now),
            **replay.by_verdict,
        },
        "by_transition": dict(replay.by_transition),
        "by_code": dict(replay.by_code),
    }


def replay_as_data(replay: Replay) -> dict[str, Any]:
    """Return a replay as JSON has it: ok, tool, tip, policy, proposed, counts, by_transition, by_code and steps.

    `steps` are all that would not have passed as they were; `as_now` marks those of which the policy in force would
    say the very same.
    """
    return {
        "ok": not replay.differing,
        "tool": {"name": "nearmiss", "version": __version__},
        **summary_as_data(replay),
        "steps": [_step_as_data(step) for step in replay.otherwise],
    }


def _step_as_data(step: Replayed) -> dict[str, Any]:
    return {
        "record": step.record,
        "title": step.title,
        "path": step.path,
        "seq": step.seq,
        "transition": step.transition,
        "from": step.from_,
        "to": step.to,
        "day": step.day,
        "commit": step.commit,
        "policy": step.policy,
        "verdict": step.verdict,
        "as_now": step.as_now,
        "late": [{"what": due.what, "on": due.on} for due in step.late],
        "findings": [finding_as_data(finding) for finding in step.findings],
    }
