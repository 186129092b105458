"""What is open in a register, as items of which somebody can be reminded: nothing in them tells of a reporter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nearmiss.engine.indexing.making import answered
from nearmiss.engine.looking.turns import turns
from nearmiss.engine.memory import AT_ONCE
from nearmiss.engine.proposing.branches import DRAFT, REPORT
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.reminding.schedule import Item
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.models.values import read_partial_date
from nearmiss.policy.plain import get

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.indexing.index import View
    from nearmiss.engine.looking.turns import Turn
    from nearmiss.engine.records.summaries import Summary
    from nearmiss.engine.rows import Row
    from nearmiss.policy.reminders import Reminders
    from nearmiss.policy.version import PolicyVersion

STEPS = {
    "investigate": ("investigation", "finish the investigation"),
    "root_cause": ("root_causes", "find the root causes"),
    "plan": ("plan", "make the plan of actions"),
}
LOOKS = {
    "check of effect": ("effect", "check whether the actions worked"),
    "review of the lesson": ("lesson_review", "look at the lesson again"),
    "review of the accepted risk": ("risk_review", "look again at the accepted risk"),
}
"""What `policy.deadlines` calls a thing: of which kind it is, and what is to be done."""

MAY_BE_TITLED = frozenset({"named", "external"})
"""Modes of reports whose title may be told: of the others it is made from words of somebody who is not to be known."""


@dataclass(frozen=True, kw_only=True)
class IntakeQueue:
    """How many reports wait in the intake, and since which day the oldest does. Nothing more is known here."""

    number: int
    oldest: str


def open_items(desk: Desk, rules: Reminders, *, intake: IntakeQueue | None = None) -> list[Item]:
    """Return everything in a register that somebody is to do until a day, and what waits to be signed or read."""
    base, register = main_register(desk)
    policy = register.newest
    stand = turns(desk, base, policy.people)
    held_up = {turn.proposal.subject for turn in stand if _is_on_its_way(turn)}

    def answer(view: View) -> list[Item]:
        return [*_of_records(view, policy, held_up), *_of_turns(desk, view, stand, rules)]

    return [*answered(desk, answer), *_of_intake(intake, rules)]


def _is_on_its_way(turn: Turn) -> bool:
    """Say whether a step waits for others than those whose case it is."""
    return turn.proposal.transition not in {DRAFT, REPORT} and turn.verdict in {"waiting", "pass"} and not turn.objected


def _of_records(view: View, policy: PolicyVersion, held_up: set[str]) -> Iterator[Item]:
    rows = view.kept.rows()
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        open_ones = [
            (row, summary)
            for row, summary in zip(some, view.summaries(some), strict=True)
            if summary.due or _may_lack_reply(summary, policy)
        ]
        data = _data_of(view, [row for row, _ in open_ones])
        for row, summary in open_ones:
            yield from _of_record(summary, data.get(row.key, {}), policy, is_held_up=summary.id in held_up)


def _may_lack_reply(summary: Summary, policy: PolicyVersion) -> bool:
    return summary.state == policy.workflow.first_state and bool(summary.decision)


def _data_of(view: View, rows: Sequence[Row]) -> dict[str, Mapping[str, Any]]:
    """Return the plain data of records by the key of their rows, of those that could be judged."""
    aside = view.kept.get_aside([row.key for row in rows]) if rows else {}
    return {key: page["data"] for key, kept in aside.items() if (page := kept.get("page"))}


def _of_record(summary: Summary, data: Mapping[str, Any], policy: PolicyVersion, *, is_held_up: bool) -> Iterator[Item]:
    """Yield what is open on a record of the main branch; the actions of a plan that is only drafted are not."""
    for what, on, whose in summary.due:
        name, _, number = what.rpartition(" ")
        command = f"nearmiss show {summary.id}"
        if what == "assess":
            yield _item(summary, data, "triage", "assess it", on, f"nearmiss edit {summary.id} assessment")
        elif what in STEPS and not is_held_up:
            kind, words = STEPS[what]
            yield _item(summary, data, kind, words, on, command, whose)
        elif name == "action" and _has_plan(summary, policy):
            command = f"nearmiss progress {summary.id} {number} --status done --evidence '…'"
            yield _item(summary, data, "action", what, on, command, whose)
        elif what in LOOKS or name in LOOKS:
            kind, words = LOOKS[what] if what in LOOKS else LOOKS[name]
            if kind != "effect" or _has_plan(summary, policy):
                words = words if what in LOOKS else f"{words} {number}"
                yield _item(summary, data, kind, words, on, command)
    if _may_lack_reply(summary, policy) and not get(data, "assessment", "reply"):
        yield from _reply(summary, data, policy)


def _reply(summary: Summary, data: Mapping[str, Any], policy: PolicyVersion) -> Iterator[Item]:
    """Yield that a reporter is to be answered, which is due when the report was to be assessed."""
    span = read_partial_date(summary.reported_on)
    if data and span is not None:
        on = (span[1] + timedelta(days=policy.risk.assess_within)).isoformat()
        command = f"nearmiss edit {summary.id} --set assessment.reply='…'"
        whose = str(get(data, "assessment", "assessed_by") or "")
        yield _item(summary, data, "reply", "answer the reporter", on, command, whose)


def _item(
    summary: Summary, data: Mapping[str, Any], kind: str, what: str, on: str, command: str, whose: str = ""
) -> Item:
    span = read_partial_date(on)
    return Item(
        kind=kind,
        subject=summary.id,
        what=what,
        # What is due in a month or a year may be done on its last day.
        due=span[1].isoformat() if span else on,
        owners=(whose,) if whose else (),
        site=summary.site,
        area=summary.area,
        classification=summary.classification,
        title=_title(summary.title, data),
        command=command,
    )


def _title(title: str, data: Mapping[str, Any]) -> str:
    return title if get(data, "report", "reporter", "mode") in MAY_BE_TITLED else ""


def _has_plan(summary: Summary, policy: PolicyVersion) -> bool:
    """Say whether a record is in a state to which only a signed plan leads."""
    return any("action_plan" in step.seals and summary.state in step.to for step in policy.workflow.transitions)


def _of_turns(desk: Desk, view: View, stand: Sequence[Turn], rules: Reminders) -> Iterator[Item]:
    """Yield the proposals that wait: for signers, or for their makers to put them in force or to mend them."""
    for turn in stand:
        proposal = turn.proposal
        if proposal.transition in {DRAFT, REPORT} and turn.verdict == "refuse":
            continue
        since = desk.repository.made(proposal.head).date()
        steps = ", ".join(turn.steps) or proposal.transition
        if turn.objected:
            what, owners = f"answer the objection to {steps}", turn.makers
        elif turn.verdict == "waiting":
            what, owners = f"sign {steps}", turn.waits_for
        elif turn.verdict == "pass":
            what, owners = f"put {steps} in force, which is signed by all", turn.makers
        else:
            what, owners = f"mend {steps}, which would be refused", turn.makers
        row = view.kept.row(proposal.subject) if proposal.subject != POLICY_SUBJECT else None
        place: dict[str, str] = {}
        if row is not None and row.reported_on:
            [summary] = view.summaries([row])
            data = _data_of(view, [row]).get(row.key, {})
            place = {
                "site": summary.site,
                "area": summary.area,
                "classification": summary.classification,
                "title": _title(summary.title, data),
            }
        elif proposal.subject == POLICY_SUBJECT:
            place = {"title": turn.title}
        yield Item(
            kind="sign_off",
            subject=proposal.subject,
            what=f"{what} (proposed {since.isoformat()})",
            due=(since + timedelta(days=rules.kinds.sign_off.within_days)).isoformat(),
            owners=owners,
            command=f"nearmiss review {proposal.subject}",
            **place,
        )


def _of_intake(queue: IntakeQueue | None, rules: Reminders) -> Iterator[Item]:
    """Yield that reports wait to be read: how many, and nothing of what they say."""
    span = read_partial_date(queue.oldest) if queue is not None and queue.number else None
    if queue is None or span is None:
        return
    yield Item(
        kind="intake",
        subject="intake",
        what="read the report that waits" if queue.number == 1 else f"read the {queue.number} reports that wait",
        due=(span[1] + timedelta(days=rules.kinds.intake.within_days)).isoformat(),
        command="nearmiss intake list",
    )
