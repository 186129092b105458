"""The court for the policy: every change of what requests are judged by, judged under the version before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.course import Outcome
from nearmiss.engine.audit.ledgers import waived_in
from nearmiss.engine.audit.records import is_squash, proofs_of, taken_of
from nearmiss.engine.audit.results import Life, Taken
from nearmiss.engine.gate.policy_requests import judge_policy_change, read_policy_sign_offs
from nearmiss.engine.instance import POLICY_SIGN_OFFS
from nearmiss.engine.ports import Change
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.findings import spell_field
from nearmiss.policy.guards.corrections import changed_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.audit.course import Course, Files, Start
    from nearmiss.engine.audit.ground import MainGround
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.policy.standing import Register

NOTHING = "000000"
PARTS = ("rules", "people", "waivers")


class PolicyCourt:
    """Judges the life of the policy."""

    def __init__(self, touches: Sequence[Touch], ground: MainGround) -> None:
        self._touches = touches
        self._ground = ground
        self._steps: tuple[Taken, ...] = ()
        self._ledgers: dict[str, tuple[Mapping[str, Any], ...]] = {}

    def fork(self) -> PolicyCourt:
        """Return another court that knows the same."""
        other = PolicyCourt(self._touches, self._ground)
        other._steps, other._ledgers = self._steps, dict(self._ledgers)
        return other

    def life(self, course: Course) -> Life:
        """Return what the policy went through."""
        return Life(subject=POLICY_SUBJECT, steps=self._steps, ledgers=self._ledgers, blamed=tuple(course.blamed))

    def judge(self, start: Start, files: Files, tip: Touch) -> Outcome:
        """Judge the change of the policy from a start to a touch."""
        register = self._ground.register(start.touch.policy)
        changes = list(_differences(start.files, files))
        if not changes:
            return Outcome(findings=(), state=tip)
        tree = self._ground.desk.repository.tree(tip.commit)
        judgement = judge_policy_change(
            self._ground.desk,
            tree,
            register,
            changes,
            authors=self._authors(register, start, tip),
            prove=lambda sign_offs: proofs_of(sign_offs, self._touches, start, tip, register, files=files),
        )
        return Outcome(findings=judgement.findings, steps=judgement.proposed, state=tip, moves=True)

    def _authors(self, register: Register, start: Start, tip: Touch) -> dict[str, str]:
        """Return the addresses of all who wrote the change since the base, each with its handle or an empty text."""
        people = register.newest.people
        emails = [
            touch.email
            for touch in self._touches
            if touch.is_in(tip.reach) and not touch.is_in(start.touch.base) and not is_squash(touch)
            if any(not one.path.startswith(POLICY_SIGN_OFFS) and one.path not in touch.taken for one in touch.changes)
        ]
        found = {email: people.by_email(email) for email in emails}
        return {email: person.handle if person else "" for email, person in found.items()}

    def settle(self, start: Start, outcome: Outcome, tip: Touch) -> None:
        """Keep what is in force, with the step that led there."""
        ground = self._ground
        for step in outcome.steps:
            sign_offs, _ = read_policy_sign_offs(ground.desk.repository.tree(tip.commit), ground.desk)
            taken = taken_of(
                POLICY_SUBJECT, step, start, tip, sign_offs=sign_offs, touches=self._touches, ground=ground
            )
            self._steps = (*self._steps, taken)
            entry = {
                "version": step.seq,
                "commit": tip.commit,
                "by": [signature.by for signature in taken.signatures],
                "contributors": list(taken.contributors),
                "changes": self._changed(step.seq),
            }
            self._ledgers["policy_changes"] = (*self._ledgers.get("policy_changes", ()), entry)
            for name, waiver in waived_in(POLICY_SUBJECT, [taken]):
                self._ledgers[name] = (*self._ledgers.get(name, ()), waiver)

    def _changed(self, number: int) -> list[str]:
        """Return the fields in which a version differs from the one before."""
        old, new = (self._ground.versions.get(one) for one in (number - 1, number))
        if old is None or new is None:
            return []
        was, now = ({part: version.data[part] for part in PARTS} for version in (old, new))
        return sorted({spell_field(way) for way, _, _ in changed_values(was, now)})


def _differences(old: Files, new: Files) -> Iterator[Change]:
    for path in sorted({*old, *new}):
        was, now = old.get(path), new.get(path)
        if was != now:
            yield Change(
                path=path,
                old_mode=was[0] if was else NOTHING,
                new_mode=now[0] if now else NOTHING,
                old_oid=was[1] if was else None,
                new_oid=now[1] if now else None,
            )
