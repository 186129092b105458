"""The court for a record: from files to dossier, who wrote what, and what is told of each step once it is in force."""

from __future__ import annotations

from collections import defaultdict
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.course import Outcome
from nearmiss.engine.audit.ledgers import entries_of
from nearmiss.engine.audit.results import Life, Signature, Taken
from nearmiss.engine.audit.versions import Versions
from nearmiss.engine.gate.paths import judge_prefixes
from nearmiss.engine.gate.records import judge_known
from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.engine.records.authorship import PARTS, Writers, held_among
from nearmiss.engine.trees import EmptyTree
from nearmiss.models.ids import is_record_path
from nearmiss.models.swift import once, swift
from nearmiss.policy.dossier import get
from nearmiss.policy.facts import NEVER_ASSESSED
from nearmiss.policy.findings import Finding
from nearmiss.policy.proving import origin_of
from nearmiss.policy.signing import Proof
from nearmiss.policy.standing import Register, replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.audit.course import Course, Files, Start
    from nearmiss.engine.audit.ground import Ground
    from nearmiss.engine.audit.history import Reach
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.engine.records.dossiers import Gathered
    from nearmiss.policy.dossier import Dossier, SignedFile
    from nearmiss.policy.facts import Authorship, Held
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Standing
    from nearmiss.policy.workflow import Workflow


@swift
@dataclass(frozen=True, kw_only=True)
class Change:
    """What one commit wrote into a record of its own, and whose address it carries."""

    touch: Touch
    email: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def touches(self, part: str) -> bool:
        """Say whether a part differs."""
        was, now = self.before.get(part), self.after.get(part)
        # What two versions share is the very same object, into which nobody need look.
        return was is not now and was != now

    @once
    def parts(self) -> tuple[str, ...]:
        """The parts that differ and can be sealed."""
        return tuple(part for part in PARTS if self.touches(part))

    @once
    def moves(self) -> bool:
        """Whether it takes a record that was there to another state."""
        return bool(self.before) and self.touches("state")


