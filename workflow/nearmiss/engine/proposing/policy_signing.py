"""One person signing a change of the policy: whether they may, and the statement bound to what they looked at."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import MayNotSignError, NothingToSignError, RefusedError
from nearmiss.engine.gate.policy_requests import read_policy_sign_offs
from nearmiss.engine.instance import POLICY_SIGN_OFFS
from nearmiss.engine.proposing.key_signing import review_of, signed_data
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.models.sign_off import file_name
from nearmiss.policy.findings import Severity
from nearmiss.policy.policy_step import previous_of
from nearmiss.policy.proving import ASSURANCES, IDENTITY_CODES, proves_enough
from nearmiss.policy.roles import roles_for
from nearmiss.policy.signing import waivable_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.engine.proposing.proposals import Proposal, Word
    from nearmiss.models.people import Person
    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register

REVIEWED_BEFORE = "review-outdated"
OUTDATED = frozenset({"sign-off-stale", "sign-off-set-differs", "contributor-missing", REVIEWED_BEFORE})
"""The codes of approvals that were given to something else; whoever signs now takes those back."""


class PolicySession:
    """One person signing the change of the policy that a branch proposes, as `Session` is for a record."""

    def __init__(
        self, desk: Desk, register: Register, proposal: Proposal, result: GateResult, person: Person, word: Word
    ) -> None:
        self._desk, self._register, self._person, self._word = desk, register, person, word
        self._findings = result.findings
        self._sign_offs, _ = read_policy_sign_offs(desk.repository.tree(proposal.head), desk)
        self.files: dict[str, bytes | None] = {}
        self.steps: list[str] = []
        self.meaning: list[str] = []
        self.key = ""
        """The fingerprint of the key that signed; empty where nothing but a claim was made."""

    def has_given(self, step: Proposed) -> bool:
        """Say whether the person has given this very word already, so that giving it again adds nothing."""
        mine = [file for file in self._given_on(step) if self._is_mine(file)]
        if self._word.verdict == "approve":
            return any(file.statement["verdict"] == "approve" and not self._is_outdated(file, step) for file in mine)
        said = [(file.statement["verdict"], file.statement["content"]) for file in mine]
        return ("object", step.content) in said

    def sign(self, proposed: Sequence[Proposed]) -> None:
        """Sign the change; raises RefusedError, MayNotSignError, and NothingToSignError where it was done before."""
        errors = [finding for finding in self._findings if finding.severity is Severity.ERROR]
        if not proposed or any(not self._is_mended(finding) for finding in errors):
            raise RefusedError("The proposed policy would be refused.", errors)
        [step] = proposed
        if self.has_given(step):
            raise NothingToSignError(POLICY_SUBJECT)
        if not self._person.is_active or self._person.kind != "person":
            raise MayNotSignError(self._person.handle, "only active people give their word", step.candidates)
        if self._word.verdict == "approve":
            self._require_may_sign(step)
        self._add(step)

    def _is_mended(self, finding: Finding) -> bool:
        """Say whether an error is one of an approval that is taken back, or given again, as the person signs."""
        own = finding.code in IDENTITY_CODES and finding.path.endswith(f"--{self._person.handle}.yaml")
        return own or (finding.code in OUTDATED and finding.path.startswith(POLICY_SIGN_OFFS))

    def _given_on(self, step: Proposed) -> list[SignedFile]:
        return [file for file in self._sign_offs if file.statement["seq"] == step.seq]

    def _is_mine(self, file: SignedFile) -> bool:
        return bool(file.statement["by"] == self._person.handle)

    def _is_outdated(self, file: SignedFile, step: Proposed) -> bool:
        """Say whether an approval was given to something else, or proves less of its giver than is asked of them."""
        said, policy = file.statement, self._register.newest
        moved = said["policy"] != {"version": policy.number, "rules": policy.rules_digest}
        unsaid = step.contributors - set(said["contributors"])
        unproven = self._is_mine(file) and not proves_enough(file, self._person, policy)
        earlier = any((one.code, one.path) == (REVIEWED_BEFORE, file.path) for one in self._findings)
        return bool(moved or unsaid or said["content"] != step.content or unproven or earlier)

    def _require_may_sign(self, step: Proposed) -> None:
        handle = self._person.handle
        why = self._why_not(step)
        if why:
            raise MayNotSignError(handle, why, step.candidates)

    def _why_not(self, step: Proposed) -> str:
        handle, word = self._person.handle, self._word
        waivable = waivable_by(self._register.newest, step.transition, handle, {})
        if word.waive and word.waive not in waivable:
            return f"they may not waive {word.waive}"
        if word.attested and step.assurance == ASSURANCES[-1]:
            return "a change of the policy is signed with a key of one's own, in a clone"
        if not word.attested and step.assurance != ASSURANCES[0] and not self._person.live_keys:
            return "a change of the policy is signed with a key, and none of theirs is listed"
        if handle in step.candidates or word.waive:
            return ""
        if handle not in step.contributors:
            # In a role and no candidate is only who has signed before; they give an outdated word again.
            return "" if self._role(step) else "they do not hold a role that signs it"
        way = f" (policy lets them waive this: --waive {waivable[0]} --because …)" if waivable else ""
        return f"they wrote it{way}"

    def _role(self, step: Proposed) -> str:
        held = roles_for(self._register.newest.people, self._person, {})
        return next((role for role in step.transition.signers.roles if role in held), "")

    def _add(self, step: Proposed) -> None:
        approvals = [file for file in self._given_on(step) if file.statement["verdict"] == "approve"]
        outdated = [file for file in approvals if self._is_outdated(file, step)]
        # On a forge the last word of a person counts, so that an objection takes back their own approval.
        withdrawn = self._word.attested is not None and self._word.verdict == "object"
        outdated += [file for file in approvals if withdrawn and self._is_mine(file) and file not in outdated]
        statement = self._statement(step, [file for file in approvals if file not in outdated])
        data, self.key = signed_data(self._desk, self._person, statement, self._register.newest, self._word)
        self.files |= dict.fromkeys(file.path for file in outdated)
        self.files[f"{POLICY_SIGN_OFFS}{file_name(statement)}"] = self._desk.documents.compose(data)
        self.steps.append(f"policy version {step.seq}")
        self.meaning.append(step.transition.meaning)

    def _statement(self, step: Proposed, standing: Sequence[SignedFile]) -> dict[str, Any]:
        policy, person, word = self._register.newest, self._person, self._word
        attested = word.attested
        statement: dict[str, Any] = {
            "version": 1,
            "instance": self._register.instance,
            "subject": POLICY_SUBJECT,
            "seq": step.seq,
            "transition": step.transition.name,
            "from": step.from_,
            "to": step.to,
            "verdict": word.verdict,
            "by": person.handle,
            "name": person.name,
            "role": self._role(step) or "staff",
            "at": attested.at if attested else f"{self._desk.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "time_source": "forge" if attested else "client",
            "meaning": step.transition.meaning if word.verdict == "approve" else "I object to this change.",
        }
        because = self._because(standing)
        if because:
            statement["because"] = because
        statement |= {
            "contributors": sorted(step.contributors),
            "content": step.content,
            "policy": {"version": policy.number, "rules": policy.rules_digest},
            "previous": previous_of(self._sign_offs, instance=self._register.instance, seq=step.seq),
        }
        if word.waive:
            statement["waiver"] = {"rule": word.waive, "because": word.because}
        if attested:
            statement["review"] = review_of(attested)
        return statement

    def _because(self, standing: Sequence[SignedFile]) -> str:
        """All approvals of a version carry the same reason, that of the first; most carry none."""
        if self._word.verdict == "approve" and standing:
            return str(standing[0].statement.get("because", ""))
        return self._word.because
