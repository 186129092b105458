"""Attesting: what people said on the requests of a forge becomes sign-offs on their branches, signed by a service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.errors import NoMainBranchError
from nearmiss.engine.forges.answers import Answer, Attested, Outcome
from nearmiss.engine.forges.port import ForgeError
from nearmiss.engine.forges.replying import MARKER, reply_to
from nearmiss.engine.forges.weighing import Scales
from nearmiss.engine.forges.words import overtaken, words_on
from nearmiss.engine.instance import read_register
from nearmiss.engine.ports import Identity
from nearmiss.engine.proposing.approving import proposers_reason
from nearmiss.engine.proposing.branches import subject_of, transition_of
from nearmiss.engine.proposing.key_signing import service_at_hand
from nearmiss.engine.proposing.proposals import SIGN_OFFS, Proposal, judge_proposal, main_register
from nearmiss.engine.races import run_again
from nearmiss.engine.refusals import LostRaceError, PushRefusedError
from nearmiss.errors import NearMissError
from nearmiss.policy.version import version_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.forges.port import Forge, Request
    from nearmiss.engine.forges.words import Given
    from nearmiss.models.people import Person
    from nearmiss.policy.standing import Register


CANNOT_ADD = "so no sign-off can be added to it. Push its branch to this repository, and open a request for that."


class NoServiceKeyError(NearMissError):
    """Nothing can be attested without a key that the policy names for it."""

    def __init__(self) -> None:
        super().__init__(
            "No key is at hand that people.yaml lists for a service.",
            hint="Name its file with --key; a change of the policy lists its public half for a person of kind service.",
        )


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What is to be done: on which requests, and how far it may go.

    `number` is the one request, or 0 for all that are open. With `write` words become sign-offs, on branches of this
    clone; with `push` these go to the remote, and each request is answered.
    """

    remote: str
    number: int = 0
    write: bool = True
    push: bool = False


def attest(desk: Desk, forge: Forge, errand: Errand) -> tuple[Attested, ...]:
    """Read what people said on requests, and add what counts of it to their branches as sign-offs.

    All is judged by the main branch of the remote, and nothing of a request is ever checked out. What does not count
    is answered with the reason. Raises NoServiceKeyError, and ForgeError where the requests cannot be listed.
    """
    desk.repository.fetch(errand.remote)
    base, register = _main(desk, errand.remote)
    service = service_at_hand(desk, register.newest.people)
    if service is None:
        raise NoServiceKeyError
    desk = replace(desk, identity=Identity(name=service.name, email=service.emails[0]))
    job = _Job(desk=desk, forge=forge, errand=errand, base=base, register=register, service=service)
    requests = [forge.request(errand.number)] if errand.number else forge.requests()
    return tuple(job.deal_with(request) for request in requests)


def _main(desk: Desk, remote: str) -> tuple[str, Register]:
    """Return the tip of the remote's main branch, or of the one here where it has none, and the register on it."""
    name = main_register(desk)[1].newest.settings.main_branch
    base = desk.repository.remote_branches(name).get(f"{remote}/{name}") or desk.repository.branches(name).get(name)
    if base is None:
        raise NoMainBranchError(name)
    return base, read_register(desk.repository.tree(base), desk.documents)


