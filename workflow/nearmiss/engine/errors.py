"""The situations in which a use case cannot be carried out, each with its sentence and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.errors import ExitCode, NearMissError, UsageError
from nearmiss.models.ids import POLICY_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nearmiss.policy.findings import Finding


class RefusedError(NearMissError):
    """A change was judged and refused. `findings` says everything that is wrong or missing, all at once."""

    def __init__(self, what: str, findings: Sequence[Finding], *, hint: str = "Nothing was written.") -> None:
        super().__init__(what, hint=hint)
        self.findings = tuple(findings)


class NotAnInstanceError(NearMissError):
    """The repository holds no near-miss register."""

    def __init__(self) -> None:
        super().__init__(
            "This repository is not a near-miss register: it has no workflow/policy/instance.yaml.",
            hint="Go to one, name one with -C DIR, or make one: nearmiss init",
        )


class BrokenPolicyError(NearMissError):
    """The policy of the register cannot be read, so nothing can be judged by it."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"The policy cannot be read: {path} {why}.",
            hint=f"Restore it from a commit in which `nearmiss check` was fine: git log -- {path}",
        )
        self.path, self.why = path, why


class BlobTooLargeError(NearMissError):
    """An object is larger than anything that belongs into a register; git packs gigabytes of zeros into a kilobyte."""

    def __init__(self, oid: str, size: int, largest: int) -> None:
        super().__init__(
            f"The object {oid[:12]} has {size:,} bytes; at most {largest:,} are read.",
            hint=f"Find its commit with: git log --all --find-object={oid[:12]}; make the branch anew without it.",
        )
        self.size = size


class NoCommitError(NearMissError):
    """The repository has no commit yet."""

    def __init__(self) -> None:
        super().__init__(
            "This repository has no commit yet, so there is nothing to work on.",
            hint="Make a register in it: nearmiss init",
        )


class NoMainBranchError(NearMissError):
    """The branch that the settings call the main one does not exist."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"There is no branch {branch} here, which the settings call the main branch.",
            hint=f"Fetch it (git fetch origin {branch}:{branch}), or mend main_branch in settings.yaml.",
        )


class DetachedHeadError(NearMissError):
    """HEAD is on no branch; a commit made now would be lost easily."""

    def __init__(self) -> None:
        super().__init__(
            "HEAD is detached: it is on a commit, not on a branch, so nothing is written from here.",
            hint="Go to a branch first, for instance: git switch main",
        )


class UnknownRecordError(NearMissError):
    """No record has this id."""

    def __init__(self, record_id: str, near: Iterable[str] = ()) -> None:
        close = ", ".join(near)
        super().__init__(
            f"There is no record {record_id}.",
            hint=f"Did you mean {close}?" if close else "nearmiss list shows the records that there are.",
        )


class NoTwinError(NearMissError):
    """A record is to be joined with one that is not there."""

    def __init__(self, twin: str) -> None:
        super().__init__(
            f"There is no record {twin} to join it with.", hint="nearmiss list shows the records that there are."
        )


class UnreadableRecordError(RefusedError):
    """The record, or a file beside it, cannot be read."""

    def __init__(self, record_id: str, findings: Sequence[Finding]) -> None:
        super().__init__(f"{record_id} cannot be read.", findings, hint="Mend the file, then run the command again.")


class NobodyError(NearMissError):
    """Git does not know who the person is."""

    def __init__(self) -> None:
        super().__init__(
            "Git does not know who you are, so this change would be nobody's.",
            hint="Tell it: git config user.name 'Your Name' && git config user.email you@example.org",
        )


class StrangerError(NearMissError):
    """The person's address is not that of anybody in people.yaml."""

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is not the address of anybody in workflow/policy/people.yaml.",
            hint="Ask a policy owner to add you, or set the address that is listed: git config user.email …",
        )


