"""Checking a whole register from its files: records, sign-offs in force, the policy, and what refers to what."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.engine.cross_checks import judge_across
from nearmiss.engine.dossiers import Folder, gather, survey
from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.gating import judge_dossiers
from nearmiss.engine.instance import POLICY, present_version, read_register
from nearmiss.engine.policy_gate import read_policy_sign_offs
from nearmiss.engine.proposals import main_register, subject_of, transition_of
from nearmiss.engine.request_paths import branch_outdated
from nearmiss.engine.schemas import export_schemas, stale_schemas
from nearmiss.engine.summaries import Summary, summarise
from nearmiss.engine.workspace import locate_all
from nearmiss.models.digests import digest
from nearmiss.models.ids import RECORDS
from nearmiss.policy.attachments import judge_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.findings import Finding, Severity, has_errors
from nearmiss.policy.policy_step import judge_policy_files, judge_policy_step
from nearmiss.policy.standing import judge_standing
from nearmiss.policy.state_needs import judge_needs_of_state
from nearmiss.policy.structure import STRUCTURAL, judge_record_structure, unknown_state
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.dossiers import Gathered
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.standing import Register, Standing


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The outcome of a check: how many records and sign-offs were looked at, and what was found."""

    records: int
    sign_offs: int
    commit: str
    findings: tuple[Finding, ...]
    summaries: Mapping[str, Summary] = field(default_factory=dict, repr=False)

    @property
    def verdict(self) -> str:
        """`refuse` with any error, `waiting` while only signatures are missing, else `pass`."""
        if has_errors(self.findings):
            return "refuse"
        return "waiting" if any(finding.severity is Severity.WAITING for finding in self.findings) else "pass"

    def count(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity is severity for finding in self.findings)


def check(
    desk: Desk, *, base: str = "", revision: str = "", progress: Callable[[int, int], None] | None = None
) -> Checked:
    """Check the working tree, or the tree of a revision, as a whole.

    With a base (found by itself on the branch of a proposal), records that differ from it are judged as steps from
    there, so that missing sign-offs of newer steps are `waiting`; on the main branch they are errors. What is in the
    working tree is judged as it lies there, committed or not.
    """
    repository = desk.repository
    head = repository.resolve(revision) if revision else desk.head()
    tree = repository.tree(head) if revision else repository.working_tree()
    register = read_register(tree, desk.documents)
    base = repository.resolve(base) if base else _base_of_proposal(desk, revision)
    folders, findings = survey(tree.entries(RECORDS))
    checked = _Check(desk, tree, register, base, head)
    findings += [_at_home(finding) for finding in checked.policy()]
    total = len(folders)
    summaries: dict[str, Summary] = {}
    for number, (found, summary) in enumerate(checked.records(folders), 1):
        findings += found
        if summary is not None:
            summaries[summary.id] = summary
        if progress is not None:
            progress(number, total)
    findings += judge_across(summaries, register.newest)
    return Checked(
        records=len(summaries),
        sign_offs=sum("/sign-offs/" in entry.path for folder in folders.values() for entry in folder.beside),
        commit=head,
        findings=tuple(findings),
        summaries=summaries,
    )


def _base_of_proposal(desk: Desk, revision: str) -> str:
    """On the branch of a proposal, the tip of the main branch is the base."""
    branch = desk.repository.position().branch
    if revision or branch is None or subject_of(branch) is None:
        return ""
    return main_register(desk)[0]


def _at_home(finding: Finding) -> Finding:
    return finding.at(path=POLICY.rstrip("/"))


