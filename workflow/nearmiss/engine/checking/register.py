"""Checking a whole register from its files: records, sign-offs in force, the policy, and what refers to what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.checking.cross_checks import judge_across
from nearmiss.engine.checking.verdicts import SEEN, Checked, key_of, remember
from nearmiss.engine.circles import nothing_collected
from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.gate.paths import branch_outdated
from nearmiss.engine.gate.policy_requests import read_policy_sign_offs
from nearmiss.engine.indexing.remembering import known_facts
from nearmiss.engine.indexing.sharing import brief
from nearmiss.engine.indicators.exposure_file import check_exposure
from nearmiss.engine.instance import POLICY, present_version, read_register
from nearmiss.engine.intake.counting import check_discarded
from nearmiss.engine.proposing.branches import subject_of, transition_of
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.records.dossiers import Folder, gather, survey
from nearmiss.engine.records.facts import as_error
from nearmiss.engine.records.summaries import Summary, summarise
from nearmiss.engine.records.workspace import locate_all
from nearmiss.engine.rules_beside import check_rules
from nearmiss.engine.schemas.files import export_schemas, stale_schemas
from nearmiss.models.ids import RECORDS
from nearmiss.policy.findings import Finding, has_errors
from nearmiss.policy.policy_step import judge_policy_files, judge_policy_step
from nearmiss.policy.proving import claims_among
from nearmiss.policy.structure import judge_record_structure
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import SettledTree, Tree
    from nearmiss.engine.records.dossiers import Gathered
    from nearmiss.engine.records.facts import Facts
    from nearmiss.policy.standing import Register


def check(
    desk: Desk,
    *,
    base: str = "",
    revision: str = "",
    progress: Callable[[int, int], None] | None = None,
    listed: Listed | None = None,
) -> Checked:
    """Check the working tree, or the tree of a revision, as a whole.

    With a base (found by itself on the branch of a proposal), records that differ from it are judged as steps from
    there, so that missing sign-offs of newer steps are `waiting`; on the main branch they are errors. What is in the
    working tree is judged as it lies there, committed or not. Who has just listed it gives what was `listed`.
    """
    with nothing_collected():
        return _check(desk, base=base, revision=revision, progress=progress, listed=listed)


def _check(
    desk: Desk, *, base: str, revision: str, progress: Callable[[int, int], None] | None, listed: Listed | None
) -> Checked:
    repository, today = desk.repository, desk.clock.now().date().isoformat()
    head = repository.resolve(revision) if revision else desk.head()
    present = None if revision else listed.tree if listed else repository.settled_tree(*SEEN)
    tree: Tree = present or repository.tree(head)
    register = read_register(tree, desk.documents)
    brief(desk.crew, register, tree, desk.clock.now().date())
    base = repository.resolve(base) if base else _base_of_proposal(desk, revision)
    checked = _Check(desk, tree, register, base, head)
    folders, strays = (listed.folders, listed.strays) if listed else survey(tree.entries(RECORDS))
    findings = list(strays)
    # Who helps with many records begins here, and the policy is judged meanwhile.
    records = checked.records(folders)
    findings += [_at_home(finding) for finding in checked.policy()]
    findings += check_exposure(desk, tree, register)
    findings += check_rules(desk, tree, register)
    findings += check_discarded(desk, tree)
    total = len(folders)
    summaries: dict[str, Summary] = {}
    asserted = 0
    for number, (found, summary, claims) in enumerate(records, 1):
        findings += found
        asserted += claims
        if summary is not None:
            summaries[summary.id] = summary
        if progress is not None:
            progress(number, total)
    findings += judge_across(summaries, register.newest)
    outcome = Checked(
        records=len(summaries),
        sign_offs=sum("/sign-offs/" in entry.path for folder in folders.values() for entry in folder.beside),
        commit=head,
        findings=tuple(findings),
        asserted=asserted,
        summaries=summaries,
    )
    if desk.memory is not None and present is not None and not base and tree.is_as_listed:
        remember(desk.memory, key_of(present, today), outcome)
    return outcome


def _base_of_proposal(desk: Desk, revision: str) -> str:
    """On the branch of a proposal, the tip of the main branch is the base."""
    branch = desk.repository.position().branch
    if revision or branch is None or subject_of(branch) is None:
        return ""
    return main_register(desk)[0]


def _at_home(finding: Finding) -> Finding:
    return finding.at(path=POLICY.rstrip("/"))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The working tree as it was listed, with what a survey of its records found."""

    tree: SettledTree
    folders: Mapping[str, Folder]
    strays: Sequence[Finding]


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
        return [as_error(finding) for finding in findings]

    def records(self, folders: Mapping[str, Folder]) -> Iterable[tuple[list[Finding], Summary | None, int]]:
        """Judge every record: those that the branch changes as a step from the base, all others from their files.

        With each comes how many of its sign-offs are no more than a claim.
        """
        changed = {record_id for record_id, folder in folders.items() if self._changed(folder)}
        settled = {record_id: folder for record_id, folder in folders.items() if record_id not in changed}
        return self._judged(folders, changed, known_facts(self._desk, self._tree, self._register, settled))

    def _judged(
        self, folders: Mapping[str, Folder], changed: Collection[str], known: Iterator[tuple[str, Facts, str]]
    ) -> Iterable[tuple[list[Finding], Summary | None, int]]:
        for record_id, folder in folders.items():
            if record_id in changed:
                yield self._step(folder)
                continue
            _, facts, _ = next(known)
            yield list(facts.findings), facts.summary if facts.is_sound else None, facts.asserted
        # What is remembered is put away when the last one has been asked for.
        next(known, None)

    def _changed(self, folder: Folder) -> bool:
        """Whether the branch changed a record, rather than the main branch since the branch began."""
        return bool(self._base) and self._fork_folders.get(folder.id) != folder

    def _step(self, folder: Folder) -> tuple[list[Finding], Summary | None, int]:
        gathered = gather(folder, self._tree, self._desk.documents)
        dossier = gathered.dossier
        if dossier is None:
            return list(gathered.findings), None, sum("/sign-offs/" in entry.path for entry in folder.beside)
        findings = [*gathered.findings, *self._judge_against_base(folder, gathered)]
        located = locate_all(self._desk.documents, gathered.raw, dossier.path, findings)
        structural = has_errors(judge_record_structure(dossier.data, terms=self._register.newest.terms))
        summary = None if structural else summarise(dossier, self._register)._replace(words="")
        return located, summary, claims_among(dossier.sign_offs, self._register.versions)

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


def _folders_of(desk: Desk, commit: str) -> dict[str, Folder]:
    return survey(desk.repository.tree(commit).entries(RECORDS))[0]