class UnknownTransitionError(UsageError):
    """No transition of this name or target leads on from where the record stands."""

    def __init__(self, record_id: str, state: str, wanted: str, possible: Sequence[str]) -> None:
        super().__init__(
            f"{record_id} is {state}, and {wanted} does not lead on from there.",
            hint=f"Possible from here: {', '.join(possible) or 'nothing'}.",
        )


class SeveralTransitionsError(UsageError):
    """More than one transition fits; the person must choose."""

    def __init__(self, record_id: str, possible: Sequence[str]) -> None:
        super().__init__(
            f"More than one step leads on for {record_id}.",
            hint=f"Choose one with --transition: {', '.join(possible)}.",
        )


class ReasonNeededError(UsageError):
    """The transition needs a reason."""

    def __init__(self, transition: str) -> None:
        super().__init__(f"{transition} needs a reason.", hint="Give it with --because '…'.")


class NoProposalError(NearMissError):
    """No branch proposes anything for the record."""

    def __init__(self, record_id: str) -> None:
        super().__init__(
            f"Nothing is proposed for {record_id}.",
            hint=f"Propose its next step: nearmiss advance {record_id}",
        )


class SeveralProposalsError(UsageError):
    """Several branches propose something for the record."""

    def __init__(self, record_id: str, branches: Sequence[str]) -> None:
        super().__init__(
            f"There is more than one proposal for {record_id}.",
            hint=f"Choose one with --branch: {', '.join(branches)}.",
        )


class ProposalExistsError(NearMissError):
    """The same step is proposed already."""

    def __init__(self, record_id: str, branch: str) -> None:
        super().__init__(
            f"This step of {record_id} is proposed already, on the branch {branch}.",
            hint=f"Look at it: nearmiss review {record_id}. To start over: git branch -D {branch}",
        )


class MayNotSignError(NearMissError):
    """The person may not sign any of the steps that wait."""

    def __init__(self, handle: str, why: str, candidates: Sequence[str], *, way_out: str = "") -> None:
        who = ", ".join(candidates) or way_out or "nobody on the list of people (a policy change can add somebody)"
        super().__init__(f"{handle} may not sign this: {why}.", hint=f"Who may: {who}.")


class NoKeyListedError(NearMissError):
    """A signature was asked for, and no key is listed by which anybody could tell whose it is."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"No key is listed for {handle}, so a signature would prove nothing.",
            hint="Propose yours: nearmiss keys add; it counts once that policy change is merged.",
        )


class KeyNotHereError(NearMissError):
    """The person has a registered key, and its private half cannot be found here."""

    def __init__(self, handle: str, fingerprints: Sequence[str]) -> None:
        keys = " or ".join(fingerprints) or "one that cannot be read"
        super().__init__(
            f"{handle} signs with a registered key ({keys}), and it was not found here.",
            hint="Name its file with --key FILE, or load it: ssh-add FILE. One that is lost: nearmiss keys retire",
        )


class SignatureWrongError(NearMissError):
    """What came back from signing does not hold, so it is not written."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The signature that was made does not hold: {problem}.", hint="Nothing was written.")


class NoKeyAtHandError(NearMissError):
    """There is no key to list."""

    def __init__(self, why: str = "") -> None:
        super().__init__(
            f"That is no key that can be listed: {why}." if why else "No SSH key of yours was found here.",
            hint="Name the .pub file: nearmiss keys add FILE. To make a key: ssh-keygen -t ed25519",
        )


class KeyAlreadyListedError(NearMissError):
    """The key is listed, for this person or for another; it is one person's."""

    def __init__(self, fingerprint: str, handle: str) -> None:
        super().__init__(
            f"The key {fingerprint} is listed for {handle} already.",
            hint="See whose keys count: nearmiss keys list. A key is one person's; each makes their own.",
        )


class KeyNotListedError(UsageError):
    """No live key is meant by what was said."""

    def __init__(self, said: str, fingerprints: Sequence[str]) -> None:
        listed = ", ".join(fingerprints) or "none"
        super().__init__(f"No key that counts is {said[:100]}.", hint=f"Keys that count: {listed}")


