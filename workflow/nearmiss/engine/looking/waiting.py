"""What waits for the person at work: signatures, actions, cases, reports without an answer, and their own proposals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from nearmiss.engine.looking.listing import read_summaries
from nearmiss.engine.looking.tasks import SORTS, Task, Waiting
from nearmiss.engine.looking.turns import Turn, turns
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.policy.deadlines import NEXT_STEP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.records.summaries import Summary
    from nearmiss.models.people import People, Person
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition

SOON = timedelta(days=14)
"""How long before its day a check or a review is worth a look."""

LOOKED_AT_BY = {
    "check of effect": "verify",
    "review of the lesson": "review-lesson",
    "review of the accepted risk": "reassess",
}
"""The transition that follows from what is to be looked at: whoever may sign it is told of it."""

OWN_CASE = frozenset({"assessment.assessed_by", "investigation.lead", "root_cause.analyst"})
"""Where a record names the people whose case it is."""


def waiting(desk: Desk) -> Waiting:
    """Return what waits for the person at work; for somebody who is not on the list of people, nothing does."""
    base, register = main_register(desk)
    policy = register.newest
    summaries, _ = read_summaries(desk, base)
    today = desk.clock.now().date()
    email = desk.identity.email if desk.identity else ""
    person = policy.people.by_email(email) if email else None
    tasks: list[Task] = []
    if person is not None and person.is_active:
        stand = turns(desk, base, policy.people)
        proposed = {turn.proposal.subject for turn in stand}
        tasks += [task for turn in stand if (task := _of_turn(turn, person.handle))]
        for summary in summaries.values():
            tasks += _of_record(summary, person, policy, today, is_proposed=summary.id in proposed)
    return Waiting(
        handle=person.handle if person else "",
        name=person.name if person else "",
        email=email,
        roles=_roles(policy.people, person) if person else (),
        today=today.isoformat(),
        branch=desk.repository.position().branch or "",
        main_branch=policy.settings.main_branch,
        records=len(summaries),
        tasks=tuple(sorted(tasks, key=lambda task: (SORTS.index(task.sort), task.due or "9999", task.subject))),
    )


def _roles(people: People, person: Person) -> tuple[str, ...]:
    return tuple(dict.fromkeys(grant.role for grant in people.grants_of(person)))


def _of_turn(turn: Turn, handle: str) -> Task | None:
    """Return what a proposal asks of a person: to sign it, to put it in force, to mend it, or only patience."""
    subject, mine = turn.proposal.subject, handle in turn.makers
    task = Task(
        sort="sign",
        subject=subject,
        title=turn.title,
        what=", ".join(turn.steps) or turn.proposal.transition,
        command=f"nearmiss review {subject}",
    )
    if turn.verdict == "waiting" and handle in turn.waits_for and handle not in turn.objected:
        return task
    if not mine:
        return None
    if turn.verdict == "pass":
        return replace(task, sort="merge", command=f"nearmiss merge {subject}")
    if turn.verdict == "refuse" or turn.objected:
        who = f", objected to by {', '.join(turn.objected)}" if turn.objected else ", would be refused"
        return replace(task, sort="mend", what=f"{task.what}{who}")
    if not turn.waits_for:
        return replace(task, sort="mend", what=f"{task.what}, which nobody on the list of people may sign")
    return replace(task, sort="others", what=f"{task.what}: {', '.join(turn.waits_for)}")


def _of_record(
    summary: Summary, person: Person, policy: PolicyVersion, today: date, *, is_proposed: bool
) -> Iterator[Task]:
    """Yield what a record on the main branch asks of a person; the actions of a plan that is only drafted do not."""
    for what, on, whose in summary.due:
        if what.startswith("action ") and whose == person.handle and _has_plan(summary, policy):
            number = what.partition(" ")[2]
            command = f"nearmiss progress {summary.id} {number} --status done --evidence '…'"
            yield _task(summary, "action", number, command, due=on)
    if not is_proposed:
        yield from _next_step(summary, person, policy, today)
    yield from _looks(summary, person, policy, today)


def _task(summary: Summary, sort: str, what: str, command: str, *, due: str = "") -> Task:
    return Task(sort=sort, subject=summary.id, title=summary.title, what=what, command=command, due=due)


def _next_step(summary: Summary, person: Person, policy: PolicyVersion, today: date) -> Iterator[Task]:
    """Yield the assessment of a report that nobody has answered, or the next step of somebody's own case."""
    state = policy.workflow.state(summary.state)
    if state is None or state.kind != "open":
        return
    dues = {what: on for what, on, _ in summary.due}
    steps = [step for step in policy.workflow.leaving(summary.state) if step.kind == "forward"]
    if "assess" in dues:
        if _holds(person, policy.people, summary, {role for step in steps for role in step.signers.roles}):
            yield _task(summary, "answer", "assess", f"nearmiss edit {summary.id} assessment", due=dues["assess"])
        return
    is_later = bool(summary.open_actions) or dues.get("check of effect", "") > today.isoformat()
    if steps and _is_own_case(summary, person) and not (is_later and _has_plan(summary, policy)):
        name = _likely(steps, summary, policy).name
        due = next((dues[what] for what in NEXT_STEP.values() if what in dues), "")
        yield _task(summary, "step", name, f"nearmiss advance {summary.id} --transition {name}", due=due)


def _likely(steps: Sequence[Transition], summary: Summary, policy: PolicyVersion) -> Transition:
    """Return the step that the decision of the assessment leads to: on with a near miss, and out with anything else."""
    closed = {state.state for state in policy.workflow.states if state.kind == "closed"}
    if summary.decision in {"", "near-miss"}:
        fitting = [step for step in steps if closed.isdisjoint(step.to)]
    else:
        fitting = [step for step in steps if "decision-is-not-near-miss" in step.guards]
    return (fitting or list(steps))[0]


def _looks(summary: Summary, person: Person, policy: PolicyVersion, today: date) -> Iterator[Task]:
    """Yield what is to be checked or looked at again, for those whose case it is or who may sign what follows."""
    for what, on, _ in summary.due:
        name = next((name for kind, name in LOOKED_AT_BY.items() if what.startswith(kind)), "")
        if not name or on > (today + SOON).isoformat():
            continue
        step = policy.workflow.transition(name)
        roles = set(step.signers.roles) if step else set()
        if _is_own_case(summary, person) or _holds(person, policy.people, summary, roles):
            yield _task(summary, "look", what, f"nearmiss show {summary.id}", due=on)


def _has_plan(summary: Summary, policy: PolicyVersion) -> bool:
    """Say whether a record is in a state to which only a signed plan leads."""
    return any("action_plan" in step.seals and summary.state in step.to for step in policy.workflow.transitions)


def _is_own_case(summary: Summary, person: Person) -> bool:
    return any(way in OWN_CASE and handle == person.handle for way, handle in summary.people)


def _holds(person: Person, people: People, summary: Summary, roles: set[str]) -> bool:
    """Say whether a person holds one of some roles in the place and class of a record."""
    place = {
        "site": summary.site or None,
        "area": summary.area or None,
        "classification": summary.classification or None,
    }
    return any(grant.role in roles and grant.covers(**place) for grant in people.grants_of(person))
