"""The replay: every step that the main branch took, judged once more as if another policy had been in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.audit.auditing import main_tip
from nearmiss.engine.audit.history import History
from nearmiss.engine.audit.walking import Walk
from nearmiss.engine.errors import BrokenPolicyError, RefusedError
from nearmiss.engine.gate.history import judge_repository
from nearmiss.engine.instance import present_version, read_register
from nearmiss.engine.records.workspace import locate_all
from nearmiss.engine.replaying.hearing import Hearing, Question
from nearmiss.engine.replaying.results import Replay
from nearmiss.engine.trees import WithFiles
from nearmiss.policy.findings import Finding, has_errors
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.version import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nearmiss.engine.audit.ground import Ground
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.replaying.results import Heard


def replay(
    desk: Desk,
    files: Mapping[str, bytes],
    *,
    names: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Say of every step of the main branch what a policy would have said that puts some files in the place of today's.

    `files` are by the paths that they have in a register, `names` tells how a person calls each. Raises RefusedError
    with every finding where that is no sound policy, or the history cannot be relied on; and what an audit raises.
    """
    tip = main_tip(desk)
    findings = list(judge_repository(desk.repository))
    if findings:
        raise RefusedError("The history of this repository cannot be relied on.", findings)
    tree = desk.repository.tree(tip)
    proposed = _proposed(desk, tree, files, names)
    return replay_version(desk, proposed, tip=tip, progress=progress)


def replay_version(
    desk: Desk,
    proposed: PolicyVersion,
    *,
    tip: str,
    steps: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Say what a sound next version would have said of every step up to a commit of the main branch.

    `steps` bounds how many are looked at: those of the records that changed last, each with all that it went through.
    """
    in_force = read_register(desk.repository.tree(tip), desk.documents).newest
    walk = Walk(desk, History(list(desk.repository.commits([tip]))), genesis="", since="")
    question = Question(desk.clock.now(), proposed=proposed, in_force=in_force)
    heard: list[Heard] = []

    def court_of(name: str, touches: Sequence[Touch], ground: Ground) -> Hearing:
        return Hearing(name, touches, ground, question=question, tell=heard.append)

    _, let_stand = walk.policy_life()
    names = sorted(walk.of_records) if steps is None else _newest_first(walk)
    for _ in walk.lives(names, let_stand, progress, court_of):
        if steps is not None and sum(one.steps for one in heard) >= steps:
            break
    return Replay(
        tip=tip,
        in_force=in_force,
        proposed=proposed,
        records=len(heard),
        left_out=len(names) - len(heard),
        steps=sum(one.steps for one in heard),
        unsound=sum(one.unsound for one in heard),
        otherwise=tuple(
            sorted((step for one in heard for step in one.replayed), key=lambda one: (one.record, one.seq))
        ),
    )


def _newest_first(walk: Walk) -> list[str]:
    latest = {name: max(touch.position for touch in touches) for name, touches in walk.of_records.items()}
    return sorted(latest, key=lambda name: (-latest[name], name))


def _proposed(desk: Desk, tree: Tree, files: Mapping[str, bytes], names: Mapping[str, str]) -> PolicyVersion:
    """Return the version that the files amount to; raises RefusedError with what is wrong in the person's own files."""
    newest = read_register(tree, desk.documents).newest
    try:
        version = PolicyVersion(present_version(WithFiles(tree, files), desk.documents, newest.number + 1))
        findings = judge_policy_files(version, newest)
    except BrokenPolicyError as error:
        hint = "a policy consists of workflow, risk, settings, people and waivers, and of lists of terms"
        finding = Finding(code="policy-broken", path=error.path, message=f"this file {error.why}", hint=hint)
        raise _unsound([finding], names) from None
    if not has_errors(findings):
        return version
    located = findings
    for path, raw in files.items():
        located = [
            placed
            for finding in located
            for placed in (locate_all(desk.documents, raw, path, [finding]) if finding.path == path else [finding])
        ]
    raise _unsound(located, names)


def _unsound(findings: Sequence[Finding], names: Mapping[str, str]) -> RefusedError:
    named = [replace(finding, path=names.get(finding.path, finding.path)) for finding in findings]
    return RefusedError(
        "This is no sound policy, so nothing can be judged by it.", named, hint="Mend it, then ask again."
    )
