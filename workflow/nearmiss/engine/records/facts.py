"""What is known of a record from its own files under the rules in force: findings, summary and page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.packing import pack_facts
from nearmiss.engine.records.dossiers import gather_many
from nearmiss.engine.records.pages import Page, findings_as_data, page_of, revive_findings
from nearmiss.engine.records.summaries import Summary, summarise
from nearmiss.engine.records.workspace import locate_all
from nearmiss.policy.attachments import judge_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.findings import Finding, Severity, has_errors
from nearmiss.policy.proving import claims_among
from nearmiss.policy.standing import judge_standing
from nearmiss.policy.state_needs import judge_needs_of_state
from nearmiss.policy.structure import STRUCTURAL, judge_record_structure, unknown_state

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.documents import Documents
    from nearmiss.engine.packing import Packed
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.records.dossiers import Folder, Gathered
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Register, Standing
    from nearmiss.policy.version import PolicyVersion


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one record's own files say, and what is wrong with them.

    `summary` is None where the record cannot be read; `is_sound` says whether its structure holds, its terms included.
    `page` is there where its standing could be judged.
    """

    findings: tuple[Finding, ...]
    summary: Summary | None
    is_sound: bool
    page: Page | None
    asserted: int = 0
    """How many of its sign-offs nothing proves but the claim of who added them."""

    def packed(self, today: date) -> Packed:
        """Return the facts as they are remembered, with the day on which they hold where that is not for good."""
        kept = {
            "day": today.isoformat() if self.may_pass else "",
            "findings": findings_as_data(self.findings),
            "summary": self.summary.as_data() if self.summary else None,
            "sound": self.is_sound,
            "asserted": self.asserted,
        }
        words = self.summary.words if self.summary else ""
        return pack_facts(kept, {"words": words, "page": self.page.as_data() if self.page else None})

    def told(self) -> tuple[Any, ...]:
        """Return the facts as plain data for another process, but for what is only remembered: words and page."""
        summary = tuple(self.summary._replace(words="")) if self.summary else None
        return findings_as_data(self.findings), summary, self.is_sound, self.asserted

    @property
    def may_pass(self) -> bool:
        """Whether a finding holds today and not for good: a date that has not come yet will come."""
        return any(finding.code == "date-in-future" for finding in self.findings)

    def without_words(self) -> Facts:
        """Return the same as it is remembered: the words of a summary are kept aside."""
        return replace(self, summary=self.summary._replace(words="")) if self.summary else self

    @classmethod
    def heard(cls, told: Sequence[Any]) -> Facts:
        """Make facts again from what another process told of them."""
        findings, summary, is_sound, asserted = told
        return cls(
            findings=tuple(revive_findings(findings)),
            summary=Summary(*summary) if summary else None,
            is_sound=is_sound,
            page=None,
            asserted=asserted,
        )

    @classmethod
    def revive(cls, kept: Mapping[str, Any]) -> Facts:
        """Make facts again from what was kept of them; the page is left aside."""
        return cls(
            findings=tuple(revive_findings(kept["findings"])),
            summary=Summary.revive(kept["summary"]) if kept["summary"] else None,
            is_sound=kept["sound"],
            page=None,
            asserted=kept["asserted"],
        )


def find_facts(documents: Documents, tree: Tree, register: Register, folder: Folder, *, today: date) -> Facts:
    """Read and judge one record from its files alone."""
    return find_many_facts(documents, [(folder, tree)], register, today=today)[0]


