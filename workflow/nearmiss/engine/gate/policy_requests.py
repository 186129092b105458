"""The gate for policy requests: a new version, alone in its request, signed off under the version before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.instance import (
    INSTANCE_FILE,
    POLICY_SIGN_OFFS,
    VERSIONS,
    present_version,
    read_version,
)
from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.records.authorship import derive_proofs, outdated_reviews, overridden, taken_over
from nearmiss.engine.records.dossiers import read_sign_off
from nearmiss.engine.rules_beside import judge_rules
from nearmiss.models.digests import digest, digest_of_bytes
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.findings import Finding, has_errors
from nearmiss.policy.paths import class_of
from nearmiss.policy.policy_step import judge_policy_files, judge_policy_step
from nearmiss.policy.step import Judgement
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change, Tree
    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.settings import Settings
    from nearmiss.policy.signing import Proof
    from nearmiss.policy.standing import Register


def judge_policy_request(
    desk: Desk, result: Tree, register: Register, changes: Sequence[Change], *, base: str, head: str
) -> Judgement:
    """Judge a request that touches the policy: what it may not touch, the version it adds, and who signed that."""
    accepted = {entry.path for entry in desk.repository.tree(base).entries(POLICY_SIGN_OFFS)}

    def prove(sign_offs: Sequence[SignedFile]) -> Mapping[str, Proof]:
        files = [file.path for file in sign_offs if file.path not in accepted]
        proofs = derive_proofs(desk, POLICY_SIGN_OFFS, register.newest.people, base=base, tip=head, files=files)
        return outdated_reviews(desk, sign_offs, proofs, base=base, tip=head)

    authors = _authors(desk, register, changes, base, head)
    return judge_policy_change(desk, result, register, changes, authors=authors, prove=prove)


def judge_policy_change(
    desk: Desk,
    result: Tree,
    register: Register,
    changes: Sequence[Change],
    *,
    authors: Mapping[str, str],
    prove: Callable[[Sequence[SignedFile]], Mapping[str, Proof]],
) -> Judgement:
    """Judge a change of the policy, given who wrote it: addresses, each with its handle or an empty text.

    `prove` tells what git knows of the origin of its sign-offs.
    """
    findings = [*_judge_append_only(changes), *_judge_added(changes, register.newest.number + 1)]
    try:
        version, found = _new_version(desk, result, register, changes)
    except BrokenPolicyError as error:
        return Judgement(findings=(*findings, _broken(error)))
    findings += found
    if version is None:
        return Judgement(findings=tuple(findings))
    sign_offs, found = read_policy_sign_offs(result, desk)
    findings += found
    register = type(register)(instance=register.instance, versions=register.versions, proofs=prove(sign_offs))
    entries = {
        change.path: TreeEntry(mode=change.new_mode, oid=change.new_oid, path=change.path) if change.new_oid else None
        for change in changes
    }
    judgement = judge_policy_step(
        version,
        sign_offs,
        register=register,
        authors=authors,
        paths=paths_digest(desk, entries, register.newest.settings),
    )
    return Judgement(findings=(*findings, *judgement.findings), proposed=judgement.proposed)


def _judge_append_only(changes: Sequence[Change]) -> list[Finding]:
    findings = []
    for change in changes:
        kept = change.path == INSTANCE_FILE or change.path.startswith((VERSIONS, POLICY_SIGN_OFFS))
        if kept and change.old_oid is not None:
            verb = "removed" if change.new_oid is None else "changed"
            findings.append(
                Finding(
                    code="policy-history-changed",
                    path=change.path,
                    message=f"{change.path} would be {verb}; it is only ever added to",
                    hint="restore it from the main branch",
                )
            )
    return findings


def _judge_added(changes: Sequence[Change], number: int) -> list[Finding]:
    """Only the next version is added, and only sign-offs of it: the set of an accepted version is frozen."""
    wanted = version_file(number)
    added = [change.path for change in changes if change.old_oid is None]
    findings = [
        Finding(
            code="policy-versions-many",
            path=path,
            message=f"{path} is not the next version, which is {wanted}",
            hint="one version at a time",
        )
        for path in added
        if path.startswith(VERSIONS) and path != wanted
    ]
    return findings + [
        Finding(
            code="sign-off-late",
            path=path,
            message=f"{path} is no sign-off of version {number}, the one that can be signed now",
            hint="take the file out",
        )
        for path in added
        if path.startswith(POLICY_SIGN_OFFS) and not path.startswith(f"{POLICY_SIGN_OFFS}{number:04d}--")
    ]


def paths_digest(desk: Desk, entries: Mapping[str, TreeEntry | None], settings: Settings) -> str:
    """Return what binds a policy sign-off to all that the request changes: CI, hooks and the files of the policy.

    It is the digest of every policy path with the digest of its content, null for one that is removed; what is only
    ever added to by the tool itself is left out.
    """
    kept = (VERSIONS, POLICY_SIGN_OFFS, INSTANCE_FILE)
    contents = {
        path: digest_of_bytes(desk.read_blob(entry.oid)) if entry is not None and entry.oid else None
        for path, entry in entries.items()
        if class_of(path, settings) == "policy" and not path.startswith(kept)
    }
    return digest(contents)


def _policy_paths(changes: Sequence[Change], register: Register) -> list[str]:
    paths = [change.path for change in changes if not change.path.startswith(POLICY_SIGN_OFFS)]
    return [path for path in paths if class_of(path, register.newest.settings) == "policy"]


def _new_version(
    desk: Desk, result: Tree, register: Register, changes: Sequence[Change]
) -> tuple[PolicyVersion | None, list[Finding]]:
    """Return the version that a request adds; the files of the policy must say exactly the same."""
    number = register.newest.number + 1
    path = version_file(number)
    expected = present_version(result, desk.documents, number)
    raw = result.read(path)
    if raw is None:
        steering = min(_policy_paths(changes, register), default="the policy")
        message = (
            f"the request changes {steering}, by which requests are judged, and brings no new version ({path}) to be "
            "signed off"
        )
        hint = "propose it with: nearmiss advance policy"
        return None, [Finding(code="policy-unversioned", path=path, message=message, hint=hint)]
    findings = []
    if raw != version_bytes(expected):
        message = f"{path} does not say what the policy files say"
        hint = "make it again from the files: nearmiss advance policy"
        findings.append(Finding(code="policy-version-differs", path=path, message=message, hint=hint))
    version = read_version(path, raw)
    findings += judge_policy_files(version, register.newest)
    return version, findings if has_errors(findings) else [*findings, *judge_rules(result, desk.documents, version)]


def read_policy_sign_offs(tree: Tree, desk: Desk) -> tuple[list[SignedFile], list[Finding]]:
    """Read all sign-offs of policy versions."""
    sign_offs, findings = [], []
    for path, raw in tree.read_many([entry.path for entry in tree.entries(POLICY_SIGN_OFFS)]):
        signed, found = read_sign_off(path, raw, POLICY_SUBJECT, desk.documents)
        findings += found
        sign_offs += [signed] if signed else []
    return sign_offs, findings


def _authors(desk: Desk, register: Register, changes: Sequence[Change], base: str, head: str) -> dict[str, str]:
    """Return the addresses of all who wrote the policy change, each with its handle or an empty text."""
    authors = {}
    paths = _policy_paths(changes, register)
    writers = [
        commit
        for commit in desk.walk([head], without=[base], paths=paths)
        if not all(taken_over(desk, commit, change.path, change.new_oid) for change in commit.changes)
    ]
    merges = [commit for commit in desk.walk([head], without=[base], paths=()) if len(commit.parents) > 1]
    writers += [commit for commit in merges if any(overridden(desk, commit, path) for path in paths)]
    for commit in writers:
        person = register.newest.people.by_email(commit.author.identity.email)
        authors[commit.author.identity.email] = person.handle if person else ""
    return authors


def _broken(error: BrokenPolicyError) -> Finding:
    return Finding(code="policy-broken", message=error.message, hint=error.hint)
