"""What the policy that a request proposes would have said of the newest steps: told to those who are to sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.instance import read_version
from nearmiss.engine.replaying.replaying import replay_version
from nearmiss.errors import NearMissError
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.findings import has_errors
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.version import version_file

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.engine.replaying.results import Replay
    from nearmiss.policy.version import PolicyVersion

MOST_STEPS = 200
"""Steps after which no further record is looked at: a reviewer wants to know by when they may read it."""


def replay_request(desk: Desk, result: GateResult, in_force: PolicyVersion) -> Replay | None:
    """Return what came of replaying the newest steps of a request's base, or None where it proposes no other rules.

    A version that is not sound is told by the gate's own findings; and so is a history in which nothing can be proved.
    """
    if POLICY_SUBJECT not in result.judgements:
        return None
    try:
        version = _proposed(desk, result, in_force)
        return replay_version(desk, version, tip=result.base, steps=MOST_STEPS) if version else None
    except NearMissError:
        return None


def _proposed(desk: Desk, result: GateResult, in_force: PolicyVersion) -> PolicyVersion | None:
    path = version_file(in_force.number + 1)
    raw = desk.repository.tree(result.head).read(path)
    version = read_version(path, raw) if raw is not None else None
    if version is None or has_errors(judge_policy_files(version, in_force)):
        return None
    same = all(version.data[part] == in_force.data[part] for part in ("rules", "people"))
    return None if same else version
