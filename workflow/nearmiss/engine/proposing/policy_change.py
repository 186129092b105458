"""Changing the policy: the files of the working tree as a new version on a branch, signed off under the old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import (
    MayNotSignError,
    NothingToProposeError,
    NothingToSignError,
    ProposalExistsError,
    RefusedError,
)
from nearmiss.engine.gate.policy_requests import paths_digest, read_policy_sign_offs
from nearmiss.engine.instance import INSTANCE_FILE, POLICY_SIGN_OFFS, VERSIONS, present_version
from nearmiss.engine.proposing.key_signing import signed_data
from nearmiss.engine.proposing.proposals import Proposal, Word, branch_name, judge_proposal, main_register
from nearmiss.engine.refusals import LostRaceError
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.models.sign_off import file_name
from nearmiss.policy.findings import has_errors
from nearmiss.policy.paths import class_of
from nearmiss.policy.policy_step import CHANGE, change_transition, judge_policy_files, policy_content, previous_of
from nearmiss.policy.proving import ASSURANCES
from nearmiss.policy.roles import roles_for
from nearmiss.policy.signing import waivable_by
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.models.people import Person
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.standing import Register
    from nearmiss.policy.step import Proposed


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


def approve_policy(
    desk: Desk, proposal: Proposal, register: Register, word: Word
) -> tuple[dict[str, bytes | None], list[str], list[str], str]:
    """Return the sign-off file of one person for a proposed version, and the fingerprint of the key that signed it.

    Raises MayNotSignError where they may not.
    """
    result = judge_proposal(desk, proposal)
    if has_errors(result.findings):
        raise RefusedError("The proposed policy would be refused.", result.findings)
    step = result.proposed(POLICY_SUBJECT)[0]
    old, person = register.newest, desk.person(register.newest.people)
    if word.verdict == "approve":
        _require_may_sign(step, register, person, word)
    tree = desk.repository.tree(proposal.head)
    data = present_version(tree, desk.documents, step.seq)
    sign_offs, _ = read_policy_sign_offs(tree, desk)
    meaning = change_transition(old).meaning
    held = roles_for(old.people, person, {})
    role = next((role for role in step.transition.signers.roles if role in held), "staff")
    statement: dict[str, Any] = {
        "version": 1,
        "instance": register.instance,
        "subject": POLICY_SUBJECT,
        "seq": step.seq,
        "transition": CHANGE,
        "from": step.from_,
        "to": step.to,
        "verdict": word.verdict,
        "by": person.handle,
        "name": person.name,
        "role": role,
        "at": f"{desk.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "time_source": "client",
        "meaning": meaning if word.verdict == "approve" else "I object to this change.",
    }
    if word.because:
        statement["because"] = word.because
    statement |= {
        "contributors": sorted(step.contributors),
        "content": policy_content(PolicyVersion(data), paths_digest(desk, result.entries, old.settings)),
        "policy": {"version": old.number, "rules": old.rules_digest},
        "previous": previous_of(sign_offs, instance=register.instance, seq=step.seq),
    }
    if word.waive:
        statement["waiver"] = {"rule": word.waive, "because": word.because}
    path = f"{POLICY_SIGN_OFFS}{file_name(statement)}"
    data, key = signed_data(desk, person, statement, old, word)
    return {path: desk.documents.compose(data)}, [f"policy version {step.seq}"], [meaning], key


def _require_may_sign(step: Proposed, register: Register, person: Person, word: Word) -> None:
    handle = person.handle
    if handle in step.signed:
        raise NothingToSignError(POLICY_SUBJECT)
    waivable = waivable_by(register.newest, step.transition, handle, {})
    if word.waive and word.waive not in waivable:
        raise MayNotSignError(handle, f"they may not waive {word.waive}", step.candidates)
    if step.assurance != ASSURANCES[0] and not person.live_keys:
        why = "a change of the policy is signed with a key, and none of theirs is listed"
        raise MayNotSignError(handle, why, step.candidates)
    if handle not in step.candidates and not word.waive:
        why = "they wrote it" if handle in step.contributors else "they do not hold a role that signs it"
        if handle in step.contributors and waivable:
            why += f" (policy lets them waive this: --waive {waivable[0]} --because …)"
        raise MayNotSignError(handle, why, step.candidates)
