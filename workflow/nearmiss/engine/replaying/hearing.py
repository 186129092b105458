"""The court that hears the steps of one record again: each judged as it was, then by the policy that is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.records import RecordCourt
from nearmiss.engine.gate.records import judge_known
from nearmiss.engine.records.authorship import held_among
from nearmiss.engine.replaying.restating import restate
from nearmiss.engine.replaying.results import Heard, Replayed
from nearmiss.engine.replaying.supposing import supposed
from nearmiss.policy.deadlines import missed
from nearmiss.policy.findings import Severity
from nearmiss.policy.standing import Register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from nearmiss.engine.audit.course import Course, Outcome, Start
    from nearmiss.engine.audit.ground import Ground
    from nearmiss.engine.audit.results import Life
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.policy.deadlines import Due
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.facts import Authorship
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.step import Judgement
    from nearmiss.policy.version import PolicyVersion

HEAVY = frozenset({Severity.ERROR, Severity.WAITING})


@dataclass(frozen=True, kw_only=True)
class Way:
    """The way of a record by one step, or by several that went together, with all that judging it took."""

    before: Dossier
    after: Dossier
    steps: tuple[Proposed, ...]
    register: Register
    authorship: Authorship
    versions: tuple[Mapping[str, Any], ...]
    """What the record said before, each time that something was in force."""
    commit: str

    def day_of(self, step: Proposed) -> str:
        """Return the day of a step's last approval."""
        given = [file.statement for file in self.after.sign_offs if file.statement["seq"] == step.seq]
        return max((str(said["at"]) for said in given if said["verdict"] == "approve"), default="")[:10]


class Question:
    """What is asked of each step: what the proposed policy would say, and whether the one in force says the same."""

    def __init__(self, now: datetime, *, proposed: PolicyVersion, in_force: PolicyVersion) -> None:
        self._now = now
        self._proposed = proposed
        # Under the same number, so that both say what they find in the same words.
        self._in_force = type(in_force)({**in_force.data, "version": proposed.number})
        self._supposed: dict[tuple[int, int], PolicyVersion] = {}

    def ask(self, way: Way, title: str) -> list[Replayed]:
        """Return those steps of a way that would not have passed as they were."""
        found = self._judged(way, self._proposed)
        late = {step.seq: self._late(way, step, self._proposed) for step in way.steps}
        if not found and not any(late.values()):
            return []
        now = set(self._judged(way, self._in_force))
        by_step = _by_step(way, found)
        replayed = []
        for step in way.steps:
            findings, dues = by_step[step.seq], late[step.seq]
            if findings or dues:
                known = {due.what for due in self._late(way, step, self._in_force)}
                as_now = now.issuperset(findings) and known.issuperset(due.what for due in dues)
                replayed.append(_replayed(way, step, title, findings, dues, as_now=as_now))
        return replayed

    def _judged(self, way: Way, policy: PolicyVersion) -> list[Finding]:
        """Return what a policy finds in a way that would have kept it from passing."""
        return [finding for finding in self._judgement(way, policy).findings if finding.severity in HEAVY]

    def _judgement(self, way: Way, policy: PolicyVersion) -> Judgement:
        given_under = way.register.newest
        version = self._suppose(policy, given_under)
        versions = {**way.register.versions, version.number: version}
        return judge_known(
            way.before,
            restate(way.before, way.after, way.steps, way.authorship, given_under=given_under, version=version),
            Register(instance=way.register.instance, versions=versions),
            authorship=way.authorship,
            held=held_among(way.versions, version.workflow),
            now=self._now,
        )

    def _suppose(self, policy: PolicyVersion, then: PolicyVersion) -> PolicyVersion:
        key = (id(policy), then.number)
        if key not in self._supposed:
            self._supposed[key] = supposed(policy, then)
        return self._supposed[key]

    def _late(self, way: Way, step: Proposed, policy: PolicyVersion) -> tuple[Due, ...]:
        forward = step.transition.kind == "forward"
        return tuple(missed(way.after.data, policy, state=step.from_, on=way.day_of(step))) if forward else ()


def _by_step(way: Way, findings: Iterable[Finding]) -> Mapping[int, tuple[Finding, ...]]:
    """Give each finding to the step that it is about; what is of the record as a whole belongs to the last one."""
    seqs = {file.path: int(file.statement["seq"]) for file in way.after.sign_offs}
    last = way.steps[-1].seq
    by_step: dict[int, list[Finding]] = {step.seq: [] for step in way.steps}
    for finding in findings:
        named = (step.seq for step in way.steps if finding.message.startswith(f"{step.transition.name} "))
        seq = seqs.get(finding.path, next(named, last))
        by_step[seq if seq in by_step else last].append(finding)
    return {seq: tuple(found) for seq, found in by_step.items()}


def _replayed(
    way: Way, step: Proposed, title: str, findings: tuple[Finding, ...], late: tuple[Due, ...], *, as_now: bool
) -> Replayed:
    return Replayed(
        record=way.after.id,
        title=title,
        path=way.after.path,
        seq=step.seq,
        transition=step.transition.name,
        from_=step.from_,
        to=step.to,
        day=way.day_of(step),
        commit=way.commit,
        policy=way.register.newest.number,
        findings=findings,
        late=late,
        as_now=as_now,
    )


class Hearing(RecordCourt):
    """Judges the life of a record as an audit does, and then asks of each step that holds what else could be said."""

    def __init__(
        self,
        record_id: str,
        touches: Sequence[Touch],
        ground: Ground,
        *,
        question: Question,
        tell: Callable[[Heard], None],
    ) -> None:
        super().__init__(record_id, touches, ground)
        self._question = question
        self._tell = tell
        self._ways: tuple[Way, ...] = ()
        self._unsound = 0

    def settle(self, start: Start, outcome: Outcome, tip: Touch) -> None:
        """Keep the way of each step in force, for when the whole life is known."""
        if start.settled is not None and outcome.steps:
            if any(finding.severity in HEAVY for finding in outcome.findings):
                self._unsound += len(outcome.steps)
            else:
                self._ways += (self._way(start, outcome, tip),)
        super().settle(start, outcome, tip)

    def _way(self, start: Start, outcome: Outcome, tip: Touch) -> Way:
        register = self._ground.register(start.touch.policy)
        return Way(
            before=start.settled,
            after=outcome.state,
            steps=outcome.steps,
            register=register,
            authorship=self._authorship(start, register, tip),
            versions=tuple(self._versions),
            commit=tip.commit,
        )

    def life(self, course: Course) -> Life:
        """Return what the record went through, once all its steps were asked about."""
        life = super().life(course)
        self._tell(
            Heard(
                steps=sum(len(way.steps) for way in self._ways),
                unsound=self._unsound,
                replayed=tuple(one for way in self._ways for one in self._question.ask(way, life.title)),
            )
        )
        return life
