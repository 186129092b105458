"""The main branch walked: each subject's commits cut into steps, each judged under its own policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.audit import sharing
from nearmiss.engine.audit.errors import NoGenesisError, NotAheadOfGenesisError, NotOnMainError
from nearmiss.engine.audit.ground import Contents, MainGround, candidates_of, read_versions
from nearmiss.engine.audit.paths import dropped_side, judge_commits, judge_roots
from nearmiss.engine.audit.policies import PolicyCourt
from nearmiss.engine.audit.records import RecordCourt
from nearmiss.engine.audit.remembering import lives_of, tally_of_all
from nearmiss.engine.audit.results import Audited, Blamed, ledgers_of
from nearmiss.engine.audit.taking import LetStand, blobs_of, courts_of, life_of_record, taken_along
from nearmiss.engine.audit.touches import Touches
from nearmiss.engine.instance import INSTANCE_FILE, POLICY_SIGN_OFFS, read_instance
from nearmiss.models.ids import POLICY_SUBJECT, RECORDS
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.audit.ground import Candidate, Ground
    from nearmiss.engine.audit.history import History
    from nearmiss.engine.audit.remembering import Part
    from nearmiss.engine.audit.results import Life
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.version import PolicyVersion

LIVES_AT_ONCE = 200
"""Records whose files are read together."""


class Walk:
    """The main branch on the way to be judged: what touched the policy and each record, and on what ground."""

    def __init__(self, desk: Desk, history: History, *, genesis: str, since: str) -> None:
        self._desk = desk
        self.history = history
        self.candidates: Sequence[Candidate] = candidates_of(history)
        self._genesis = _genesis_of(history)
        self._start = max(self._position(genesis), self._position(since), self._genesis)
        tree = desk.repository.tree(history.main[self._genesis])
        self._ground = MainGround(
            desk=desk,
            history=history,
            instance=read_instance(tree, desk.documents),
            versions=read_versions(desk, self.candidates),
            contents=Contents(desk.repository, desk.documents.versions()),
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

    def audited(self, found: Sequence[Life | Part], findings: Sequence[Blamed]) -> Audited:
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
            lives=lives_of(found),
            findings=self.in_order(findings),
            tally=tally_of_all(found),
            ledgers=ledgers_of(one.ledgers for one in found),
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
        course = taken_along(court, touches, let_stand, start=self._start, trust=lambda _files: touches[0])
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
        ground = self._ground
        for begin in range(0, len(names), LIVES_AT_ONCE):
            some = names[begin : begin + LIVES_AT_ONCE]
            ground.contents.fetch(oid for name in some for oid in blobs_of(self.of_records[name]))
            for first in range(0, len(some), sharing.IN_A_PART):
                records = [(name, self.of_records[name]) for name in some[first : first + sharing.IN_A_PART]]
                for court in courts_of(records, ground, start=self._start, court_of=court_of):
                    yield life_of_record(court, let_stand, start=self._start)
            if progress is not None:
                progress(begin + len(some), len(names))

    def found(self, let_stand: LetStand, progress: Callable[[int, int], None] | None = None) -> Iterator[Life | Part]:
        """Yield what all records went through, by their ids; where there are many, others help to judge them.

        These begin at once, not when the first is asked for.
        """
        names = sorted(self.of_records)
        crew = self._desk.crew
        if crew is None or len(names) < sharing.WORTH_SHARING:
            return self.lives(names, let_stand, progress)
        size = sharing.IN_A_PART
        parts = [
            [(name, self.of_records[name]) for name in names[begin : begin + size]]
            for begin in range(0, len(names), size)
        ]
        order = sharing.order_of(self._ground, let_stand, self._start)
        answers = sharing.judged_together(crew, self._desk.documents, order, parts, self._desk.repository)
        return self._found(answers, let_stand, len(names), progress)

    def _found(
        self,
        answers: Iterable[tuple[Sequence[sharing.Touched], Sequence[Part | None]]],
        let_stand: LetStand,
        total: int,
        progress: Callable[[int, int], None] | None,
    ) -> Iterator[Life | Part]:
        done = 0
        for part, found in answers:
            alone = self.lives([name for (name, _), one in zip(part, found, strict=True) if one is None], let_stand)
            yield from (next(alone) if one is None else one for one in found)
            done += len(part)
            if progress is not None:
                progress(done, total)


def _genesis_of(history: History) -> int:
    for position, oid in enumerate(history.main):
        if any(change.path == INSTANCE_FILE and change.new_oid for change in history.commits[oid].changes):
            return position
    raise NoGenesisError


def waivers_of(version: PolicyVersion) -> LetStand:
    """Return the findings that a policy version lets stand: the reason, by commit and code."""
    return {(one["commit"], one["code"]): str(one["because"]) for one in version.data["waivers"].get("waivers", ())}
