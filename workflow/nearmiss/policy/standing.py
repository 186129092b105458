"""Where a record stands by its sign-offs: the steps replayed, the stack in force, what each part is sealed to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nearmiss.models.digests import digest
from nearmiss.models.sign_off import PERSONAL_KEYS, file_name
from nearmiss.models.swift import once, swift
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.signing import NO_PROOF, Proof, judge_approval, signers_missing
from nearmiss.policy.stack import apply_step, has_been, sealed_parts
from nearmiss.policy.statement_keys import key_of
from nearmiss.policy.steps import READ_BY_RULES, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.policy.dossier import Dossier, SignedFile
    from nearmiss.policy.stack import Entry, Seal
    from nearmiss.policy.version import PolicyVersion


@swift
@dataclass(frozen=True, kw_only=True)
class Register:
    """What the standing of every record of an instance is judged against."""

    instance: str
    versions: Mapping[int, PolicyVersion]
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    @once
    def newest(self) -> PolicyVersion:
        """The newest accepted policy, which judges the next step."""
        return self.versions[max(self.versions)]


@swift
@dataclass(frozen=True, kw_only=True)
class Standing:
    """The outcome of a replay.

    `waiting` is the last step while signatures are missing; the stack counts it as taken. `objections` are those to a
    next step that nobody has approved yet; alone they take no step.
    """

    state: str
    steps: tuple[Step, ...]
    stack: tuple[Entry, ...]
    waiting: Step | None
    findings: tuple[Finding, ...]
    objections: tuple[SignedFile, ...] = ()

    @property
    def next_seq(self) -> int:
        """The number of the next step."""
        return len(self.steps) + 1

    @once
    def seals(self) -> dict[str, Seal]:
        """What each part is sealed to; the latest step wins."""
        return {part: seal for entry in self.stack for part, seal in entry.seals.items()}

    def previous(self, register: Register, subject: str, seq: int) -> str:
        """Return what the statement of a step must say in `previous`."""
        return previous_digest(self.steps, instance=register.instance, subject=subject, seq=seq)

    def stack_after(self, step: Step) -> tuple[Entry, ...]:
        """Return the stack as it would be with one more step."""
        return apply_step(self.stack, step)

    @property
    def plan_since(self) -> str:
        """The day of the latest step that put a plan in force or amended it, or an empty text; corrections are none."""
        plans = (step for step in (entry.step for entry in self.stack) if "action_plan" in step.transition.seals)
        return max((step.day for step in plans if "corrections" not in step.transition.seals), default="")


def previous_digest(steps: Sequence[Step], *, instance: str, subject: str, seq: int) -> str:
    """Return what binds step `seq` to the one before it: the digest of the sorted digests of its approvals.

    The first step is bound to the instance and the subject instead, so nothing can be replayed elsewhere.
    """
    if seq == 1:
        return digest({"instance": instance, "subject": subject})
    approvals = next((step.approvals for step in steps if step.seq == seq - 1), ())
    return digest(sorted(file.statement_digest for file in approvals))


def replay(dossier: Dossier, register: Register) -> Standing:
    """Replay all sign-offs of a record from its files alone.

    Every approval is judged under the policy version it names. The result says in which state that leaves the record
    and which parts are sealed to what; whether the record says the same is for `judge_standing`.
    """
    for instance, versions, standing in dossier.replays:
        if versions is register.versions and instance == register.instance:
            return standing  # type: ignore[no-any-return]  # a dossier keeps it and knows no standings
    begun = dossier.begun(register.instance, register.versions)
    standing = _replayed(dossier, register, *begun) if begun else _replayed(dossier, register, dossier.sign_offs)
    dossier.replays.append((register.instance, register.versions, standing))
    return standing


def _replayed(
    dossier: Dossier, register: Register, files: Sequence[SignedFile], after: Standing | None = None
) -> Standing:
    by_seq: dict[int, list[SignedFile]] = defaultdict(list)
    for file in files:
        by_seq[int(file.statement["seq"])].append(file)
    replayed = _Replay(dossier, register)
    if after is not None:
        replayed.go_on(after)
    for seq in sorted(by_seq):
        if not replayed.take(seq, by_seq[seq], last=seq == max(by_seq)):
            break
    return replayed.standing()


class _Replay:
    """The replay as it goes: a state, a stack and what was found on the way."""

    def __init__(self, dossier: Dossier, register: Register) -> None:
        self._dossier = dossier
        self._register = register
        self._first_state = register.versions[min(register.versions)].workflow.first_state
        self._state = self._first_state
        self._steps: list[Step] = []
        self._stack: tuple[Entry, ...] = ()
        self._waiting: Step | None = None
        self._objections: tuple[SignedFile, ...] = ()
        self._findings: list[Finding] = []
        self._latest_at = ""

    def go_on(self, standing: Standing) -> None:
        """Begin where an earlier replay, in which nothing was found, came to its end."""
        self._state, self._stack, self._steps = standing.state, standing.stack, list(standing.steps)
        self._latest_at = max(
            (str(file.statement["at"]) for step in self._steps for file in step.approvals), default=""
        )

    def standing(self) -> Standing:
        return Standing(
            state=self._state,
            steps=tuple(self._steps),
            stack=self._stack,
            waiting=self._waiting,
            findings=tuple(self._findings),
            objections=self._objections,
        )

    def take(self, seq: int, files: list[SignedFile], *, last: bool) -> bool:
        """Take one step; False where nothing after it can be trusted."""
        approvals = tuple(file for file in files if file.statement["verdict"] == "approve")
        objections = tuple(file for file in files if file.statement["verdict"] == "object")
        if not self._follows(seq, files[0]):
            return False
        if not approvals:
            self._objections = objections
            for file in objections:
                self._judge_file(file, seq, file)
            return True
        step = self._read(seq, files, approvals, objections)
        if step is None:
            return False
        stack = apply_step(self._stack, step)
        missing = self._missing(step, stack) if last else ()
        if missing:
            step = replace(step, missing=missing)
            stack = apply_step(self._stack, step)
        self._state = step.to
        self._stack = stack
        if missing:
            self._waiting = step
        else:
            self._steps.append(step)
        return True

    def _missing(self, step: Step, stack: tuple[Entry, ...]) -> tuple[str, ...]:
        """How many must sign depends on the record as it was, which only seals that still stand can tell.

        So an earlier step, or one whose risk nobody has sealed yet, may be short of signatures here; whoever judges it
        when it is proposed counts by what the record says then.
        """
        sealed = {part for entry in stack for part in entry.seals}
        record = self._dossier.data if sealed.issuperset(READ_BY_RULES) else {}
        missing = signers_missing(step, record)
        if record and not missing:
            # The same would be asked of this step once it is in force.
            self._dossier.note_sound("number", step, step.parts_read)
        return missing

    def _follows(self, seq: int, first: SignedFile) -> bool:
        wanted = len(self._steps) + 1
        if self._waiting is None and seq == wanted:
            return True
        hint = "restore the missing sign-off from history; sign-offs are never taken away"
        self._find("sign-off-gap", first, f"step {seq} is signed, but step {wanted} is not complete", hint)
        return False

    def _read(
        self,
        seq: int,
        files: list[SignedFile],
        approvals: tuple[SignedFile, ...],
        objections: tuple[SignedFile, ...],
    ) -> Step | None:
        first = approvals[0]
        said = first.statement
        version = self._register.versions.get(said["policy"]["version"])
        if version is None or version.rules_digest != said["policy"]["rules"]:
            message = f"it names policy version {said['policy']['version']} with rules that are not on record"
            self._find("policy-version-unknown", first, message, "approve again under the policy in force")
            return None
        transition = version.workflow.transition(said["transition"])
        if transition is None or said["to"] not in transition.targets(self._state) or said["from"] != self._state:
            message = f"{said['transition']} does not lead from {self._state} to {said['to']}"
            self._find("transition-illegal", first, message, "only steps that the workflow knows can be signed")
            return None
        if transition.kind == "back" and not has_been(self._stack, said["to"], first_state=self._first_state):
            message = f"the record was never {said['to']}, so {said['transition']} cannot take it there"
            self._find("target-never-reached", first, message, f"choose {self._first_state}")
            return None
        for file in files:
            self._judge_file(file, seq, first)
        step = Step(
            seq=seq,
            transition=transition,
            from_=said["from"],
            to=said["to"],
            version=version,
            approvals=approvals,
            objections=objections,
            sections=sealed_parts(transition, said["content"]),
        )
        self._judge_content(step, first)
        self._latest_at = max([self._latest_at, *(str(file.statement["at"]) for file in approvals)])
        return step

    def _judge_file(self, file: SignedFile, seq: int, first: SignedFile) -> None:
        said = file.statement
        if said["instance"] != self._register.instance:
            self._find(
                "sign-off-foreign",
                file,
                "it was given in another instance",
                "a sign-off counts only where it was given",
                key="instance",
            )
        if said["subject"] != self._dossier.id:
            message = f"it was given for {said['subject']}, not for {self._dossier.id}"
            self._find("sign-off-foreign", file, message, "a sign-off counts only for its own record", key="subject")
        if file.name != file_name(said):
            message = f"its name does not fit its statement, which asks for {file_name(said)}"
            self._find("sign-off-name", file, message, "rename nothing by hand; approve again")
        expected = previous_digest(self._steps, instance=self._register.instance, subject=self._dossier.id, seq=seq)
        if said["previous"] != expected:
            message = "it does not follow from the approvals of the step before"
            self._find(
                "sign-off-chain", file, message, "a sign-off before it was changed, added or removed; restore it"
            )
        if str(said["at"]) < self._latest_at[:10]:
            message = f"it is dated {said['at']}, but the step that it follows was signed at {self._latest_at}"
            hint = "mend the clock that was wrong, and approve again"
            self._find("date-backwards", file, message, hint)
        both_approve = first.statement["verdict"] == said["verdict"] == "approve"
        if file is not first and both_approve and _shared(said) != _shared(first.statement):
            message = f"it approves something else than {first.name} does"
            self._find("sign-off-set-differs", file, message, "approve again, so that all approve the same")

    def _judge_content(self, step: Step, first: SignedFile) -> None:
        content = first.statement["content"]
        named = set(content.get("sections", {})) | ({"title"} if "title" in content else set())
        alien = named - set(step.transition.seals)
        if alien:
            message = f"{step.transition.name} does not seal {', '.join(sorted(alien))}"
            self._find("sign-off-content", first, message, "approve again")
        if step.transition.kind == "keep" and not named:
            self._find("sign-off-content", first, "it is bound to no section", "approve again")

    def _find(self, code: str, file: SignedFile, message: str, hint: str, *, key: str = "") -> None:
        message = f"sign-off {file.name}: {message}"
        field = key_of(code, key=key)
        self._findings.append(Finding(code=code, message=message, hint=hint, path=file.path, field=field))


def _shared(statement: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in statement.items() if key not in PERSONAL_KEYS}


def is_intact(step: Step, standing: Standing, dossier: Dossier) -> bool:
    """Say whether the record still says what it said at a step, so far as who may sign it depends on that.

    That is so when its own seals stand and what its rules read is still sealed as it was. A seal that the record no
    longer fits is a finding of its own; it must not turn the signer of an earlier plan into the owner of a new one.
    """
    seals = standing.seals
    for part in step.sections:
        if part not in seals or seals[part].seq != step.seq or dossier.digest_of(part) != seals[part].digest:
            return False
    for part in step.parts_read:
        if part not in seals or seals[part].seq > step.seq or dossier.digest_of(part) != seals[part].digest:
            return False
    return True


def judge_standing(dossier: Dossier, register: Register, *, since: int | None = None) -> tuple[Standing, list[Finding]]:
    """Judge all sign-offs of a record from its files alone: the chain, who signed, and that every seal still holds.

    Steps from number `since` on are proposed now, so the record is the one that they were signed for; of earlier ones
    only what the files still prove is judged. That the record says the state it stands in is left to the caller, since
    a proposal that nobody has signed yet rightly runs ahead.
    """
    standing = replay(dossier, register)
    findings = [*standing.findings, *judge_seals(dossier, standing, since=since)]
    for step in (*standing.steps, *([standing.waiting] if standing.waiting else [])):
        proposed = step is standing.waiting or (since is not None and step.seq >= since)
        proofs = [register.proofs.get(file.path, NO_PROOF) for file in step.approvals]
        bare = all(proof is NO_PROOF for proof in proofs)
        is_signed = bare and dossier.is_sound("signed", step, step.parts_read)
        is_counted = proposed or dossier.is_sound("number", step, step.parts_read)
        intact = proposed or ((not is_signed or not is_counted) and is_intact(step, standing, dossier))
        if not is_signed:
            findings += _judge_signed(step, dossier, proofs, intact=intact)
        findings += _judge_closers(step, standing)
        if intact and not is_counted:
            findings += _judge_number(step, dossier)
    return standing, [finding.at(record=dossier.id, path=dossier.path) for finding in findings]


def _judge_signed(step: Step, dossier: Dossier, proofs: Sequence[Proof], *, intact: bool) -> list[Finding]:
    """Judge the approvals of a step; who may sign where all stands as it was signed may so where less is known, too."""
    judged = zip(step.approvals, proofs, strict=True)
    findings = [one for file, proof in judged for one in judge_approval(step, file, dossier.data, proof, intact=intact)]
    if intact and not findings:
        dossier.note_sound("signed", step, step.parts_read)
    return findings


def _judge_closers(step: Step, standing: Standing) -> list[Finding]:
    closers = closers_of(standing, before=step.seq) if step.transition.signers.never_closers else frozenset()
    return [
        Finding(
            code="closer-signs",
            message=f"sign-off {file.name}: {file.statement['by']} signed the closing and may not sign its undoing",
            hint="this sign-off does not count; somebody who may sign approves instead",
            path=file.path,
            field=key_of("closer-signs"),
        )
        for file in step.approvals
        if file.statement["by"] in closers
    ]


def closers_of(standing: Standing, *, before: int) -> frozenset[str]:
    """Return who signed the last step forward before a step, which is the one that closed what that step reopens."""
    forward = [step for step in standing.steps if step.transition.kind == "forward" and step.seq < before]
    return frozenset(str(file.statement["by"]) for file in forward[-1].approvals) if forward else frozenset()


def _judge_number(step: Step, dossier: Dossier) -> list[Finding]:
    missing = signers_missing(step, dossier.data)
    if not missing:
        dossier.note_sound("number", step, step.parts_read)
    message = f"step {step.seq} ({step.transition.name}) was taken without {' and '.join(missing)}"
    hint = "a step counts once all who must sign it have signed"
    return [Finding(code="signers-missing", message=message, hint=hint)] if missing else []


def judge_seals(dossier: Dossier, standing: Standing, *, since: int | None = None) -> list[Finding]:
    """Find every sealed part that no longer says what was signed, naming the sign-off that no longer holds.

    Where the sign-off is of a step that is only proposed (from number `since` on), it is waited for again.
    """
    if since is None:
        since = standing.waiting.seq if standing.waiting else standing.next_seq
    findings = []
    for part, seal in standing.seals.items():
        if dossier.digest_of(part) == seal.digest:
            continue
        waiting = seal.seq >= since
        names = " and ".join(seal.files) or f"step {seal.seq}"
        findings.append(
            Finding(
                code="sign-off-stale" if waiting else "sealed-section-changed",
                severity=Severity.WAITING if waiting else Severity.ERROR,
                message=f"{part} is not what was signed off by {names} ({seal.transition})",
                hint="approve again"
                if waiting
                else f"put {part} back as it was, or propose a correction: "
                f"nearmiss advance {dossier.id} --transition correct",
                record=dossier.id,
                path=dossier.path,
                field=(part,),
            )
        )
    return findings