class _Check:
    """A check as it goes, with what it knows of the base and remembers of earlier runs."""

    def __init__(self, desk: Desk, tree: Tree, register: Register, base: str, head: str) -> None:
        self._desk, self._tree, self._register, self._base, self._head = desk, tree, register, base, head
        self._base_folders: dict[str, Folder] = {}
        self._fork_folders: dict[str, Folder] = {}
        if base:
            self._base_folders = self._fork_folders = _folders_of(desk, base)
            bases = desk.repository.merge_bases(base, head)
            if list(bases) not in ([], [base]):
                self._fork_folders = _folders_of(desk, bases[0])
        branch = desk.repository.position().branch or ""
        self._subject, self._intended = subject_of(branch) or "", transition_of(branch)

    def policy(self) -> Iterable[Finding]:
        """Judge the policy files, that they are what the newest version says, and who signed each version."""
        tree, documents, register = self._tree, self._desk.documents, self._register
        newest = register.newest
        try:
            present = present_version(tree, documents, newest.number)
        except BrokenPolicyError as error:
            return [Finding(code="policy-broken", message=error.message, hint=error.hint)]
        older = register.versions.get(newest.number - 1)
        findings = judge_policy_files(PolicyVersion(present), older)
        if version_bytes(present) != version_bytes(newest.data):
            message = f"the policy files no longer say what version {newest.number} says"
            hint = "propose the change: nearmiss advance policy"
            findings.append(
                Finding(code="policy-unversioned", path=version_file(newest.number), message=message, hint=hint)
            )
        if not has_errors(findings):
            expected = export_schemas(workflow=newest.workflow, vocabulary=newest.vocabulary)
            paths = [entry.path for entry in tree.entries("schemas/") if entry.path.endswith(".schema.json")]
            existing = {path.removeprefix("schemas/"): raw for path, raw in tree.read_many(paths)}
            findings += stale_schemas(existing, expected)
        return [*findings, *self._policy_sign_offs()]

    def _policy_sign_offs(self) -> list[Finding]:
        sign_offs, findings = read_policy_sign_offs(self._tree, self._desk)
        versions = self._register.versions
        for number in range(2, max(versions) + 1):
            before = type(self._register)(
                instance=self._register.instance, versions={n: v for n, v in versions.items() if n < number}
            )
            judgement = judge_policy_step(versions[number], sign_offs, register=before, authors={})
            findings += judgement.findings
        if self._base:
            return findings
        return [_as_error(finding) for finding in findings]

    def records(self, folders: Mapping[str, Folder]) -> Iterable[tuple[list[Finding], Summary | None]]:
        """Judge every record, remembering those whose files and policy are as they were."""
        keys = {record_id: self._key(folder) for record_id, folder in folders.items()}
        memory = self._desk.memory
        known = memory.get_many([key for key in keys.values() if key]) if memory is not None else {}
        fresh: dict[str, Any] = {}
        for record_id, folder in folders.items():
            key = keys[record_id]
            if key and key in known:
                yield _revived(known[key])
                continue
            findings, summary = self._record(folder)
            if key:
                fresh[key] = _kept(findings, summary)
            yield findings, summary
        if memory is not None and fresh:
            memory.put_many(fresh)

    def _key(self, folder: Folder) -> str:
        """What the outcome depends on besides the record's own files: the policy, the base's files, and the day."""
        key = folder.key
        if not key or self._changed(folder):
            return ""
        return f"{key}:{self._rules}:{self._desk.clock.now().date().isoformat()}"

    @cached_property
    def _rules(self) -> str:
        """What tells apart all that a record can be judged by: the instance, and every version that it may name."""
        versions = self._register.versions.values()
        parts = [version.data[f"{part}_sha256"] for version in versions for part in ("rules", "people", "waivers")]
        return digest([self._register.instance, *parts])[7:]

    def _changed(self, folder: Folder) -> bool:
        """Whether the branch changed a record, rather than the main branch since the branch began."""
        return bool(self._base) and self._fork_folders.get(folder.id) != folder

    def _record(self, folder: Folder) -> tuple[list[Finding], Summary | None]:
        gathered = gather(folder, self._tree, self._desk.documents)
        findings = list(gathered.findings)
        dossier = gathered.dossier
        if dossier is None:
            return findings, None
        findings += self._judge_against_base(folder, gathered) if self._changed(folder) else self._judge(gathered)
        located = locate_all(self._desk, gathered.raw, dossier.path, findings)
        structural = has_errors(judge_record_structure(dossier.data, terms=self._register.newest.terms))
        return located, None if structural else summarise(dossier, self._register)

    def _judge(self, gathered: Gathered) -> list[Finding]:
        """Judge a record from its files alone: every step must be complete, and the state what they make it."""
        dossier, register = gathered.dossier, self._register
        assert dossier is not None  # noqa: S101 - the caller has looked
        policy = register.newest
        findings = [*judge_record_structure(dossier.data, terms=policy.terms)]
        findings += unknown_state(dossier.data, [state.state for state in policy.workflow.states])
        if any(finding.code in STRUCTURAL for finding in findings):
            return _placed(findings, dossier.id, dossier.path)
        standing, found = judge_standing(dossier, register)
        findings += [_as_error(finding) for finding in found]
        if standing.state != dossier.state:
            message = f"the record says it is {dossier.state}; its sign-offs leave it {standing.state}"
            hint = f"put the state back to {standing.state}; it is moved by nearmiss advance and sign-offs"
            findings.append(Finding(code="state-unsigned", message=message, hint=hint, field=("state",)))
        if standing.waiting is not None:
            step = standing.waiting
            message = f"step {step.seq} ({step.transition.name}) is in force without {' and '.join(step.missing)}"
            hint = "a step comes into force once all who must sign it have signed"
            findings.append(Finding(code="sign-off-missing", message=message, hint=hint))
        findings += judge_needs_of_state(dossier.data, _version_of(standing, register).workflow)
        findings += judge_attachments(dossier, policy.settings)
        findings += judge_dates(dossier.data, self._desk.clock.now().date())
        return _placed(findings, dossier.id, dossier.path)

    def _judge_against_base(self, folder: Folder, gathered: Gathered) -> list[Finding]:
        assert gathered.dossier is not None  # noqa: S101 - the caller has looked
        before = None
        if self._base_folders.get(folder.id) != self._fork_folders.get(folder.id):
            return [branch_outdated(folder.id, path=gathered.dossier.path)]
        if folder.id in self._base_folders:
            base_tree = self._desk.repository.tree(self._base)
            before = gather(self._base_folders[folder.id], base_tree, self._desk.documents).dossier
        intended = self._intended if folder.id == self._subject else ""
        register = read_register(self._desk.repository.tree(self._base), self._desk.documents)
        judgement = judge_dossiers(
            self._desk, before, gathered.dossier, register, base=self._base, head=self._head, intended=intended
        )
        return list(judgement.findings)


