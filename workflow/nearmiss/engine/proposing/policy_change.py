"""Changing the policy: the files of the working tree as a new version on a branch, to be signed off there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.errors import NothingToProposeError, ProposalExistsError, RefusedError
from nearmiss.engine.instance import INSTANCE_FILE, POLICY_SIGN_OFFS, VERSIONS, present_version
from nearmiss.engine.proposing.branches import branch_name
from nearmiss.engine.proposing.proposals import Proposal, judge_proposal, main_register
from nearmiss.engine.refusals import LostRaceError
from nearmiss.engine.rules_beside import judge_rules
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.findings import has_errors
from nearmiss.policy.paths import class_of
from nearmiss.policy.policy_step import CHANGE, judge_policy_files
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.standing import Register


@dataclass(frozen=True, kw_only=True)
class PolicyProposed:
    """A policy change that was proposed: its version, branch and commit, its paths, and what it waits for."""

    number: int
    branch: str
    commit: str
    paths: tuple[str, ...]
    findings: tuple[Finding, ...]


def propose_policy(desk: Desk) -> PolicyProposed:
    """Propose the policy files as they are in the working tree as the next version.

    Raises RefusedError with every finding where they are not a sound policy, and says so where nothing changed.
    """
    desk.require_branch()
    return propose_version(desk, desk.repository.working_tree())


def propose_version(desk: Desk, working: Tree, *, what: str = "") -> PolicyProposed:
    """Propose the policy files of a tree as the next version; `what` says in a few words what it changes."""
    desk.require_branch()
    base, register = main_register(desk)
    tree = desk.repository.tree(base)
    number = register.newest.number + 1
    data = present_version(working, desk.documents, number)
    version = PolicyVersion(data)
    findings = judge_policy_files(version, register.newest)
    findings = findings if has_errors(findings) else [*findings, *judge_rules(working, desk.documents, version)]
    if has_errors(findings):
        raise RefusedError("The policy files are not sound.", findings)
    files = _changed_files(working, tree, register)
    if not files:
        raise NothingToProposeError
    files[version_file(number)] = version_bytes(data)
    branch = branch_name(POLICY_SUBJECT, number, CHANGE)
    if branch in desk.repository.branches(branch):
        raise ProposalExistsError(POLICY_SUBJECT, branch)
    stamp = desk.stamp()
    desk.person(register.newest.people)
    try:
        commit = desk.repository.commit(
            branch=branch,
            expected=None,
            parents=[base],
            files=files,
            message=f"Policy version {number}{f': {what}' if what else ''}\n",
            author=stamp,
            committer=stamp,
        )
    except LostRaceError as error:
        raise ProposalExistsError(POLICY_SUBJECT, branch) from error
    proposal = Proposal(subject=POLICY_SUBJECT, branch=branch, base=base, head=commit, transition=CHANGE)
    result = judge_proposal(desk, proposal)
    return PolicyProposed(
        number=number, branch=branch, commit=commit, paths=tuple(sorted(files)), findings=result.findings
    )


def _changed_files(working: Tree, tree: Tree, register: Register) -> dict[str, bytes | None]:
    """Return the policy paths that differ, apart from what is only ever added to by the tool itself."""
    settings = register.newest.settings
    kept = (VERSIONS, POLICY_SIGN_OFFS, INSTANCE_FILE)
    files: dict[str, bytes | None] = {}
    there = {entry.path for entry in tree.entries()}
    here = {entry.path for entry in working.entries()}
    for path in sorted(there | here):
        if class_of(path, settings) != "policy" or path.startswith(kept):
            continue
        content = working.read(path) if path in here else None
        if content != tree.read(path):
            files[path] = content
    return files
