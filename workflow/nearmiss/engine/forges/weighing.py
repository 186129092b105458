"""Weighing one word on a proposal: whose it is, whether it is about what is proposed now, and the sign-off it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from nearmiss.engine.errors import MayNotSignError, NothingToSignError, RefusedError
from nearmiss.engine.forges.answers import Answer, Outcome
from nearmiss.engine.instance import POLICY_SIGN_OFFS
from nearmiss.engine.proposing.approving import is_mended_by
from nearmiss.engine.proposing.policy_signing import PolicySession
from nearmiss.engine.proposing.proposals import Attestation, Word
from nearmiss.engine.proposing.signing import Session
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.errors import NearMissError
from nearmiss.models.digests import digest
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.policy.findings import Severity
from nearmiss.policy.proposed import CODE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.forges.words import Given
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.engine.proposing.proposals import Proposal
    from nearmiss.models.people import Person
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register


ALREADY = "It has become a sign-off already."


class NotCountedError(NearMissError):
    """A word does not count; the message says why."""

    def __init__(self, why: str, *, outcome: Outcome = Outcome.REFUSED) -> None:
        super().__init__(why)
        self.outcome = outcome


@dataclass(frozen=True, kw_only=True)
class Scales:
    """One proposal as it is now, with all that a word on it is weighed by."""

    desk: Desk
    forge: str
    register: Register
    service: Person
    proposal: Proposal
    result: GateResult
    reason: str
    rules_since: datetime
    """When the rules that are in force came into force; a word that is older was given under others."""

    @property
    def proposed(self) -> tuple[Proposed, ...]:
        """The steps that are proposed."""
        return self.result.proposed(self.proposal.subject)

    def weigh(self, given: Given) -> tuple[Answer, Mapping[str, bytes | None]]:
        """Return what came of a word, and the files by which it becomes a sign-off; none where it does not."""
        person: Person | None = None
        try:
            person = self._person(given)
            session = self._signed(given, person)
        except NotCountedError as error:
            return _answer(given, person, error.outcome, error.message), {}
        except RefusedError as error:
            first = next((one.message for one in error.findings if one.severity is Severity.ERROR), "")
            return _answer(given, person, Outcome.REFUSED, f"{error.message} {first}".strip()), {}
        except NearMissError as error:
            return _answer(given, person, Outcome.REFUSED, error.message), {}
        verb = "signed" if given.verdict == "approve" else "objected to"
        message = f"{person.handle} {verb} {', '.join(session.steps)}."
        files = tuple(path for path, content in session.files.items() if content is not None)
        answer = Answer(given=given, outcome=Outcome.ATTESTED, message=message, by=person.handle, files=files)
        return answer, session.files

    def _person(self, given: Given) -> Person:
        """Return whose word it is, by the number of the account; raises NotCountedError where nobody knows."""
        if given.problem:
            raise NotCountedError(given.problem)
        known = [one for one in self.register.newest.people.people if one.has_account(self.forge, given.account.id)]
        if not known:
            how = f"accounts: [{{forge: {self.forge}, id: '{given.account.id}'}}]"
            raise NotCountedError(
                f"The account {given.account.id} is nobody's. A change of people.yaml can add it: {how}"
            )
        if len(known) > 1:
            raise NotCountedError(f"The account {given.account.id} is listed for more than one person.")
        return known[0]

    def _signed(self, given: Given, person: Person) -> Session | PolicySession:
        """Return the session in which a person's word was signed by the service; raises what keeps it from counting."""
        step = None if given.is_review else self._step(given)
        self._require_sound(person)
        session = self._session(given, person)
        given_on = [session.has_given(one) for one in ([step] if step else self.proposed)]
        if given_on and all(given_on):
            raise NotCountedError(ALREADY, outcome=Outcome.ALREADY)
        if given.is_review:
            self._require_reviewed(given)
        self._require_recent(given)
        if step:
            self._require_turn(step)
        try:
            session.sign(self.proposed)
        except (MayNotSignError, NothingToSignError):
            # An approval is about all steps; that of others may be theirs, and then there is nothing more to do.
            if any(given_on):
                raise NotCountedError(ALREADY, outcome=Outcome.ALREADY) from None
            raise
        return session

    def _step(self, given: Given) -> Proposed:
        """Return the step that a line is about; raises NotCountedError where it is not about what is proposed now."""
        if given.subject != self.proposal.subject:
            raise NotCountedError(f"This request is about {self.proposal.subject}, not about {given.subject}.")
        step = next((one for one in self.proposed if one.transition.name == given.transition), None)
        if step is None:
            names = ", ".join(one.transition.name for one in self.proposed) or "no step that is signed"
            raise NotCountedError(f"This request does not propose {given.transition}; it proposes {names}.")
        if not digest(step.content).removeprefix("sha256:").startswith(given.digits):
            why = f"It is about {given.digits[:CODE_LENGTH]}, and what is proposed now is {step.code}."
            raise NotCountedError(f"{why} Whoever agrees with that posts the line of today.")
        if len(given.digits) < CODE_LENGTH:
            # Whoever proposes it could have made another content that begins alike, and put it in the place of this.
            why = f"It gives {len(given.digits)} of the {CODE_LENGTH} characters that stand for what is proposed."
            raise NotCountedError(f"{why} Whoever agrees with that posts the whole line, as the gate's comment has it.")
        return step

    def _require_sound(self, person: Person) -> None:
        if self.proposal.subject == POLICY_SUBJECT:
            # Whoever signs the policy takes back what was given to an earlier version of it; the session judges that.
            return
        errors = [finding for finding in self.result.findings if finding.severity is Severity.ERROR]
        if any(not is_mended_by(person.handle, finding) for finding in errors):
            raise RefusedError(f"The proposal for {self.proposal.subject} would be refused.", errors)

    def _require_reviewed(self, given: Given) -> None:
        """An approval counts while nothing came after what was looked at but sign-offs beside the record."""
        repository, head = self.desk.repository, self.proposal.head
        reviewed = {commit.oid for commit in self.desk.walk([head], without=[self.proposal.base], paths=())}
        fresh = given.head in reviewed and all(
            self._beside in change.path and change.old_oid is None for change in repository.changes(given.head, head)
        )
        if not fresh:
            raise NotCountedError("It was given to an earlier version of this request. Look again, and approve anew.")

    @property
    def _beside(self) -> str:
        """The folder of the sign-offs, or what no other folder's path has in it."""
        of_policy = self.proposal.subject == POLICY_SUBJECT
        return POLICY_SIGN_OFFS if of_policy else f"/{self.proposal.subject}/sign-offs/"

    def _require_recent(self, given: Given) -> None:
        if given.at < self.rules_since:
            number = self.register.newest.number
            raise NotCountedError(
                f"The rules changed after it was given; they are those of version {number}. Say it anew."
            )

    def _require_turn(self, step: Proposed) -> None:
        """Steps are signed one after the other, since each sign-off names those of the step before."""
        before = [one.transition.name for one in self.proposed if one.seq < step.seq and one.missing]
        if before:
            raise NotCountedError(f"{before[0]} is signed first; this counts after that.", outcome=Outcome.LATER)

    def _session(self, given: Given, person: Person) -> Session | PolicySession:
        attestation = Attestation(
            service=self.service,
            forge=self.forge,
            reviewer_id=given.account.id,
            review_id=given.id,
            head=given.head or self.proposal.head,
            at=f"{given.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        )
        word = Word(verdict=given.verdict, because=given.because, only=given.transition, attested=attestation)
        if self.proposal.subject == POLICY_SUBJECT:
            return PolicySession(self.desk, self.register, self.proposal, self.result, person, word)
        if word.verdict == "approve":
            word = replace(word, because=word.because or self.reason)
        tree, documents = self.desk.repository.tree, self.desk.documents
        before, _ = open_dossier(tree(self.proposal.base), self.proposal.subject, documents)
        after, _ = open_dossier(tree(self.proposal.head), self.proposal.subject, documents)
        return Session(self.desk, before, after, self.register, self.proposal, person, word)

    def after(self, proposal: Proposal, result: GateResult) -> Scales:
        """Return the scales for the proposal as it is by now."""
        return replace(self, proposal=proposal, result=result)


def _answer(given: Given, person: Person | None, outcome: Outcome, message: str) -> Answer:
    return Answer(given=given, outcome=outcome, message=message, by=person.handle if person else "")
