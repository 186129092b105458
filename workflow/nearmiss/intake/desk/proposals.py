"""The proposals: which there are and whose turn it is, and one of them in words, with what signing it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.looking.showing import Reviewed, review, show
from nearmiss.engine.looking.turns import Turn, turns
from nearmiss.engine.proposing.approving import proposers_reason
from nearmiss.intake.desk.telling import differences, missing_in, tell_section
from nearmiss.intake.desk.visits import NotHereError, Page
from nearmiss.intake.desk.wording import VERDICTS, lacking, name_of, names_of, role_label, state_label, step_label
from nearmiss.models.ids import POLICY_SUBJECT, is_record_id, read_id
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.findings import Severity
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.roles import roles_for
from nearmiss.policy.signing import barred, in_turn, waivable_by, way_out
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit
    from nearmiss.policy.proposed import Proposed

OBJECTED = N_("Somebody objects to it. It waits until that is settled.")
TOLD_WITH_THE_STEP = frozenset({"sign-off-missing", "objection-stands"})
"""What the page says of each step anyway."""
BESIDE = frozenset({Severity.WAITING, Severity.WARNING})


def proposals(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of all that is proposed, what waits for this person first."""
    found = turns(visit.desk, visit.base, visit.policy.people)
    me = visit.person.handle
    rows = [_row(visit, turn, me) for turn in found]
    return Page(
        template="proposals",
        data={"here": "proposals", "rows": sorted(rows, key=lambda row: (not row["for_me"], not row["mine"]))},
    )


def _row(visit: Visit, turn: Turn, me: str) -> dict[str, Any]:
    proposal = turn.proposal
    return {
        "subject": proposal.subject,
        "branch": proposal.branch,
        "title": turn.title,
        "step": step_label(visit, ", ".join(turn.steps) or proposal.transition),
        "verdict": turn.verdict,
        "verdict_words": visit.say(VERDICTS[turn.verdict]),
        "waits_for": names_of(visit, turn.waits_for),
        "makers": names_of(visit, turn.makers),
        "objected": names_of(visit, turn.objected),
        "for_me": turn.verdict == "waiting" and me in turn.waits_for and me not in turn.objected,
        "mine": me in turn.makers,
    }


def subject_of(visit: Visit) -> str:
    """Return what the proposal in the address is about; raises NotHereError."""
    said = visit.path("subject")
    if said == POLICY_SUBJECT:
        return said
    subject = read_id(said)
    if not is_record_id(subject):
        raise NotHereError
    return subject


def proposal(visit: Visit, refusal: Refusal | None) -> Page:
    """Return the page of one proposal; raises NoProposalError, ProposalDoneError and their like."""
    subject = subject_of(visit)
    branch = refusal.typed.get("branch", "") if refusal else ""
    reviewed = review(visit.desk, subject, branch=branch or visit.asked("branch"))
    data: Mapping[str, Any] = {}
    if subject != POLICY_SUBJECT:
        data = show(visit.desk, subject, revision=reviewed.proposal.head).data
    steps = reviewed.result.proposed(subject)
    is_held_up = reviewed.result.verdict == "waiting" and any(step.objections for step in steps)
    sealed = dict.fromkeys(part for step in steps for part, digest in step.parts.items() if digest)
    findings = [one for one in reviewed.result.findings if one.code not in TOLD_WITH_THE_STEP]
    return Page(
        template="proposal",
        data={
            "here": "proposals",
            "subject": subject,
            "is_policy": subject == POLICY_SUBJECT,
            "title": reviewed.title,
            "branch": reviewed.proposal.branch,
            "is_draft": not steps,
            "read": reviewed.proposal.head,
            "version": reviewed.policy.number,
            "verdict": reviewed.result.verdict,
            "verdict_words": visit.say(OBJECTED if is_held_up else VERDICTS[reviewed.result.verdict]),
            "is_held_up": is_held_up,
            "reason": proposers_reason(visit.desk, reviewed.proposal),
            "steps": [_step(visit, step, data) for step in steps],
            "sealed": [tell_section(visit, part, data[part]) for part in SECTIONS if part in sealed and part in data],
            "changes": differences(visit, reviewed.changes, of_record=subject != POLICY_SUBJECT),
            "paths": reviewed.paths,
            "findings": missing_in(visit, [one for one in findings if one.severity is Severity.ERROR]),
            "warnings": missing_in(visit, [one for one in findings if one.severity in BESIDE]),
            "overtaken": any(one.code == "branch-outdated" for one in findings),
            "word": _word(visit, reviewed, steps, data),
        },
    )


def _step(visit: Visit, step: Proposed, data: Mapping[str, Any]) -> dict[str, Any]:
    whose = in_turn(names_of(visit, step.candidates), names_of(visit, step.keyless)) or way_out(step.transition)
    return {
        "name": step.transition.name,
        "label": step_label(visit, step.transition.name),
        "from": state_label(visit, step.from_),
        "to": state_label(visit, step.to),
        "moves": step.from_ != step.to,
        "meaning": step.transition.meaning,
        "seals": [
            tell_section(visit, part, {}).label for part, digest in step.parts.items() if digest and part in data
        ],
        "contributors": names_of(visit, sorted(step.contributors)),
        "signed": names_of(visit, step.signed),
        "objections": [
            {"name": name_of(visit, objection.by), "because": objection.because} for objection in step.objections
        ],
        "missing": [lacking(visit, words) for words in step.missing],
        "whose": whose if step.missing else "",
    }


def _word(visit: Visit, reviewed: Reviewed, steps: tuple[Proposed, ...], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what this person can say here: sign it, in which roles, by which means, and why not where they cannot."""
    person, me = visit.person, visit.person.handle
    held = (
        roles_for(visit.policy.people, person, data)
        if data
        else frozenset(grant.role for grant in visit.policy.people.grants_of(person))
    )
    roles = [role for step in steps for role in step.transition.signers.roles if role in held]
    waivable = [rule for step in steps for rule in waivable_by(visit.policy, step.transition, me, data)]
    return {
        "may_sign": any(me in step.candidates and me not in step.signed for step in steps),
        "has_signed": any(me in step.signed for step in steps),
        "has_objected": any(me in step.objected for step in steps),
        "why_not": next((why for step in steps for why in _why_not(visit, step, data)), ""),
        "roles": [(role, role_label(visit, role)) for role in dict.fromkeys(roles)],
        "waivable": list(dict.fromkeys(waivable)),
        "needs_key": bool(person.live_keys),
        "proof": next((step.assurance for step in steps if step.assurance != "asserted"), ""),
        "needs_reason": any(step.transition.reason == "required" for step in steps),
        "may_merge": reviewed.result.verdict == "pass",
    }


WROTE = "wrote"
NAMED = "named"


def _why_not(visit: Visit, step: Proposed, data: Mapping[str, Any]) -> list[str]:
    """Say why a person may not sign a step that waits; nothing where they may, or where it is not theirs anyway."""
    me = visit.person.handle
    if me in step.candidates or me in step.signed:
        return []
    if step.transition.signers.contributors == "never" and me in step.contributors:
        return [WROTE]
    context = StepContext(before=data, after=data, transition=step.transition, policy=visit.policy)
    return [NAMED] if data and any(barred(step.transition, context, me)) else []
