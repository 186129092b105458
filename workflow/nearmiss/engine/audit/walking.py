"""The main branch walked: each subject's commits cut into steps, each judged under its own policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.course import Course
from nearmiss.engine.audit.errors import NoGenesisError, NotAheadOfGenesisError, NotOnMainError
from nearmiss.engine.audit.ground import Contents, Ground, candidates_of, read_versions
from nearmiss.engine.audit.paths import dropped_side, judge_commits, judge_roots
from nearmiss.engine.audit.policies import PolicyCourt
from nearmiss.engine.audit.records import RecordCourt
from nearmiss.engine.audit.results import Audited, Blamed, Life, ledgers_of, tally_of
from nearmiss.engine.audit.touches import Touches
from nearmiss.engine.instance import INSTANCE_FILE, POLICY_SIGN_OFFS, read_instance
from nearmiss.models.ids import POLICY_SUBJECT, RECORDS
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.audit.ground import Candidate
    from nearmiss.engine.audit.history import History
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.version import PolicyVersion

LIVES_AT_ONCE = 200
"""Records whose files are read together."""

LetStand = dict[tuple[str, str], str]


class Walk:
    """The main branch on the way to be judged: what touched the policy and each record, and on what ground."""

    def __init__(self, desk: Desk, history: History, *, genesis: str, since: str) -> None:
        self._desk = desk
        self.history = history
        self.candidates: Sequence[Candidate] = candidates_of(history)
        self._genesis = _genesis_of(history)
        self._start = max(self._position(genesis), self._position(since), self._genesis)
        tree = desk.repository.tree(history.main[self._genesis])
        self._ground = Ground(
            desk=desk,
            history=history,
            instance=read_instance(tree, desk.documents),
            versions=read_versions(desk, self.candidates),
            contents=Contents(desk.repository, desk.documents),
            now=desk.clock.now(),
        )
        self._gatherer = Touches(desk, history, lambda number: self._ground.register(number).newest.settings)
        self.of_records: dict[str, Sequence[Touch]] = dict(self._gatherer.gather())
        """What touched each record, by its id."""
        self._of_policy = self.of_records.pop(POLICY_SUBJECT, ())

    @property
    def touches(self) -> dict[str, Sequence[Touch]]:
        """What touched each subject, the policy too."""
        return {POLICY_SUBJECT: self._of_policy, **self.of_records}

    def _position(self, revision: str) -> int:
        if not revision:
            return -1
        oid = self._desk.repository.resolve(revision)
        if oid not in self.history.positions:
            raise NotOnMainError(revision)
        if self.history.positions[oid] < self._genesis:
            raise NotAheadOfGenesisError(revision, self.history.main[self._genesis])
        return self.history.positions[oid]

    def policy_life(self) -> tuple[Life, LetStand]:
        """Judge the policy, and return which merges it lets stand: those of its newest version."""
        let_stand = waivers_of(self._newest)
        policy = self._judge_policy(let_stand)
        if let_stand and any(not one.waived for one in policy.blamed):
            # Waivers are themselves a change of the policy: where that does not hold, they let nothing stand.
            let_stand = {}
            policy = self._judge_policy(let_stand)
        return policy, let_stand

    def judge_commits(self, let_stand: LetStand, homes: Mapping[str, str] | None = None) -> Iterator[Blamed]:
        """Judge what is not of one record or of the policy: what each commit touches, and what merges leave out.

        `homes` are the paths of records that lie before what is walked.
        """
        yield from judge_roots(self._ground, let_stand)
        yield from judge_commits(self._ground, self._start, let_stand, homes or {})
        for oid, subject, path in self._gatherer.dropped:
            if self.history.positions[oid] > self._start:
                finding = dropped_side(subject, path)
                yield Blamed(commit=oid, finding=finding, waived=let_stand.get((oid, finding.code), ""))

    @property
    def _newest(self) -> PolicyVersion:
        return self._ground.register(self.history.version_at(self.history.main[-1])).newest

    def audited(self, lives: Sequence[Life], findings: Sequence[Blamed]) -> Audited:
        """Return what came of it, the findings in the order of their commits."""
        history, newest = self.history, self._newest
        return Audited(
            tip=history.main[-1],
            genesis=history.main[self._genesis],
            start=history.main[self._start],
            unproven=self._start - self._genesis,
            commits=len(history.main) - 1 - self._start,
            policy=newest.number,
            rules=newest.rules_digest,
            lives=tuple(lives),
            findings=self.in_order(findings),
            tally=tally_of(lives),
            ledgers=ledgers_of(lives),
        )

    def in_order(self, findings: Iterable[Blamed]) -> tuple[Blamed, ...]:
        """Return findings, each once, in the order of their commits."""
        return tuple(sorted(dict.fromkeys(findings), key=self._order))

    def _order(self, one: Blamed) -> tuple[int, str, str]:
        return (self.history.position_of(one.commit), one.finding.record, one.finding.path)

    def judge_genesis(self, let_stand: LetStand) -> Iterator[Blamed]:
        """A register begins with version 1 of its policy, without sign-offs and without records."""
        if self._start > self._genesis:
            return
        oid = self.history.main[self._genesis]
        entries = self._desk.repository.tree(oid).entries(RECORDS, POLICY_SIGN_OFFS)
        held = [entry.path for entry in entries if entry.path.endswith(".yaml")]
        if held or self.history.version_at(oid) != 1:
            finding = Finding(
                code="genesis-not-empty",
                path=held[0] if held else INSTANCE_FILE,
                message=f"the register was founded with {len(held)} files of records or sign-offs in it"
                if held
                else "the register was founded with more than version 1 of its policy",
                hint="what it was founded with is not proven; begin later with --genesis, and say so",
            )
            yield Blamed(commit=oid, finding=finding, waived=let_stand.get((oid, finding.code), ""))

    def _judge_policy(self, let_stand: LetStand) -> Life:
        touches = self._of_policy
        court = PolicyCourt(touches, self._ground)
        course = self._walked(court, touches, let_stand, trust=lambda _files: touches[0])
        assert isinstance(course.court, PolicyCourt)  # noqa: S101 - a court forks into one of its own kind
        return course.court.life(course)

    def lives(
        self,
        names: Sequence[str],
        let_stand: LetStand,
        progress: Callable[[int, int], None] | None = None,
        court_of: Callable[[str, Sequence[Touch], Ground], RecordCourt] = RecordCourt,
    ) -> Iterator[Life]:
        """Yield what some records went through, in turn, each judged by a court of its own."""
        for begin in range(0, len(names), LIVES_AT_ONCE):
            some = names[begin : begin + LIVES_AT_ONCE]
            touches = {name: self.of_records[name] for name in some}
            self._ground.contents.fetch(oid for name in some for touch in touches[name] for oid in _oids(touch))
            for name in some:
                court = court_of(name, touches[name], self._ground)
                course = self._walked(court, touches[name], let_stand, trust=_truster(court, self._start))
                assert isinstance(course.court, RecordCourt)  # noqa: S101 - as above
                yield course.court.life(course)
            if progress is not None:
                progress(begin + len(some), len(names))

    def _walked(
        self,
        court: Any,
        touches: Sequence[Touch],
        let_stand: LetStand,
        *,
        trust: Callable[[Any], Any],
    ) -> Course:
        """Take a subject along main: what lies before the start is trusted, what comes after is judged."""
        lines: dict[str, list[Touch]] = {}
        for touch in touches:
            if touch.line not in {"", "-"}:
                lines.setdefault(touch.line, []).append(touch)
        course = Course(court, lines, let_stand)
        main = [touch for touch in touches if touch.is_on_main]
        trusted = [touch for touch in main if touch.position <= self._start]
        for touch in trusted:
            course.trust(touch)
        if trusted:
            course.begin(trust(course.files))
        for touch in main[len(trusted) :]:
            course.go(touch)
        course.end()
        return course


def _truster(court: RecordCourt, start: int) -> Callable[[Any], Any]:
    return lambda files: court.trusted(files, start)


def _genesis_of(history: History) -> int:
    for position, oid in enumerate(history.main):
        if any(change.path == INSTANCE_FILE and change.new_oid for change in history.commits[oid].changes):
            return position
    raise NoGenesisError


def waivers_of(version: PolicyVersion) -> LetStand:
    """Return the findings that a policy version lets stand: the reason, by commit and code."""
    return {(one["commit"], one["code"]): str(one["because"]) for one in version.data["waivers"].get("waivers", ())}


def _oids(touch: Touch) -> Iterator[str]:
    for change in touch.changes:
        for mode, oid in ((change.old_mode, change.old_oid), (change.new_mode, change.new_oid)):
            if oid is not None and mode in {"100644", "100755"}:
                yield oid