class SeveralKeysError(UsageError):
    """More than one live key is meant by what was said."""

    def __init__(self, said: str, fingerprints: Sequence[str]) -> None:
        super().__init__(f"{said} has several keys.", hint=f"Name one: {', '.join(fingerprints)}")


class UnknownPersonError(UsageError):
    """Nobody on the list of people has this handle."""

    def __init__(self, handle: str, handles: Sequence[str]) -> None:
        super().__init__(f"Nobody in people.yaml is {handle}.", hint=f"Known: {', '.join(handles)}")


class NothingToSignError(NearMissError):
    """Every step that is proposed has all its signatures."""

    def __init__(self, record_id: str) -> None:
        super().__init__(
            f"Nothing waits for a sign-off on {record_id}.", hint=f"Put it in force: nearmiss merge {record_id}"
        )


class NotMergeableError(RefusedError):
    """The gate did not pass a proposal."""

    def __init__(self, subject: str, verdict: str, findings: Sequence[Finding]) -> None:
        what = "waits for sign-offs" if verdict == "waiting" else "is refused"
        super().__init__(f"The proposal for {subject} {what}.", findings, hint="Nothing was merged.")


class NothingToProposeError(NearMissError):
    """The policy files of the working tree are those of the newest version."""

    def __init__(self) -> None:
        super().__init__(
            "There is nothing to propose: the policy files say what the newest version says.",
            hint="Change the files of workflow/policy/ or schemas/vocabulary/ first.",
        )


class OvertakenError(NearMissError):
    """Somebody else changed, in the same moment, the very part of a record that a change was made from."""

    def __init__(self, record_id: str, parts: Sequence[str]) -> None:
        super().__init__(
            f"Somebody else was faster: {', '.join(parts)} of {record_id} changed while this command was at work.",
            hint=f"Nothing was written. Look at it (nearmiss show {record_id}), then run the command again.",
        )
        self.parts = tuple(parts)


class ProposalMovedError(NearMissError):
    """What a proposal says changed between the moment at which a person looked at it and their word."""

    def __init__(self, subject: str, branch: str) -> None:
        super().__init__(
            f"Somebody else was faster: {branch} changed while this command was at work, and not only by sign-offs.",
            hint=f"Nothing was signed. Look at it again: nearmiss review {subject}",
        )
        self.branch = branch


class ProposalGoneError(NearMissError):
    """A proposal was merged or taken back by somebody else in the same moment."""

    def __init__(self, subject: str, branch: str) -> None:
        see = "nearmiss check" if subject == POLICY_SUBJECT else f"nearmiss show {subject}"
        super().__init__(
            f"Somebody else was faster: {branch} was put in force or taken back while this command was at work.",
            hint=f"Nothing was changed. See where it stands: {see}",
        )
        self.branch = branch


class ProposalDoneError(NearMissError):
    """What a branch proposes is in force already, as after a squash on a forge; only the branch is left."""

    def __init__(self, subject: str, branches: Sequence[str]) -> None:
        named = " ".join(branches)
        super().__init__(
            f"What {named} proposes for {subject} is in force already; only its branch is left.",
            hint=f"Remove the branch: git branch -D {named}",
        )
        self.branches = tuple(branches)


class CannotRefreshError(NearMissError):
    """A proposal cannot be brought up to what there is now by taking parts from either side."""

    def __init__(self, subject: str, because: str, again: str) -> None:
        super().__init__(
            f"{subject} cannot be brought up to what there is now: {because}.",
            hint=f"Nothing was written. Keep what you need of it, then propose it anew: {again}",
        )


class IdTakenError(NearMissError):
    """The id that was asked for belongs to another record."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"There is a record {record_id} already.", hint="Leave the id out, and one is drawn.")


class IdsExhaustedError(NearMissError):
    """No free id was found."""

    exit_code = ExitCode.FAULT

    def __init__(self) -> None:
        super().__init__("No free record id was found in a hundred draws.", hint="Run the command again.")
