"""What only git and the record before can tell of who signs a step: who wrote what it seals, and who stood there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.policy.findings import Finding
from nearmiss.policy.signing import barred, waived_rule
from nearmiss.policy.statement_keys import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.facts import Authorship
    from nearmiss.policy.guards.context import StepContext
    from nearmiss.policy.steps import Step


def judge_authors(step: Step, derived: frozenset[str], authorship: Authorship) -> Iterator[Finding]:
    """Whoever wrote what a step seals is known, and is stated as a contributor by each of its sign-offs."""
    for part in (*step.sections, "state"):
        if part in {"title", "report"}:
            continue
        for address in sorted(authorship.strangers.get(part, ())):
            yield Finding(
                code="author-unknown",
                message=f"{part} was written by {address}, who is nobody in people.yaml",
                hint="add the address to a person, as a policy change, or write the section again under your own",
                field=(part,),
            )
    for file in step.approvals:
        unsaid = derived - set(file.statement["contributors"])
        if unsaid:
            message = f"sign-off {file.name} does not state the contributors {', '.join(sorted(unsaid))}"
            yield _of(file, "contributor-missing", message, "approve again")
        for handle in file.statement["contributors"]:
            if step.version.people.find(handle) is None:
                message = f"sign-off {file.name} states the contributor {handle}, who is nobody in people.yaml"
                yield _of(file, "person-unknown", message, "approve again")


def judge_signers(step: Step, context: StepContext, derived: frozenset[str]) -> Iterator[Finding]:
    """What only git and the record before can tell of a signer."""
    for file in step.approvals:
        said = file.statement
        by = said["by"]
        if (
            step.transition.signers.contributors == "never"
            and by in derived
            and waived_rule(step, file) != "contributor-signs"
        ):
            message = f"sign-off {file.name}: {by} wrote part of what is signed and may not approve it"
            yield _of(file, "contributor-signs", message, _SOMEBODY_ELSE)
        named = set(barred(step.transition, context, by))
        for where in named - set(barred(step.transition, _blind(context), by)) if named else ():
            message = f"sign-off {file.name}: {by} is named in {where} and may not sign {step.transition.name}"
            yield _of(file, "signer-separated", message, _SOMEBODY_ELSE)


_SOMEBODY_ELSE = "this sign-off does not count; somebody who may sign approves instead"


def _of(file: SignedFile, code: str, message: str, hint: str) -> Finding:
    return Finding(code=code, message=message, hint=hint, path=file.path, field=key_of(code))


def _blind(context: StepContext) -> StepContext:
    return replace(context, before=None, former={})