class RecordCourt:
    """Judges the life of one record: what touched it, and what its files said at any time."""

    def __init__(self, record_id: str, touches: Sequence[Touch], ground: Ground) -> None:
        self.id = record_id
        self.path = ""
        self._ground = ground
        self.touches = touches
        self._changes: list[Change] | None = None
        self.said = Versions(record_id, touches, ground.contents)
        self._versions: list[Mapping[str, Any]] = []
        self._steps: tuple[Taken, ...] = ()
        self._ledgers: dict[str, tuple[Mapping[str, Any], ...]] = {}
        self._reported = ""
        self._settled: Dossier | None = None
        self._gathered: Dossier | None = None
        self._held: tuple[int, Workflow | None, Held] = (0, None, NEVER_ASSESSED)

    def fork(self) -> RecordCourt:
        """Return another court that knows the same."""
        other = copy(self)
        other._versions, other._ledgers = list(self._versions), dict(self._ledgers)  # noqa: SLF001 - one of our kind
        return other

    def life(self, course: Course) -> Life:
        """Return what the record went through."""
        data = self._settled.data if self._settled else {}
        return Life(
            subject=self.id,
            path=self.path or min(self._paths()),
            title=str(data.get("title", "")),
            state=str(data.get("state", "")),
            reported=self._reported,
            steps=self._steps,
            ledgers=self._ledgers,
            blamed=tuple(course.blamed),
        )

    def _paths(self) -> set[str]:
        return {change.path for touch in self.touches for change in touch.changes}

    def trusted(self, files: Files, upto: int) -> Dossier | None:
        """Return the dossier where judging begins, and remember what it ever held before."""
        for touch in self.touches:
            if touch.is_on_main and touch.position <= upto:
                self._versions += [
                    self._ground.contents.data(change.new_mode, change.new_oid)
                    for change in touch.changes
                    if is_record_path(change.path)
                ]
        self._settled = self._gather(files).dossier
        return self._settled

    def judge(self, start: Start, files: Files, tip: Touch) -> Outcome:
        """Judge the way from a start to a touch."""
        before: Dossier | None = start.settled
        after = self._gather(files)
        findings = [finding.at(record=self.id) for finding in after.findings]
        if after.dossier is None:
            return Outcome(findings=tuple(findings or [self._gone(tip)]))
        self.path = after.dossier.path
        register = self._ground.register(start.touch.policy)
        if before is None:
            findings += self._judge_beginning(after.dossier, start, register)
        judgement = judge_known(
            before,
            after.dossier,
            _with_proofs(register, proofs_of(after.dossier.sign_offs, self.touches, start, tip, register, files=files)),
            authorship=self._authorship(start, register, tip),
            held=self._held_under(register.newest.workflow) if before else NEVER_ASSESSED,
            now=self._ground.now,
        )
        moves = before is not None and (bool(judgement.proposed) or before.state != after.dossier.state)
        return Outcome(
            findings=tuple(dict.fromkeys((*findings, *judgement.findings))),
            steps=judgement.proposed,
            state=after.dossier,
            moves=moves,
        )

    def _held_under(self, workflow: Workflow) -> Held:
        """Return what the versions on main held so far; what was found of the first of them need not be asked again."""
        known, of, held = self._held
        if of is not workflow:
            known, held = 0, NEVER_ASSESSED
        held = held_among(self._versions[known:], workflow, held)
        self._held = (len(self._versions), workflow, held)
        return held

    def settle(self, start: Start, outcome: Outcome, tip: Touch) -> None:
        """Keep what is in force, with the steps and what the ledgers have to tell of the way there."""
        before, after = start.settled, outcome.state
        if before is None:
            self._reported = self._reported or tip.commit
        else:
            # One step at a time: what several steps of one request did belongs to the last of them.
            ground, touches, sign_offs = self._ground, self.touches, after.sign_offs
            taken = tuple(
                taken_of(self.id, step, start, tip, sign_offs=sign_offs, touches=touches, ground=ground)
                for step in outcome.steps
            )
            self._steps += taken
            for name, entry in entries_of(self.id, before, after, taken, tip.commit):
                self._ledgers[name] = (*self._ledgers.get(name, ()), entry)
        self._versions.append(after.data)
        self._settled = after

    def _gather(self, files: Files) -> Gathered:
        gathered = self.said.gathered(files)
        if gathered.dossier is not None:
            if self._gathered is not None:
                gathered.dossier.follow(self._gathered)
            self._gathered = gathered.dossier
        return gathered

    def _gone(self, tip: Touch) -> Finding:
        path = next((change.path for change in tip.changes if is_record_path(change.path)), self.path)
        return Finding(
            code="record-deleted",
            record=self.id,
            path=path,
            message=f"{self.id} is gone",
            hint="records are never deleted or renamed; restore it as it was",
        )

    def _judge_beginning(self, after: Dossier, start: Start, register: Register) -> Iterable[Finding]:
        entry = TreeEntry(mode=REGULAR_FILE, oid=start.files.get(after.path, ("", ""))[1], path=after.path)
        yield from judge_prefixes({after.path: entry}, EmptyTree(), register.newest.settings)

    def _authorship(self, start: Start, register: Register, tip: Touch) -> Authorship:
        """Derive who wrote each part since it was last sealed, and who moved the record since the base.

        A commit that brings content and sign-offs together is a squash: its author may be whoever merged it.
        """
        writers = Writers(register.newest.people)
        if start.settled is None:
            return writers.authorship()
        base, sealed = start.touch.base, self._sealed_by(start, replay(start.settled, register))
        for change in self._written():
            touch = change.touch
            if not touch.is_in(tip.reach):
                continue
            writers.count(
                change.email,
                [part for part in change.parts if part not in sealed or not any(map(touch.is_in, sealed[part]))],
            )
            if change.moves and not touch.is_in(base):
                writers.add_mover(change)
        return writers.authorship()

    def _sealed_by(self, start: Start, past: Standing) -> dict[str, list[Reach]]:
        """Return, for each sealed part, what lies behind the commits that first brought in its approvals."""
        seqs = {file.path: int(file.statement["seq"]) for file in start.settled.sign_offs}
        present = {path: start.files[path][1] for path in seqs if path in start.files}
        reaches: dict[int, list[Reach]] = defaultdict(list)
        for touch in self.touches:
            for change in touch.changes if present else ():
                if change.path in present and change.new_oid == present[change.path] and touch.is_in(start.touch.base):
                    reaches[seqs[change.path]].append(touch.reach)
                    del present[change.path]
        return {part: reaches[seal.seq] for part, seal in past.seals.items()}

    def _written(self) -> list[Change]:
        if self._changes is None:
            data = self._ground.contents.data
            self._changes = [
                Change(
                    touch=touch,
                    email=touch.email,
                    before=data(change.old_mode, change.old_oid),
                    after=data(change.new_mode, change.new_oid),
                )
                for touch in self.touches
                if not is_squash(touch)
                for change in touch.changes
                if is_record_path(change.path) and change.path not in touch.taken
            ]
        return self._changes


