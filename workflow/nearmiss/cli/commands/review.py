"""`nearmiss review`: what a proposal changes, in words, and who may sign it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import branch_option, json_option, subject_argument
from nearmiss.cli.output.sections import name_of, say_section, spell
from nearmiss.cli.proposing.proposal import say_waiting, step_as_data
from nearmiss.cli.voice import emit, flow, heading, one_line, paragraph, say
from nearmiss.policy.findings import spell_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.looking.showing import Reviewed
    from nearmiss.policy.proposed import Proposed

POLICY = "policy"
VERDICTS = {
    "pass": "Everything is signed.",
    "waiting": "It is legal and complete; sign-offs are missing.",
    "refuse": "It would be refused as it is.",
}


@click.command(short_help="Tell what a proposal changes and who may sign it.")
@subject_argument
@branch_option
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, subject: str, branch: str, as_json: bool) -> None:
    """Tell what a proposal changes: the step, what signing it means, every value before and after, what is missing.

    Example: nearmiss review NM-2026-7Q4K2
    """
    from nearmiss.engine.looking.showing import review, show

    desk = surroundings.desk()
    reviewed = review(desk, subject, branch=branch)
    record: Mapping[str, Any] = {}
    if subject != POLICY:
        record = show(desk, subject, revision=reviewed.proposal.head).data
    if as_json:
        emit(reviewed_as_data(reviewed))
    else:
        _tell(reviewed, record)


def reviewed_as_data(reviewed: Reviewed) -> Mapping[str, Any]:
    """Return a review as JSON has it: ok, id, title, branch, verdict, steps, changes, paths, policy_version, findings.

    A change has field, before and after; `ok` is false where the gate would refuse.
    """
    return {
        "ok": reviewed.result.verdict != "refuse",
        "id": reviewed.proposal.subject,
        "title": reviewed.title,
        "branch": reviewed.proposal.branch,
        "base": reviewed.proposal.base,
        "head": reviewed.proposal.head,
        "verdict": reviewed.result.verdict,
        "steps": [step_as_data(step) for step in reviewed.result.proposed(reviewed.proposal.subject)],
        "changes": [
            {"field": spell_field(field), "before": before, "after": after} for field, before, after in reviewed.changes
        ],
        "paths": list(reviewed.paths),
        "policy_version": reviewed.policy.number,
        "findings": [finding_as_data(finding) for finding in reviewed.result.findings],
    }


def _tell(reviewed: Reviewed, record: Mapping[str, Any]) -> None:
    subject = reviewed.proposal.subject
    steps = reviewed.result.proposed(subject)
    flow((subject, "bold"), f"  {one_line(reviewed.title)}", hang=2)
    flow(f"Proposed on {reviewed.proposal.branch}, judged by policy version {reviewed.policy.number}.", hang=2)
    for step in steps:
        _say_step(step, reviewed.policy.settings.language)
    _say_sealed(steps, record)
    _say_changes(reviewed)
    heading(VERDICTS[reviewed.result.verdict])
    for step in steps:
        _say_signers(step)
    say_findings([found for found in reviewed.result.findings if found.code != "sign-off-missing"])
    say("")
    if reviewed.result.verdict == "pass":
        say(f"To put it in force:  nearmiss merge {subject}")
    elif reviewed.result.verdict == "waiting":
        say(f"To sign it:  nearmiss approve {subject}")
        say(f"To refuse:   nearmiss object {subject} --because '…'")


def _say_step(step: Proposed, language: str) -> None:
    from nearmiss.models.vocabulary import label_of

    move = f"{step.from_} → {step.to}" if step.from_ != step.to else f"stays {step.to}"
    heading(f"{step.transition.name}: {label_of(dict(step.transition.label), language)} ({move})")
    say("  Signing it means:")
    say(paragraph(step.transition.meaning, indent=4))
    if step.parts:
        say(f"  It seals: {', '.join(name_of(part).lower() for part, digest in step.parts.items() if digest)}.")
    if step.contributors:
        say(f"  Written by: {', '.join(sorted(step.contributors))}.")


def _say_sealed(steps: tuple[Proposed, ...], record: Mapping[str, Any]) -> None:
    """Print every section that a signature would be bound to, as it stands in the proposal."""
    parts = dict.fromkeys(part for step in steps for part, digest in step.parts.items() if digest)
    for part in parts:
        if isinstance(record.get(part), dict | list):
            say_section(part, record[part])


def _say_changes(reviewed: Reviewed) -> None:
    heading("What changes on the main branch")
    for field, before, after in reviewed.changes:
        say(f"  {spell_field(field)}")
        say(paragraph(f"before: {one_line(spell(before))}", indent=4))
        say(paragraph(f"after:  {one_line(spell(after))}", indent=4))
    for path in reviewed.paths:
        say((f"  {one_line(path)}", "dim"))


def _say_signers(step: Proposed) -> None:
    if step.signed:
        say(f"{step.transition.name} is signed by {', '.join(step.signed)}.")
    if step.objected:
        say((f"{step.transition.name} is objected to by {', '.join(step.objected)}.", "red"))
    say_waiting(step)
