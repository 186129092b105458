"""The gate for policy requests: a new version, alone in its request, signed off under the version before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.authorship import derive_proofs
from nearmiss.engine.dossiers import read_sign_off
from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.instance import (
    INSTANCE_FILE,
    POLICY_SIGN_OFFS,
    VERSIONS,
    present_version,
    read_version,
)
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.findings import Finding
from nearmiss.policy.policy_step import judge_policy_files, judge_policy_step
from nearmiss.policy.step import Judgement
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change, Tree
    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.standing import Register


def judge_policy_request(
    desk: Desk, result: Tree, register: Register, changes: Sequence[Change], *, base: str, head: str
) -> Judgement:
    """Judge a request that touches the policy: what it may not touch, the version it adds, and who signed that."""
    findings = [*_judge_append_only(changes)]
    try:
        version, found = _new_version(desk, result, register)
    except BrokenPolicyError as error:
        return Judgement(findings=(*findings, _broken(error)))
    findings += found
    if version is None:
        return Judgement(findings=tuple(findings))
    sign_offs, found = read_policy_sign_offs(result, desk)
    findings += found
    proofs = derive_proofs(desk, POLICY_SIGN_OFFS, register.newest.people, base=base, tip=head)
    register = type(register)(instance=register.instance, versions=register.versions, proofs=proofs)
    judgement = judge_policy_step(version, sign_offs, register=register, authors=_authors(desk, register, base, head))
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


def _new_version(desk: Desk, result: Tree, register: Register) -> tuple[PolicyVersion | None, list[Finding]]:
    """Return the version that a request adds; the files of the policy must say exactly the same."""
    number = register.newest.number + 1
    path = version_file(number)
    expected = present_version(result, desk.documents, number)
    raw = result.read(path)
    if raw is None:
        same = version_bytes(expected | {"version": number - 1}) == version_bytes(register.newest.data)
        if same:
            return None, []
        message = f"the policy changes, and {path} does not say how"
        hint = "propose it with: nearmiss advance policy"
        return None, [Finding(code="policy-unversioned", path=path, message=message, hint=hint)]
    if result.read(version_file(number + 1)) is not None:
        message = "the request adds more than one version"
        return None, [Finding(code="policy-versions-many", path=path, message=message, hint="one version at a time")]
    findings = []
    if raw != version_bytes(expected):
        message = f"{path} does not say what the policy files say"
        hint = "make it again from the files: nearmiss advance policy"
        findings.append(Finding(code="policy-version-differs", path=path, message=message, hint=hint))
    version = read_version(path, raw)
    return version, [*findings, *judge_policy_files(version, register.newest)]


def read_policy_sign_offs(tree: Tree, desk: Desk) -> tuple[list[SignedFile], list[Finding]]:
    """Read all sign-offs of policy versions."""
    sign_offs, findings = [], []
    for path, raw in tree.read_many([entry.path for entry in tree.entries(POLICY_SIGN_OFFS)]):
        signed, found = read_sign_off(path, raw, POLICY_SUBJECT, desk.documents)
        findings += found
        sign_offs += [signed] if signed else []
    return sign_offs, findings


def _authors(desk: Desk, register: Register, base: str, head: str) -> dict[str, str]:
    """Return the addresses of all who wrote the policy change, each with its handle or an empty text."""
    authors = {}
    paths = [INSTANCE_FILE.rpartition("/")[0] + "/", "schemas/"]
    for commit in desk.repository.commits([head], without=[base], paths=paths):
        if all(change.path.startswith(POLICY_SIGN_OFFS) for change in commit.changes):
            continue
        person = register.newest.people.by_email(commit.author.identity.email)
        authors[commit.author.identity.email] = person.handle if person else ""
    return authors


def _broken(error: BrokenPolicyError) -> Finding:
    return Finding(code="policy-broken", message=error.message, hint=error.hint)
