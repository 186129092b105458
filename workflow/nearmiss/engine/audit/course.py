"""The course of one subject along main: commits cut into steps as runs, each judged from where its run began."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from nearmiss.engine.audit.results import Blamed
from nearmiss.engine.records.facts import as_error
from nearmiss.models.swift import swift
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.proving import IDENTITY_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.audit.touches import Touch
    from nearmiss.policy.proposed import Proposed

Files = dict[str, tuple[str, str]]
"""The files of a subject: mode and object id by path."""

AT_ONCE = frozenset(
    {
        "sign-off-tampered", "sign-off-late", "sealed-section-changed", "record-deleted", "record-missing", "mode-odd",
        "path-unknown", "path-odd", "path-differs", "id-twice", "id-differs", "id-reused", "id-prefix",
        "fixed-field-changed", "section-removed", "report-changed", "entry-rewritten", "action-id-reused",
        "attachment-changed", "policy-history-changed",
    }
)  # fmt: skip
"""What breaks a rule wherever it stands, even if a later commit of the same run undoes it."""

NEVER_WAIVED = IDENTITY_CODES | {
    "sign-off-missing", "sign-off-stale", "sign-off-gap", "sign-off-chain", "sign-off-foreign", "sign-off-content",
    "sign-off-set-differs", "signers-missing", "state-unsigned", "policy-moved", "policy-version-unknown",
    "objection-stands", "contributor-signs", "contributor-missing", "closer-signs", "signer-role", "signer-unknown",
    "signer-service", "signer-separated", "claim-mismatch", "waiver-not-allowed", "reason-missing", "meaning-differs",
    "forge-unproven", "step-taken-back",
}  # fmt: skip
"""What says that a sign-off is missing or does not count: nothing makes up for that but the sign-off."""


@swift
@dataclass(frozen=True, kw_only=True)
class Start:
    """What a judgement starts from: what was last settled (None: nothing yet), and the touch that left it."""

    settled: Any
    files: Files
    touch: Touch


@swift
@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of judging from a start to a touch.

    `state` is what is settled where nothing is wrong, None where it cannot be read; `moves` tells that a step is under
    way, so that what is wrong may yet be put right by what belongs to it.
    """

    findings: tuple[Finding, ...]
    steps: tuple[Proposed, ...] = ()
    state: Any = None
    moves: bool = False


class Court(Protocol):
    """Judges one subject, and keeps what was settled."""

    def judge(self, start: Start, files: Files, tip: Touch) -> Outcome:
        """Judge the way from a start to a touch, after which the subject has these files."""
        ...

    def settle(self, start: Start, outcome: Outcome, tip: Touch) -> None:
        """Keep what is in force from a touch on, and the steps that led there."""
        ...

    def fork(self) -> Court:
        """Return another one that knows the same, so that a reading can be tried."""
        ...


@dataclass(kw_only=True)
class _Run:
    """A step under way: where it began, how far it goes, what its last commit lacks, and where each was first seen."""

    start: Start
    upto: int = -1
    is_faulty: bool = False
    latest: tuple[Finding, ...] = ()
    seen: dict[Finding, Touch] = field(default_factory=dict)