def _version_of(standing: Standing, register: Register) -> PolicyVersion:
    """A record is asked for what the policy of its latest step asked for, not for what came to be asked since."""
    return standing.steps[-1].version if standing.steps else register.newest


def _folders_of(desk: Desk, commit: str) -> dict[str, Folder]:
    return survey(desk.repository.tree(commit).entries(RECORDS))[0]


def _placed(findings: Iterable[Finding], record: str, path: str) -> list[Finding]:
    return [finding.at(record=record, path=path) for finding in findings]


def _as_error(finding: Finding) -> Finding:
    """On the main branch nothing waits any more: what is not signed there is wrong."""
    return replace(finding, severity=Severity.ERROR) if finding.severity is Severity.WAITING else finding


def _kept(findings: list[Finding], summary: Summary | None) -> dict[str, Any]:
    plain = [{**asdict(finding), "severity": finding.severity.value} for finding in findings]
    return {"findings": plain, "summary": summary.as_data() if summary else None}


def _revived(kept: Mapping[str, Any]) -> tuple[list[Finding], Summary | None]:
    findings = [
        Finding(**{**finding, "field": tuple(finding["field"]), "severity": Severity(finding["severity"])})
        for finding in kept["findings"]
    ]
    summary = kept["summary"]
    return findings, Summary.revive(summary) if summary else None