def find_many_facts(
    documents: Documents, given: Sequence[tuple[Folder, Tree]], register: Register, *, today: date
) -> list[Facts]:
    """Read and judge records, each from its own files in a tree alone."""
    return [found.facts for found in find_many(documents, given, register, today=today)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The facts of a record with what they were found in: its dossier, and whether its structure holds.

    `is_shaped` says whether it holds but for terms that no list has.
    """

    facts: Facts
    dossier: Dossier | None
    is_shaped: bool


def find_many(
    documents: Documents, given: Sequence[tuple[Folder, Tree]], register: Register, *, today: date
) -> list[Found]:
    """Read and judge records as `find_many_facts` does, and return their dossiers too.

    Each kind of work is done for all of them before the next begins: a processor does the same again in less time than
    one thing after the other, since what it works with is still at hand.
    """
    cases = [_Case(gathered) for gathered in gather_many(given, documents)]
    able = [case for case in cases if case.gathered.dossier is not None]
    for case in able:
        case.structural = judge_record_structure(case.dossier.data, terms=register.newest.terms)
        case.found = [*case.structural, *_unknown_state(case.dossier, register)]
    sound = [case for case in able if not any(finding.code in STRUCTURAL for finding in case.found)]
    for case in sound:
        case.standing, case.of_standing = judge_standing(case.dossier, register)
    for case in sound:
        case.page = page_of(case.dossier, case.standing, case.of_standing, register.newest)
    for case in sound:
        case.found += _judge(case.dossier, case.standing, case.of_standing, register, today=today)
    for case in able:
        # A record with a word that no list has can still be listed, so that somebody finds and mends it.
        case.is_shaped = not case.structural or not judge_record_structure(case.dossier.data, terms={})
        if case.is_shaped or not has_errors(case.structural):
            case.summary = summarise(case.dossier, register)
    return [
        Found(
            facts=_facts(documents, folder, case, register),
            dossier=case.gathered.dossier,
            is_shaped=case.is_shaped,
        )
        for (folder, _), case in zip(given, cases, strict=True)
    ]


class _Case:
    """A record on the way to what is known of it."""

    __slots__ = ("found", "gathered", "is_shaped", "of_standing", "page", "standing", "structural", "summary")

    def __init__(self, gathered: Gathered) -> None:
        self.gathered = gathered
        self.structural: list[Finding] = []
        self.found: list[Finding] = []
        self.standing: Standing
        self.of_standing: list[Finding] = []
        self.page: Page | None = None
        self.summary: Summary | None = None
        self.is_shaped = False

    @property
    def dossier(self) -> Dossier:
        """The dossier of a record that could be read."""
        assert self.gathered.dossier is not None  # noqa: S101 - the others are not asked
        return self.gathered.dossier


def _facts(documents: Documents, folder: Folder, case: _Case, register: Register) -> Facts:
    gathered = case.gathered
    if gathered.dossier is None:
        unread = sum("/sign-offs/" in entry.path for entry in folder.beside)
        return Facts(findings=gathered.findings, summary=None, is_sound=False, page=None, asserted=unread)
    placed = [finding.at(record=folder.id, path=gathered.dossier.path) for finding in case.found]
    return Facts(
        findings=tuple(locate_all(documents, gathered.raw, gathered.dossier.path, [*gathered.findings, *placed])),
        summary=case.summary,
        is_sound=not has_errors(case.structural),
        page=case.page if not gathered.findings else None,
        asserted=claims_among(gathered.dossier.sign_offs, register.versions),
    )


def _unknown_state(dossier: Dossier, register: Register) -> Iterator[Finding]:
    return unknown_state(dossier.data, [state.state for state in register.newest.workflow.states])


def _judge(
    dossier: Dossier, standing: Standing, of_standing: list[Finding], register: Register, *, today: date
) -> Iterator[Finding]:
    """Judge a record from its files alone: every step must be complete, and the state what they make it."""
    yield from (as_error(finding) for finding in of_standing)
    yield from _judge_state(dossier, standing)
    yield from judge_needs_of_state(dossier.data, _version_of(standing, register).workflow)
    yield from judge_attachments(dossier, register.newest.settings)
    yield from judge_dates(dossier.data, today)


def _judge_state(dossier: Dossier, standing: Standing) -> Iterator[Finding]:
    if standing.state != dossier.state:
        message = f"the record says it is {dossier.state}; its sign-offs leave it {standing.state}"
        hint = f"put the state back to {standing.state}; it is moved by nearmiss advance and sign-offs"
        yield Finding(code="state-unsigned", message=message, hint=hint, field=("state",))
    if standing.waiting is not None:
        step = standing.waiting
        message = f"step {step.seq} ({step.transition.name}) is in force without {' and '.join(step.missing)}"
        hint = "a step comes into force once all who must sign it have signed"
        yield Finding(code="sign-off-missing", message=message, hint=hint)


def _version_of(standing: Standing, register: Register) -> PolicyVersion:
    """A record is asked for what the policy of its latest step asked for, not for what came to be asked since."""
    return standing.steps[-1].version if standing.steps else register.newest


def as_error(finding: Finding) -> Finding:
    """On the main branch nothing waits any more: what is not signed there is wrong."""
    return replace(finding, severity=Severity.ERROR) if finding.severity is Severity.WAITING else finding
