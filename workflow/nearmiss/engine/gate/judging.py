"""The gate: a request judged from base to merge result, on git objects alone, under the policy of the base."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.gate.foresight import record_paths
from nearmiss.engine.gate.history import judge_repository, judge_roots, no_single_base
from nearmiss.engine.gate.paths import (
    judge_classes,
    judge_forged,
    judge_ids,
    judge_modes,
    judge_names,
    judge_passing,
    judge_prefixes,
    judge_sides,
    judge_twins,
)
from nearmiss.engine.gate.policy_requests import judge_policy_request
from nearmiss.engine.gate.records import judge_known
from nearmiss.engine.instance import read_register
from nearmiss.engine.leaks.requests import judge_brought
from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.records.authorship import derive_authorship, derive_held, derive_proofs, outdated_reviews, writings
from nearmiss.engine.records.dossiers import Gathered, gather, prefixes_of, survey
from nearmiss.engine.records.references import judge_new_references
from nearmiss.engine.records.workspace import locate_all
from nearmiss.engine.trees import Overlay
from nearmiss.models.ids import POLICY_SUBJECT, folder_of, id_of_path
from nearmiss.policy.facts import NEVER_ASSESSED, Authorship
from nearmiss.policy.findings import Finding, Severity, has_errors
from nearmiss.policy.paths import class_of
from nearmiss.policy.proposed import Proposed
from nearmiss.policy.standing import replay
from nearmiss.policy.step import Judgement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change, Tree
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Register


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """What the gate says of a request.

    `entries` are the paths that merging would change (None: removed). `judgements` are by record id.
    """

    base: str
    head: str
    findings: tuple[Finding, ...]
    judgements: Mapping[str, Judgement]
    entries: Mapping[str, TreeEntry | None]
    policy_version: int

    @property
    def verdict(self) -> str:
        """`refuse` with any error, `waiting` while only signatures are missing, else `pass`."""
        if has_errors(self.findings):
            return "refuse"
        return "waiting" if any(finding.severity is Severity.WAITING for finding in self.findings) else "pass"

    def proposed(self, record_id: str) -> tuple[Proposed, ...]:
        """Return the steps that the request proposes for a record."""
        judgement = self.judgements.get(record_id)
        return judgement.proposed if judgement else ()


def judge_request(desk: Desk, *, base: str, head: str, intended: Mapping[str, str] | None = None) -> GateResult:
    """Judge what merging `head` into `base` would do.

    There is no textual merge: a record, or the policy, that both sides touched since their merge base is refused with
    the advice to update the branch; every other path is taken from the one side that changed it. `intended` maps
    record ids to the transition that the proposal is about, and can only add a refusal.
    """
    try:
        result = _judge(desk, base, head, intended or {})
    finally:
        # Git looked meanwhile whether anything lies behind the beginnings of the records, which was left out.
        is_whole = desk.walks.hold(desk.repository)
    return result if is_whole else _judge(desk, base, head, intended or {})


def _judge(desk: Desk, base: str, head: str, intended: Mapping[str, str]) -> GateResult:
    repository = desk.repository
    register = read_register(repository.tree(base), desk.documents)
    findings = list(judge_repository(repository))
    if findings:
        return _result(base, head, register, findings=findings)
    bases = repository.merge_bases(base, head)
    findings = [no_single_base(len(bases))] if len(bases) != 1 else judge_forged(repository.forged(bases[0], head))
    findings = findings or [*judge_roots(desk, base=base, head=head), *judge_passing(desk, base=base, head=head)]
    if findings:
        return _result(base, head, register, findings=findings)
    ours = repository.changes(bases[0], head)
    theirs = repository.changes(bases[0], base)
    settings = register.newest.settings
    findings = [*judge_sides(ours, theirs, settings), *judge_classes(ours, settings), *judge_modes(ours)]
    findings += [*judge_twins(ours), *judge_names(ours)]
    entries = {change.path: _entry(change) for change in ours}
    if has_errors(findings):
        return _result(base, head, register, findings=findings, entries=entries)
    result = Overlay(repository.tree(base), entries, desk.read_blob)
    judgements: dict[str, Judgement] = {}
    touched = sorted(
        {record_id for change in ours if (record_id := id_of_path(change.path))} | _meant(intended, bases, head)
    )
    for path in record_paths(ours):
        desk.walks.bound(repository, path, base)
    findings += judge_ids(touched, repository.tree(base), entries)
    findings += judge_prefixes(entries, repository.tree(base), settings)
    for record_id in touched:
        judgement = _judge_record(desk, record_id, result, register, base, head, intended.get(record_id, ""))
        judgements[record_id] = judgement
        findings += judgement.findings
    if any(class_of(change.path, settings) == "policy" for change in ours):
        judgement = judge_policy_request(desk, result, register, ours, base=base, head=head)
        judgements[POLICY_SUBJECT] = judgement
        findings += judgement.findings
    return _result(base, head, register, findings=findings, entries=entries, judgements=judgements)


def _meant(intended: Mapping[str, str], bases: Sequence[str], head: str) -> set[str]:
    """Return the records that a proposal is about, though it may not change them: what is signed may lie on main."""
    named = {subject for subject, transition in intended.items() if transition}
    return named - {POLICY_SUBJECT} if head not in bases else set()


def _result(
    base: str,
    head: str,
    register: Register,
    *,
    findings: Iterable[Finding],
    entries: Mapping[str, TreeEntry | None] | None = None,
    judgements: Mapping[str, Judgement] | None = None,
) -> GateResult:
    return GateResult(
        base=base,
        head=head,
        findings=tuple(findings),
        judgements=judgements or {},
        entries=entries or {},
        policy_version=register.newest.number,
    )


def _entry(change: Change) -> TreeEntry | None:
    return None if change.new_oid is None else TreeEntry(mode=change.new_mode, oid=change.new_oid, path=change.path)


def _judge_record(
    desk: Desk, record_id: str, result: Overlay, register: Register, base: str, head: str, intended: str
) -> Judgement:
    tree = desk.repository.tree(base)
    known = prefixes_of(tree, record_id)
    before = _gather_one(desk, tree, record_id, known)
    after = _gather_one(desk, result, record_id, [*known, *result.paths_of(record_id)])
    gone = _judge_unreadable_base(record_id, before) or _judge_gone(record_id, before, after)
    if after.dossier is None or after.findings or gone:
        return Judgement(findings=tuple(_unreadable(record_id, after)) + tuple(gone))
    judgement = judge_dossiers(desk, before.dossier, after.dossier, register, base=base, head=head, intended=intended)
    brought = judge_brought(desk, before.dossier, after.dossier, result, register.newest.people, base=base, head=head)
    named = judge_new_references(
        desk, before.dossier, after.dossier, base=base, findings=judgement.findings, result=result
    )
    findings = tuple(locate_all(desk.documents, after.raw, after.dossier.path, [*judgement.findings, *named, *brought]))
    return Judgement(findings=findings, proposed=judgement.proposed)


def judge_dossiers(
    desk: Desk,
    before: Dossier | None,
    after: Dossier,
    register: Register,
    *,
    base: str,
    head: str,
    intended: str = "",
    author: str = "",
) -> Judgement:
    """Judge a record's way from base to head with all that git tells: authors, claims, the highest values held.

    `author` is the handle of somebody whose change is not committed yet.
    """
    newest = register.newest
    folder = folder_of(after.path)
    files = _added_sign_offs(desk, before, folder, head)
    proofs = derive_proofs(desk, folder, newest.people, base=base, tip=head, files=files)
    proofs = outdated_reviews(desk, after.sign_offs, proofs, base=base, tip=head)
    register = type(register)(instance=register.instance, versions=register.versions, proofs=proofs)
    authorship, held, reused = Authorship(), NEVER_ASSESSED, _judge_reused(desk, after, base) if before is None else []
    if before is not None:
        held = derive_held(desk, after.path, base, newest.workflow)
        past = replay(before, register)
        authorship = derive_authorship(desk, before, past, newest.people, base=base, tip=head)
        authorship = _with_author(authorship, before, after, author)
    judgement = judge_known(
        before, after, register, authorship=authorship, held=held, now=desk.clock.now(), intended=intended
    )
    placed = tuple(finding.at(record=after.id, path=after.path) for finding in reused)
    return Judgement(findings=(*placed, *judgement.findings), proposed=judgement.proposed)


def _added_sign_offs(desk: Desk, before: Dossier | None, folder: str, head: str) -> list[str]:
    """Return the sign-offs that the head has and the base has not; one that is being written has no commit yet."""
    accepted = {file.path for file in before.sign_offs} if before else set()
    entries = desk.repository.tree(head).entries(f"{folder}sign-offs/")
    return [entry.path for entry in entries if entry.path not in accepted]


def _judge_reused(desk: Desk, after: Dossier, base: str) -> list[Finding]:
    """An id is given once: what was deleted from the main branch does not come back as something new."""
    if next(writings(desk, after.path, [base]), None) is None:
        return []
    message = f"{after.id} was on the main branch before, so it is no new record"
    hint = "restore it on the main branch as it last was there; a new report draws an id of its own"
    return [Finding(code="id-reused", message=message, hint=hint, field=("id",))]


def _with_author(authorship: Authorship, before: Dossier, after: Dossier, author: str) -> Authorship:
    if not author:
        return authorship
    by_part = dict(authorship.by_part)
    for part in {*before.data, *after.data}:
        if before.digest_of(part) != after.digest_of(part):
            by_part[part] = by_part.get(part, frozenset()) | {author}
    movers = authorship.movers | ({author} if before.state != after.state else frozenset())
    return Authorship(known=True, by_part=by_part, movers=movers, strangers=authorship.strangers)


def _gather_one(desk: Desk, tree: Tree, record_id: str, prefixes: Sequence[str]) -> Gathered:
    listed = tree.entries(*prefixes) if prefixes else ()
    entries = [entry for entry in listed if id_of_path(entry.path) == record_id]
    folders, findings = survey(entries)
    if record_id not in folders:
        return Gathered(dossier=None, findings=tuple(findings))
    gathered = gather(folders[record_id], tree, desk.documents)
    return Gathered(dossier=gathered.dossier, findings=(*findings, *gathered.findings), raw=gathered.raw)


def _unreadable(record_id: str, after: Gathered) -> Iterable[Finding]:
    if after.findings:
        return [finding.at(record=record_id) for finding in after.findings]
    return []


def _judge_unreadable_base(record_id: str, before: Gathered) -> list[Finding]:
    """What cannot be read on the main branch is not a new record, whatever the request makes of it."""
    if before.dossier is not None or not before.findings:
        return []
    return [
        Finding(
            code="base-unreadable",
            record=record_id,
            path=before.findings[0].path,
            message=f"{record_id} cannot be read on the main branch ({before.findings[0].message}), so nothing follows",
            hint="put it back on the main branch as it was in its last sound commit",
        )
    ]


def _judge_gone(record_id: str, before: Gathered, after: Gathered) -> list[Finding]:
    if before.dossier is None or after.dossier is not None or after.findings:
        return []
    return [
        Finding(
            code="record-deleted",
            record=record_id,
            path=before.dossier.path,
            message=f"{record_id} would be gone",
            hint="records are never deleted or renamed; decline it, or redact what must not be shown",
        )
    ]