@dataclass(kw_only=True)
class _Job:
    """One errand under way."""

    desk: Desk
    forge: Forge
    errand: Errand
    base: str
    register: Register
    service: Person
    known: dict[int, datetime] = field(default_factory=dict)

    def deal_with(self, request: Request) -> Attested:
        """Deal with one request; whatever keeps it from that is its own affair and stops no other."""
        try:
            words = words_on(self.forge.comments(request.number), self.forge.approvals(request.number))
            done = run_again(lambda: self._once(request, words))
        except NearMissError as error:
            return replace(_about(request), problem=error.message, hint=error.hint)
        return self._told(done)

    def _told(self, done: Attested) -> Attested:
        """Answer on the request, where somebody said something that counts or was meant to.

        What was attested stands without an answer, too, and the next run tries again to give it.
        """
        if not (self.errand.push and done.answers):
            return done
        try:
            said = self.forge.say(done.number, marker=MARKER, markdown=reply_to(done))
        except ForgeError as error:
            return replace(done, unsaid=error.message)
        return replace(done, said=said)

    def _once(self, request: Request, words: Sequence[Given]) -> Attested:
        about = _about(request)
        why = self._why_not(request)
        if why or not words:
            answers = tuple(Answer(given=one, outcome=Outcome.REFUSED, message=why) for one in words)
            return replace(about, reason=why, answers=answers if request.is_open else ())
        request = self._present(request)
        scales = self._scales(request)
        first = scales.proposal.head
        found: dict[int, Answer] = {}
        left_out = overtaken(words)
        for place in self._in_turn(scales, words):
            if place in left_out:
                message = "A later word of the same account takes its place."
                found[place] = Answer(given=words[place], outcome=Outcome.OVERTAKEN, message=message)
                continue
            found[place], scales = self._weighed(scales, words[place])
        head = scales.proposal.head
        if head != first and self.errand.push:
            self._push(request.branch, head)
        return replace(
            about,
            answers=tuple(found[place] for place in sorted(found)),
            commit=head if head != first else "",
            verdict=scales.result.verdict,
            waiting=tuple(finding.message for finding in scales.result.findings),
        )

    def _why_not(self, request: Request) -> str:
        """Say why nothing can be added to a request; an empty text where it can."""
        main, subject = self.register.newest.settings.main_branch, subject_of(request.branch)
        reasons = (
            (not request.is_open, "This request is not open any more."),
            (request.from_fork, f"This request comes from a fork, {CANNOT_ADD}"),
            (not request.branch, f"This request lies on no branch, {CANNOT_ADD}"),
            (request.target != main, f"This request is not for {main}."),
            (subject is None, f"The branch {request.branch} is no proposal's; nearmiss advance makes those."),
        )
        return next((why for holds, why in reasons if holds), "")

    def _present(self, request: Request) -> Request:
        """Return a request as the remote has its branch by now, fetched again where that moved."""
        name = f"{self.errand.remote}/{request.branch}"
        tip = self.desk.repository.remote_branches(request.branch).get(name)
        if tip != request.head:
            self.desk.repository.fetch(self.errand.remote)
            tip = self.desk.repository.remote_branches(request.branch).get(name)
        if tip is None:
            raise BranchGoneError(request.branch, self.errand.remote)
        return replace(request, head=tip)

    def _scales(self, request: Request) -> Scales:
        proposal = Proposal(
            subject=subject_of(request.branch) or "",
            branch=request.branch,
            base=self.base,
            head=request.head,
            transition=transition_of(request.branch),
            remote=True,
        )
        return Scales(
            desk=self.desk,
            forge=self.forge.kind,
            register=self.register,
            service=self.service,
            proposal=proposal,
            result=judge_proposal(self.desk, proposal),
            reason=proposers_reason(self.desk, proposal),
            rules_since=self._rules_since(),
        )

    def _in_turn(self, scales: Scales, words: Sequence[Given]) -> list[int]:
        """Return the places of words in the order in which they are weighed: by the step, then as they were given."""
        order = {step.transition.name: step.seq for step in scales.proposed}
        return sorted(range(len(words)), key=lambda place: (order.get(words[place].transition, 0), place))

    def _weighed(self, scales: Scales, given: Given) -> tuple[Answer, Scales]:
        """Weigh a word, and commit what it makes: first that what holds no longer is taken back, then the sign-off."""
        answer, files = scales.weigh(given)
        if not files or not self.errand.write:
            return answer, scales
        there = {entry.path for entry in self.desk.repository.tree(scales.proposal.head).entries(*files)}
        stale = [path for path in files if path in there]
        if stale:
            # A sign-off tells the commit that was looked at, after which sign-offs are only ever added.
            taken_back = f"{scales.proposal.subject}: take back what holds no longer\n"
            cleared = self._commit(scales, dict.fromkeys(stale), taken_back)
            again, files = cleared.weigh(given)
            if not files:
                return again, cleared
            answer, scales = again, cleared
        message = f"{scales.proposal.subject}: attest {self.forge.kind} {given.id} of {answer.by}\n"
        return answer, self._commit(scales, files, message)

    def _commit(self, scales: Scales, files: Mapping[str, bytes | None], message: str) -> Scales:
        proposal = scales.proposal
        here = self.desk.repository.branches(proposal.branch).get(proposal.branch)
        if here is not None and not self._may_go(here, proposal.head):
            raise UnpushedError(proposal.branch)
        stamp = stamp_after(self.desk, proposal.head, self.register.newest.settings)
        commit = self.desk.repository.commit(
            branch=proposal.branch,
            expected=here,
            parents=[proposal.head],
            files=files,
            message=message,
            author=stamp,
            committer=stamp,
        )
        moved = replace(proposal, head=commit)
        return scales.after(moved, judge_proposal(self.desk, moved))

    def _may_go(self, here: str, head: str) -> bool:
        """Say whether nothing is lost with a tip of this clone: only what a run before this one attested and left.

        It was stopped before it pushed that, and the same words make the same sign-offs again.
        """
        repository = self.desk.repository
        left = list(repository.commits([here], without=[head]))
        changes = (
            change for one in left for change in repository.changes(one.parents[0] if one.parents else None, one.oid)
        )
        ours = all(self.service.emails[0] == one.author.identity.email == one.committer.identity.email for one in left)
        return ours and all(SIGN_OFFS in change.path for change in changes)

    def _push(self, branch: str, head: str) -> None:
        """Push a branch; where somebody else was faster, all is done again on top of theirs."""
        try:
            self.desk.repository.push(branch, remote=self.errand.remote)
        except PushRefusedError as error:
            self.desk.repository.delete_branch(branch, expected=head)
            if not error.came_too_late:
                raise
            self.desk.repository.fetch(self.errand.remote)
            raise LostRaceError(branch, expected=head, found=None) from error

    def _rules_since(self) -> datetime:
        """Return when the rules that are in force now came to the main branch, as git tells it.

        Such dates are claims; this one only ever keeps a word from counting.
        """
        versions = self.register.versions
        number, rules = max(versions), self.register.newest.rules_digest
        while number - 1 in versions and versions[number - 1].rules_digest == rules:
            number -= 1
        if number not in self.known:
            commits = self.desk.walk([self.base], paths=[version_file(number)])
            instants = [commit.committer.when for commit in commits]
            self.known[number] = max(instants, default=datetime.min.replace(tzinfo=UTC))
        return self.known[number]


class BranchGoneError(NearMissError):
    """A request is for a branch that the remote has not."""

    def __init__(self, branch: str, remote: str) -> None:
        super().__init__(f"The remote {remote} has no branch {branch}.", hint="Is it the forge's own repository?")


class UnpushedError(NearMissError):
    """The clone has commits on a proposal's branch that the remote has not."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"The branch {branch} of this clone has commits that the remote has not.",
            hint=f"Push them, or remove the local branch: git branch -D {branch}",
        )


def _about(request: Request) -> Attested:
    return Attested(
        number=request.number,
        address=request.address,
        subject=subject_of(request.branch) or "",
        branch=request.branch,
        head=request.head,
    )
