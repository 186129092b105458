"""Sign-offs as they would have been written under another policy: the same people's word on the same content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.inference import parts_sealed
from nearmiss.policy.proving import origin_of
from nearmiss.policy.roles import roles_for
from nearmiss.policy.signing import quorum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.dossier import Dossier, Origin
    from nearmiss.policy.facts import Authorship
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition


@dataclass(frozen=True, kw_only=True)
class Restated(SignedFile):
    """A sign-off that says it was given under another policy, and proves what the one that was given proves."""

    given: SignedFile
    origin: Origin
    people: str

    @cached_property
    def statement_digest(self) -> str:
        """The digest of the statement that was given, to which the next step points back."""
        return self.given.statement_digest

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """What it proves, under the people of the other policy."""
        return {self.people: self.origin}


def restate(
    before: Dossier,
    after: Dossier,
    steps: tuple[Proposed, ...],
    authorship: Authorship,
    *,
    given_under: PolicyVersion,
    version: PolicyVersion,
) -> Dossier:
    """Return what a record became, its steps approved under another version by the same people, of the same content.

    The statements name that version, its words and what it seals, and a role of the signer's that signs there.
    """
    taken = {step.seq: step for step in steps}

    def restated(file: SignedFile) -> SignedFile:
        step = taken.get(file.statement["seq"])
        if step is None or file.statement["verdict"] != "approve":
            return file
        return Restated(
            path=file.path,
            data={**file.data, "statement": _statement(file.statement, step, before, after, authorship, version)},
            bytes_digest=file.bytes_digest,
            given=file,
            origin=origin_of(file, given_under),
            people=str(version.data["people_sha256"]),
        )

    return replace(after, sign_offs=tuple(map(restated, after.sign_offs)))


def _statement(
    said: Mapping[str, Any],
    step: Proposed,
    before: Dossier,
    after: Dossier,
    authorship: Authorship,
    version: PolicyVersion,
) -> Mapping[str, Any]:
    named = {**said, "policy": {"version": version.number, "rules": version.rules_digest}}
    transition = version.workflow.transition(step.transition.name)
    if transition is None:
        return named
    parts = {part: after.digest_of(part) for part in parts_sealed(transition, before, after)}
    return {
        **named,
        "role": _role(said, transition, before, after, version),
        "meaning": transition.meaning,
        "contributors": sorted({*said["contributors"], *authorship.of(parts)}),
        "content": replace(step, parts=parts).content,
    }


def _role(
    said: Mapping[str, Any], transition: Transition, before: Dossier, after: Dossier, version: PolicyVersion
) -> str:
    """Return the role that was stated, or another one of the signer's where only that signs."""
    context = StepContext(before=before.data, after=after.data, transition=transition, policy=version)
    signing = (*transition.signers.roles, *quorum(transition, context).roles)
    person = version.people.find(said["by"])
    held = roles_for(version.people, person, after.data) if person else frozenset()
    able = [role for role in signing if role in held]
    return str(said["role"]) if said["role"] in able or not able else able[0]
