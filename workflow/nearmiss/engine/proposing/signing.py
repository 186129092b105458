"""One person signing one proposal: which steps they may sign, in which role, and the statements bound to each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import MayNotSignError, NothingToSignError, ReasonNeededError, RefusedError
from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.proposing.branches import transition_of
from nearmiss.engine.proposing.key_signing import review_of, signed_data
from nearmiss.models.ids import folder_of
from nearmiss.models.sign_off import file_name
from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.findings import has_errors
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.proving import ASSURANCES, proves_enough
from nearmiss.policy.roles import roles_for
from nearmiss.policy.signing import barred, quorum, waivable_by, way_out
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.proposals import Proposal, Word
    from nearmiss.models.people import Person
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register
    from nearmiss.policy.step import Judgement


class Session:
    """One person signing one proposal: the files grow, and each step is judged again with those before it signed."""

    def __init__(
        self,
        desk: Desk,
        before: Dossier,
        after: Dossier,
        register: Register,
        proposal: Proposal,
        person: Person,
        word: Word,
    ) -> None:
        self._desk, self._before, self._after = desk, before, after
        self._register, self._proposal, self._person, self._word = register, proposal, person, word
        self.files: dict[str, bytes | None] = {}
        self.steps: list[str] = []
        self.meaning: list[str] = []
        self.key = ""
        """The fingerprint of the key that signed; empty where nothing but a claim was made."""

    def sign(self, proposed: Sequence[Proposed]) -> None:
        """Sign every step in turn that waits for somebody and that the person may sign."""
        while step := self._next(proposed):
            why = self._why_not(step)
            if why and self.files:
                return
            if why:
                raise MayNotSignError(self._person.handle, why, step.candidates, way_out=way_out(step.transition))
            self._add(step)
            judgement = self._judged()
            if has_errors(judgement.findings):
                raise RefusedError(f"Signed like this, {self._after.id} would be refused.", judgement.findings)
            proposed = judgement.proposed
            if self._word.verdict == "object":
                return
        if not self.files:
            raise NothingToSignError(self._proposal.subject)

    def _next(self, proposed: Sequence[Proposed]) -> Proposed | None:
        """Return the first step that lacks a signature; one's own stale one counts as lacking."""
        if self._word.only:
            asked = (step for step in proposed if step.transition.name == self._word.only)
            return next((step for step in asked if step.transition.name not in self.steps), None)
        for step in proposed:
            if self._word.verdict == "object" and step.transition.name not in self.steps:
                return step
            if step.missing or self._person.handle in step.objected or self._has_stale(step):
                return step if step.transition.name not in self.steps else None
        return self._one_more(proposed)

    def _one_more(self, proposed: Sequence[Proposed]) -> Proposed | None:
        """Where nothing is missing, the last step may still have one more approval; none follows from it yet."""
        last = proposed[-1] if proposed else None
        if last is None or self.files or self._person.handle in last.signed:
            return None
        return last

    def has_given(self, step: Proposed) -> bool:
        """Say whether the person has given this very word on a step already, so that giving it again adds nothing."""
        if self._word.verdict == "approve":
            return self._person.handle in step.signed and not self._is_stale(step)
        mine = [file.statement for file in self._after.sign_offs if self._is_mine(file)]
        return any((said["verdict"], said["content"]) == ("object", step.content) for said in mine)

    def _has_stale(self, step: Proposed) -> bool:
        return any(self._no_longer_holds(file, step) for file in self._approvals_of(step))

    def _is_stale(self, step: Proposed) -> bool:
        return any(self._no_longer_holds(file, step) for file in self._approvals_of(step) if self._is_mine(file))

    def _is_mine(self, file: SignedFile) -> bool:
        return bool(file.statement["by"] == self._person.handle)

    def _approvals_of(self, step: Proposed) -> list[SignedFile]:
        return [file for file in self._pending() if file.statement["seq"] == step.seq]

    def _pending(self) -> list[SignedFile]:
        """Return the approvals that are not in force yet."""
        accepted = {file.path for file in self._before.sign_offs}
        new = (file for file in self._after.sign_offs if file.path not in accepted)
        return [file for file in new if file.statement["verdict"] == "approve"]

    def _no_longer_holds(self, file: SignedFile, step: Proposed) -> bool:
        said = file.statement
        moved = said["policy"]["rules"] != self._register.newest.rules_digest
        return bool(moved or said["content"] != step.content or self._is_unproven(file))

    def _is_unproven(self, file: SignedFile) -> bool:
        """Whether one's own approval was given before a key was listed, or with one that counts no longer."""
        return self._is_mine(file) and not proves_enough(file, self._person, self._register.newest)

    def _context(self, step: Proposed) -> StepContext:
        return StepContext(
            before=self._before.data,
            after=self._after.data,
            transition=step.transition,
            policy=self._register.newest,
        )

    def _why_not(self, step: Proposed) -> str:
        """Say why the person may not give this word on a step; an empty text where they may."""
        person = self._person
        if not person.is_active or person.kind != "person":
            return "only active people give their word"
        if self._word.verdict == "object":
            return ""
        return next(iter(self._obstacles(step)), "")

    def _obstacles(self, step: Proposed) -> Iterator[str]:
        person, signers = self._person, step.transition.signers
        waivable = waivable_by(self._register.newest, step.transition, person.handle, self._after.data)
        if self._word.waive and self._word.waive not in waivable:
            yield f"they may not waive {self._word.waive} for {step.transition.name}"
        if person.handle in step.signed and not self._is_stale(step):
            yield "it is signed by them already, and somebody else must sign too"
        if signers.contributors == "never" and person.handle in step.contributors and not self._word.waive:
            yield f"they wrote part of what {step.transition.name} seals"
        for path in barred(step.transition, self._context(step), person.handle):
            yield f"they are named in {path}"
        if not self._role(step):
            yield f"{step.transition.name} is signed by {', '.join(signers.roles)}, within their scope"
        if self._word.attested and step.assurance == ASSURANCES[-1]:
            yield f"{step.transition.name} is signed with a key of one's own, in a clone"
        if not self._word.attested and step.assurance != ASSURANCES[0] and not person.live_keys:
            yield f"{step.transition.name} is signed with a key, and none of theirs is listed (nearmiss keys add)"
        if person.handle not in step.candidates and not self._word.waive and not self._is_stale(step):
            yield "they stood in an earlier version of what is signed, or signed what this would undo"

    def _role(self, step: Proposed) -> str:
        """Return the role in which to sign: the one that was asked for, or the one that is most missing."""
        held = roles_for(self._register.newest.people, self._person, self._after.data)
        wanted = quorum(step.transition, self._context(step))
        waiving = [role for entry in step.transition.waivable if entry.rule == self._word.waive for role in entry.by]
        roles = (*wanted.roles, *step.transition.signers.roles)
        fitting = [role for role in (*(role for role in waiving if role in roles), *roles) if role in held]
        if self._word.role:
            return self._word.role if self._word.role in fitting else ""
        return fitting[0] if fitting else ""

    def _add(self, step: Proposed) -> None:
        statement = self._statement(step)
        name = file_name(statement)
        path = f"{folder_of(self._after.path)}sign-offs/{name}"
        data, self.key = signed_data(self._desk, self._person, statement, self._register.newest, self._word)
        content = self._desk.documents.compose(data)
        self._drop_stale(step)
        signed = SignedFile(path=path, data=data, bytes_digest=hashlib.sha256(content).hexdigest())
        kept = tuple(file for file in self._after.sign_offs if file.path != path)
        self._after = replace(self._after, sign_offs=(*kept, signed))
        self.files[path] = content
        self.steps.append(step.transition.name)
        self.meaning.append(step.transition.meaning)

    def _drop_stale(self, step: Proposed) -> None:
        """Take approvals away that can never hold again: to something else, or following from other approvals.

        On a forge the last word of a person counts, so that an objection takes back their own approval.
        """
        withdrawn = self._word.attested is not None and self._word.verdict == "object"
        stale = [
            file
            for file in self._approvals_of(step)
            if self._no_longer_holds(file, step) or (withdrawn and self._is_mine(file))
        ]
        stale += [file for file in self._pending() if file.statement["seq"] > step.seq]
        self.files |= dict.fromkeys(file.path for file in stale)
        kept = tuple(file for file in self._after.sign_offs if file not in stale)
        self._after = replace(self._after, sign_offs=kept)

    def _statement(self, step: Proposed) -> dict[str, Any]:
        policy, person, attested = self._register.newest, self._person, self._word.attested
        standing = replay(self._after, self._register)
        earlier = next((file.statement for file in self._after.sign_offs if file.statement["seq"] == step.seq), None)
        statement: dict[str, Any] = {
            "version": 1,
            "instance": self._register.instance,
            "subject": self._after.id,
            "seq": step.seq,
            "transition": step.transition.name,
            "from": step.from_,
            "to": step.to,
            "verdict": self._word.verdict,
            "by": person.handle,
            "name": person.name,
            "role": self._role(step) or (person.roles[0].role if person.roles else "staff"),
            "at": attested.at if attested else f"{self._desk.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "time_source": "forge" if attested else "client",
            "meaning": step.transition.meaning if self._word.verdict == "approve" else "I object to this step.",
        }
        because = self._because(step, earlier)
        if because:
            statement["because"] = because
        statement |= {
            "contributors": sorted(step.contributors),
            "content": step.content,
            "policy": {"version": policy.number, "rules": policy.rules_digest},
            "previous": standing.previous(self._register, self._after.id, step.seq),
        }
        if self._word.waive:
            statement["waiver"] = {"rule": self._word.waive, "because": self._word.because}
        if attested:
            statement["review"] = review_of(attested)
        return statement

    def _because(self, step: Proposed, earlier: Any) -> str:
        """All approvals of a step carry the same reason: that of the first, else the one that the step needs."""
        if self._word.verdict == "object":
            return self._word.because
        if earlier is not None and earlier["verdict"] == "approve":
            return str(earlier.get("because", ""))
        if step.transition.reason == "required" and not self._word.because:
            raise ReasonNeededError(step.transition.name)
        return self._word.because if step.transition.reason == "required" or self._word.waive else ""

    def _judged(self) -> Judgement:
        intended = transition_of(self._proposal.branch)
        return judge_dossiers(
            self._desk,
            self._before,
            self._after,
            self._register,
            base=self._proposal.base,
            head=self._proposal.head,
            intended=intended,
        )