class Course:
    """Judges the touches of one subject in turn.

    `lines` are the touches of lines by their merge; `let_stand` gives the reason for which a commit's finding is let
    stand.
    """

    def __init__(
        self, court: Court, lines: Mapping[str, Sequence[Touch]], let_stand: Mapping[tuple[str, str], str]
    ) -> None:
        self.court = court
        self.blamed: list[Blamed] = []
        self.files: Files = {}
        self.settled: Any = None
        self._lines = lines
        self._let_stand = let_stand
        self._run: _Run | None = None
        self._sound: Start | None = None
        self._told: set[Finding] = set()
        self._forgiven: set[Finding] = set()

    def trust(self, touch: Touch) -> None:
        """Take a touch as it is: it lies before what is judged."""
        self.files = applied(self.files, touch)

    def begin(self, settled: Any) -> None:
        """Trust what the files say where judging begins."""
        self.settled = settled

    def go(self, touch: Touch) -> None:
        """Judge one more touch."""
        if self._run and touch.position > self._run.upto + 1:
            # A run is of consecutive commits: while something else happened, the step stood on main without its word.
            self._tell_open(self._run)
            self._run.is_faulty = True
        before, self.files = self.files, applied(self.files, touch)
        if self._sound is not None and self._is_mended(touch):
            return
        start = self._run.start if self._run else Start(settled=self.settled, files=before, touch=touch)
        outcome = self._judge(start, touch)
        if self._wrong(outcome, touch) and not self._run and self._went_along(before, touch):
            return
        self._take(start, outcome, touch)

    def _judge(self, start: Start, touch: Touch) -> Outcome:
        """Ask the court; what is let stand once is not found again for as long as it stands."""
        outcome = self.court.judge(start, self.files, touch)
        if not self._forgiven:
            return outcome
        return replace(outcome, findings=tuple(one for one in outcome.findings if one not in self._forgiven))

    def _take(self, start: Start, outcome: Outcome, touch: Touch) -> None:
        errors = [one for one in outcome.findings if one.severity is Severity.ERROR]
        waiting = [one for one in outcome.findings if one.severity is Severity.WAITING]
        for one in errors:
            if one.code in AT_ONCE or not outcome.moves:
                self._tell(one, touch)
        self._notes(outcome.findings, touch)
        open_errors = [one for one in errors if one not in self._told and not self._is_let_stand(one, touch)]
        if outcome.moves and (waiting or open_errors):
            self._run = self._run or _Run(start=start)
            self._run.upto = touch.position
            self._run.is_faulty |= any(one in self._told for one in errors)
            self._run.latest = (*open_errors, *waiting)
            for one in self._run.latest:
                self._run.seen.setdefault(one, touch)
            return
        for one in waiting:
            self._tell(as_error(one), touch)
        if self._run and not self._run.is_faulty and not outcome.steps and not errors:
            self._tell(_taken_back(self._run.start), self._run.start.touch)
        self._settle(start, outcome, touch, clean=not any(not self._reason(one, touch) for one in errors))

    def _settle(self, start: Start, outcome: Outcome, touch: Touch, *, clean: bool) -> None:
        """Go on from here; after a fault, remember what was sound before it, in case that is put back."""
        self._run = None
        if outcome.state is None:
            self._sound = self._sound or start
            return
        if not clean:
            self._sound = self._sound or start
        else:
            self._sound = None
            self._told.clear()
        self.court.settle(start, outcome, touch)
        self.settled = outcome.state

    def _is_mended(self, touch: Touch) -> bool:
        """Say whether the subject is again what can follow from what was sound before a fault."""
        assert self._sound is not None  # noqa: S101 - the caller has looked
        start = Start(settled=self._sound.settled, files=self._sound.files, touch=touch)
        outcome = self._judge(start, touch)
        if self._wrong(outcome, touch) or outcome.state is None:
            return False
        self._settle(start, outcome, touch, clean=True)
        return True

    def _wrong(self, outcome: Outcome, touch: Touch) -> bool:
        heavy = [one for one in outcome.findings if one.severity in {Severity.ERROR, Severity.WAITING}]
        return any(not self._reason(one, touch) for one in heavy)

    def _went_along(self, before: Files, merge: Touch) -> bool:
        """Judge a merge by the commits on its line, one by one, where only that side had touched the subject."""
        line = self._lines.get(merge.commit, ())
        if not line:
            return False
        other = Course(self.court.fork(), self._lines, self._let_stand)
        other.files, other.settled, other._sound = before, self.settled, self._sound
        other._told, other._forgiven = set(self._told), set(self._forgiven)
        for touch in line:
            if not _continues(other.files, touch):
                return False
            other.go(touch)
        heavy = [one for one in other.blamed if one.finding.severity is Severity.ERROR and not one.waived]
        if heavy or other._run or other.files != self.files:
            return False
        self.blamed += other.blamed
        self.court, self.settled, self._sound = other.court, other.settled, other._sound
        self._told, self._forgiven = other._told, other._forgiven
        return True

    def end(self) -> None:
        """Say what is still wrong where the history ends: on main, nothing waits any more."""
        if self._run:
            self._tell_open(self._run)
        self._run = None

    def _tell_open(self, run: _Run) -> None:
        for one in run.latest:
            self._tell(as_error(one), run.seen[one])

    def _tell(self, finding: Finding, touch: Touch) -> None:
        if finding not in self._told:
            self._told.add(finding)
            reason = self._reason(finding, touch)
            if reason:
                self._forgiven.add(finding)
            self.blamed.append(Blamed(commit=touch.commit, finding=finding, waived=reason))

    def _notes(self, findings: Iterable[Finding], touch: Touch) -> None:
        for one in findings:
            if one.severity in {Severity.WARNING, Severity.NOTE} and one.code != "rule-waived":
                self._tell(one, touch)

    def _is_let_stand(self, finding: Finding, touch: Touch) -> bool:
        return bool(self._reason(finding, touch))

    def _reason(self, finding: Finding, touch: Touch) -> str:
        """Return why a finding is let stand; nothing makes up for a sign-off that is missing."""
        first = self._run.seen.get(finding, touch) if self._run else touch
        if finding.code in NEVER_WAIVED:
            return ""
        return self._let_stand.get((first.commit, finding.code), "")


def applied(files: Files, touch: Touch) -> Files:
    """Return the files of a subject after a touch."""
    after = dict(files)
    for change in touch.changes:
        if change.new_oid is None:
            after.pop(change.path, None)
        else:
            after[change.path] = (change.new_mode, change.new_oid)
    return after


def _continues(files: Files, touch: Touch) -> bool:
    """Say whether a touch starts from these very files: nobody else has touched them."""
    return all(files.get(change.path, (None, None))[1] == change.old_oid for change in touch.changes)


def _taken_back(start: Start) -> Finding:
    return Finding(
        code="step-taken-back",
        message="a step was begun here without sign-offs and taken back later",
        hint="what is on the main branch was not signed for as long as it stood there; propose steps on a branch",
        path=start.touch.changes[0].path,
    )