def _with_proofs(register: Register, proofs: Mapping[str, Proof]) -> Register:
    return Register(instance=register.instance, versions=register.versions, proofs=proofs) if proofs else register


_NOWHERE = ("", "")


def proofs_of(
    sign_offs: Iterable[SignedFile],
    touches: Sequence[Touch],
    start: Start,
    tip: Touch,
    register: Register,
    *,
    files: Files,
) -> dict[str, Proof]:
    """Return for each sign-off that is new whose address the commit carries that added it; a squash hides that.

    What no commit added since the start is nobody's word: it lay in the history before.
    """
    new = [file.path for file in sign_offs if file.path not in start.files]
    since = [touch for touch in touches if _is_between(touch, start.touch, tip)] if new else []
    found = {}
    for path in new:
        adding = [touch for touch in since if touch.adds(path, files.get(path, _NOWHERE)[1])]
        if not any(is_squash(touch) or _may_be_squash(touch, since) for touch in adding):
            person = register.newest.people.by_email(adding[-1].email) if adding else None
            found[path] = Proof(claimed_by=person.handle if person else "")
    return found


def _may_be_squash(touch: Touch, since: Iterable[Touch]) -> bool:
    """Say whether a commit may be a squash of a step that brings sign-offs alone, since the rest was there before."""
    content = (change for one in since for change in one.changes if "/sign-offs/" not in change.path)
    return touch.is_on_main and touch.parents == 1 and next(content, None) is None


def _is_between(touch: Touch, first: Touch, tip: Touch) -> bool:
    """Say whether a touch came about after a step began, up to a tip."""
    return touch.is_in(tip.reach) and not touch.is_in(first.base)


def _approves(file: SignedFile, seq: int) -> bool:
    return bool(file.statement["seq"] == seq and file.statement["verdict"] == "approve")


def is_squash(touch: Touch) -> bool:
    """Say whether a commit brings a step's content and its sign-offs together, so that its author may have merged it.

    A merge that takes over both has written neither.
    """
    if len(touch.changes) == 1:
        return False
    content = [change for change in touch.changes if "/sign-offs/" not in change.path]
    signed = [change for change in touch.changes if "/sign-offs/" in change.path and change.new_oid is not None]
    return bool(content and signed)


def taken_of(
    subject: str,
    step: Proposed,
    start: Start,
    tip: Touch,
    *,
    sign_offs: Iterable[SignedFile],
    touches: Sequence[Touch],
    ground: Ground,
) -> Taken:
    """Return a step that was put in force, with the approvals of it that lie among the sign-offs."""
    version = ground.register(start.touch.policy).newest
    approvals = [file for file in sign_offs if _approves(file, step.seq)]
    return Taken(
        subject=subject,
        seq=step.seq,
        transition=step.transition.name,
        from_=step.from_,
        to=step.to,
        commit=tip.commit,
        began=start.touch.commit,
        when=tip.when,
        policy=version.number,
        rules=version.rules_digest,
        contributors=tuple(sorted(step.contributors)),
        signatures=tuple(signature_of(file, touches, ground, start.touch.policy) for file in approvals),
    )


def signature_of(file: SignedFile, touches: Sequence[Touch], ground: Ground, policy: int) -> Signature:
    """Return what a sign-off says, and how sure it is that its signer gave it."""
    said = file.statement
    people = ground.register(policy).newest.people
    path = file.path
    added = [touch for touch in touches for one in touch.changes if one.path == path and one.new_oid]
    brought = [people.by_email(touch.email) for touch in added if touch.parents < 2 and not is_squash(touch)]  # noqa: PLR2004 - one parent
    return Signature(
        by=said["by"],
        name=said["name"],
        role=said["role"],
        at=said["at"],
        time_source=said["time_source"],
        assurance=origin_of(file, ground.register(policy).newest).assurance,
        because=str(said.get("because", "")),
        file=file.path,
        claimed=any(person is not None and person.handle == said["by"] for person in brought),
        waived_rule=str(get(said, "waiver", "rule") or ""),
        waived_because=str(get(said, "waiver", "because") or ""),
    )
