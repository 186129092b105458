"""Whose turn it is on each open proposal, as the gate sees it, remembered for as long as nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import UnknownRecordError, UnreadableRecordError
from nearmiss.engine.proposing.proposals import Proposal, judge_proposal, proposals
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.models.ids import POLICY_SUBJECT

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.models.people import People
    from nearmiss.policy.proposed import Proposed


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How a proposal stands: the gate's verdict, its steps, who may still sign, who wrote it, and who objects."""

    proposal: Proposal
    title: str
    verdict: str
    steps: tuple[str, ...]
    waits_for: tuple[str, ...]
    makers: tuple[str, ...]
    objected: tuple[str, ...]


def turns(desk: Desk, base: str, people: People) -> list[Turn]:
    """Return how every open proposal stands, judged anew where it, the main branch or the day has moved."""
    day = desk.clock.now().date().isoformat()
    keys = {f"turn:{day}:{base}:{proposal.head}:{proposal.branch}": proposal for proposal in proposals(desk, base)}
    known = desk.memory.get_many(list(keys)) if desk.memory is not None else {}
    fresh = {key: _judged(desk, proposal, people) for key, proposal in keys.items() if key not in known}
    if desk.memory is not None and fresh:
        desk.memory.put_many(fresh)
    return [_turn(proposal, {**known, **fresh}[key]) for key, proposal in keys.items()]


def _turn(proposal: Proposal, kept: dict[str, Any]) -> Turn:
    lists = {name: tuple(kept[name]) for name in ("steps", "waits_for", "makers", "objected")}
    return Turn(proposal=proposal, title=kept["title"], verdict=kept["verdict"], **lists)


def _judged(desk: Desk, proposal: Proposal, people: People) -> dict[str, Any]:
    result = judge_proposal(desk, proposal)
    steps = result.proposed(proposal.subject)
    lacking = [step for step in steps if step.missing]
    return {
        "title": _title(desk, proposal),
        "verdict": result.verdict,
        "steps": [step.transition.name for step in steps],
        "waits_for": sorted({who for step in lacking for who in step.candidates if who not in step.signed}),
        "makers": _makers(desk, proposal, steps, people),
        "objected": sorted({who for step in steps for who in step.objected}),
    }


def _makers(desk: Desk, proposal: Proposal, steps: tuple[Proposed, ...], people: People) -> list[str]:
    """Return who wrote a proposal: the contributors of its steps, or the authors of what needs no step."""
    if steps:
        return sorted({who for step in steps for who in step.contributors})
    commits = desk.repository.commits([proposal.head], without=[proposal.base])
    persons = [people.by_email(commit.author.identity.email) for commit in commits]
    return sorted({person.handle for person in persons if person is not None})


def _title(desk: Desk, proposal: Proposal) -> str:
    if proposal.subject == POLICY_SUBJECT:
        return "The rules and people of this register"
    try:
        dossier, _ = open_dossier(desk.repository.tree(proposal.head), proposal.subject, desk.documents)
    except (UnknownRecordError, UnreadableRecordError):
        return ""
    return str(dossier.data.get("title", ""))
