"""The page of a record: its sections in words, where it stands, what may come next, who signed, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.looking.showing import history, show
from nearmiss.engine.proposing.foreseeing import Foreseen, foresee
from nearmiss.engine.proposing.joining import JOINS
from nearmiss.intake.desk.telling import missing_in, scale_word, tell_section
from nearmiss.intake.desk.visits import Page
from nearmiss.intake.desk.waiting_reports import talk_about
from nearmiss.intake.desk.wording import (
    ASSURANCES,
    STATUSES,
    band_label,
    due_label,
    level_label,
    name_of,
    names_of,
    progress_of,
    role_label,
    state_label,
    step_label,
    term_label,
)
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.deadlines import due_items, owner_of
from nearmiss.policy.guards.plan import latest_statuses
from nearmiss.policy.plain import get, listed
from nearmiss.policy.signing import in_turn, way_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.records.pages import Page as Shown
    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit

TOLD_ELSEWHERE = frozenset({"progress", "briefings", "corrections"})
EDITABLE = (
    "assessment",
    "investigation",
    "root_cause",
    "action_plan",
    "verification",
    "lesson",
    "alert",
    "decisions",
    "escalation",
)
"""Sections that have a form of their own."""

MOST_ENTRIES = 100


def record(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of the record that the address names; raises UnknownRecordError."""
    return record_page(visit)


def record_page(visit: Visit, *, contact: str = "") -> Page:
    """Return the page of a record; with the contact of its reporter where somebody asked for it."""
    record_id = visit.record_id()
    shown = show(visit.desk, record_id)
    data = shown.data
    return Page(
        template="record",
        data={
            "here": "records",
            "id": shown.id,
            "read": shown.commit,
            "title": str(data.get("title", "")),
            "state": state_label(visit, shown.state),
            "kind": _kind(visit, shown.state),
            "risk": _risk(visit, shown),
            "dues": _dues(visit, data),
            "proposals": [
                {"branch": branch, "step": step_label(visit, transition)} for branch, transition in shown.proposals
            ],
            "steps": _steps(visit, shown),
            "may_triage": shown.state == visit.policy.workflow.first_state and not shown.steps and not shown.proposals,
            "is_assessed": bool(get(data, "assessment", "decision")),
            "is_unsafe": get(data, "report", "made_safe") == "no" and shown.state == visit.policy.workflow.first_state,
            "may_close": _may_close(visit, shown),
            "may_join": any(JOINS in step.guards for step in visit.policy.workflow.leaving(shown.state)),
            "sections": list(_sections(visit, data)),
            "editable": [
                {"key": part, "label": tell_section(visit, part, {}).label, "progress": progress_of(visit, part, data)}
                for part in EDITABLE
            ],
            "actions": _actions(visit, data),
            "statuses": {status: visit.say(words) for status, words in STATUSES.items()},
            "briefings": tell_section(visit, "briefings", listed(data, "briefings")).rows,
            "areas": _areas(visit),
            "signed": _signed(visit, shown),
            "findings": missing_in(visit, shown.findings),
            "attachments": _attachments(data),
            "entries": _entries(visit, shown.id),
            "talk": _talk(visit, shown, contact),
        },
    )


def _talk(visit: Visit, shown: Shown, contact: str) -> dict[str, Any] | None:
    """Return what was written with the reporter; None for a report that nobody can be asked about here."""
    talk = talk_about(visit, shown.data, shown.id)
    if talk is None:
        return None
    to = f"/desk/records/{shown.id}"
    return {"messages": talk.messages, "contact_known": talk.contact_known, "contact": contact, "to": to}


def _kind(visit: Visit, state: str) -> str:
    found = visit.policy.workflow.state(state)
    return found.kind if found else "open"


def _risk(visit: Visit, shown: Shown) -> dict[str, str]:
    """Return the risk in words: both numbers, the band and how deep to go; empty where nothing is assessed."""
    severity, likelihood = (get(shown.data, "assessment", key) for key in ("severity_potential", "likelihood"))
    level = get(shown.data, "assessment", "level")
    if not isinstance(severity, int) or not isinstance(likelihood, int):
        return {}
    return {
        "severity": scale_word(visit, "severity_potential", severity),
        "likelihood": scale_word(visit, "likelihood", likelihood),
        "band": shown.band,
        "label": band_label(visit, shown.band),
        "level": level_label(visit, level) if isinstance(level, str) else "",
    }


def _dues(visit: Visit, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "what": due_label(visit, item.what),
            "on": item.on,
            "whose": name_of(visit, item.whose) if item.whose else "",
            "late": item.is_overdue(visit.today),
        }
        for item in due_items(data, visit.policy)
    ]


def _steps(visit: Visit, shown: Shown) -> list[dict[str, Any]]:
    """Return every step that leads on; those that lead forward first, as they are what is looked for."""
    order = {"forward": 0, "keep": 1, "back": 2}
    found = sorted(foresee(visit.desk, shown.id), key=lambda one: order[one.transition.kind])
    proposed = {transition for _, transition in shown.proposals}
    return [_step(visit, one, is_proposed=one.transition.name in proposed) for one in found]


def _step(visit: Visit, one: Foreseen, *, is_proposed: bool) -> dict[str, Any]:
    step = one.transition
    who = one.proposed.candidates if one.proposed else ()
    return {
        "name": step.name,
        "to": one.to,
        "kind": step.kind,
        "label": step_label(visit, step.name),
        "leads_to": state_label(visit, one.to),
        "ready": one.is_ready,
        "is_proposed": is_proposed,
        "missing": missing_in(visit, one.missing),
        "who": in_turn(names_of(visit, who), ()) or (way_out(step) if one.proposed else ""),
        "needs_reason": step.reason == "required",
        "meaning": step.meaning,
        # What keeps the state is made of a change of some sections: those are its way in.
        "sections": [part for part in step.seals if part in EDITABLE] if step.kind == "keep" else [],
        "is_main": step.kind == "forward" and not _is_out(visit, one.to),
    }


def _is_out(visit: Visit, state: str) -> bool:
    found = visit.policy.workflow.state(state)
    return found is not None and found.kind == "closed"


def _may_close(visit: Visit, shown: Shown) -> bool:
    """Say whether all steps that are left may go together, and are more than one."""
    workflow = visit.policy.workflow
    done = next(state.state for state in workflow.states if state.kind == "done")
    path = workflow.forward_path(shown.state, done) or ()
    return get(shown.data, "assessment", "level") in workflow.close_levels and len(path) > 1


def _sections(visit: Visit, data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    without = {"action_plan": ("actions",), "report": ("attachments",)}
    for part in SECTIONS:
        if part not in data or part in TOLD_ELSEWHERE:
            continue
        told = tell_section(visit, part, data[part], without=(*without.get(part, ()), "attachments"))
        yield {"key": part, "told": told, "editable": part in EDITABLE}
    if "corrections" in data:
        yield {"key": "corrections", "told": tell_section(visit, "corrections", data["corrections"]), "editable": False}


def _actions(visit: Visit, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    statuses = latest_statuses(data)
    found = []
    for action in listed(data, "action_plan", "actions"):
        number, due = str(action.get("id", "")), str(action.get("due", ""))
        status = statuses.get(number, "open")
        told = tell_section(visit, "action_plan", {"actions": [action]})
        entries = [entry for entry in listed(data, "progress") if entry.get("action") == number]
        progress = tell_section(visit, "progress", entries)
        found.append(
            {
                "id": number,
                "what": str(action.get("what", "")),
                "owner": name_of(visit, owner_of(action)),
                "due": due,
                "late": status not in {"done", "cancelled"} and bool(due) and due < visit.today,
                "status": status,
                "status_label": visit.say(STATUSES.get(status, status)),
                "rows": [cell for cell in told.inside[0].rows[0] if cell.key not in {"id", "what", "owner", "due"}],
                "progress": [[cell for cell in row if cell.key != "action"] for row in progress.rows],
                "mine": visit.person.handle == owner_of(action),
            }
        )
    return found


def _areas(visit: Visit) -> list[tuple[str, str]]:
    terms = visit.policy.vocabulary["area"].terms if "area" in visit.policy.vocabulary else ()
    return [(term.term, term_label(visit, "area", term.term)) for term in terms if not term.retired]


def _signed(visit: Visit, shown: Shown) -> list[dict[str, Any]]:
    """Return each sign-off in force with printed name, role, date and meaning, as 21 CFR 11.50 has it."""
    return [
        {
            "seq": step["seq"],
            "label": step_label(visit, step["transition"]),
            "name": said["name"],
            "role": role_label(visit, said["role"]),
            "on": said["at"],
            "meaning": said["meaning"],
            "because": said.get("because", ""),
            "waiver": said.get("waiver"),
            "assurance": visit.say(ASSURANCES[said["assurance"]]),
            "proven": said["assurance"] != "asserted",
        }
        for step in shown.steps
        for said in step["signed"]
    ]


PICTURES = ("jpg", "jpeg", "png", "webp")


def _attachments(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every file that a section names, once."""
    found: dict[str, dict[str, Any]] = {}
    for part in SECTIONS:
        entries = data.get(part)
        for entry in entries if isinstance(entries, list) else [entries]:
            for one in listed(entry, "attachments"):
                name = str(one.get("file", ""))
                is_picture = name.rpartition(".")[2].casefold() in PICTURES
                found.setdefault(name, {"file": name, "caption": one.get("caption", ""), "is_picture": is_picture})
    return list(found.values())


def _entries(visit: Visit, record_id: str) -> list[dict[str, Any]]:
    return [
        {
            "when": entry.when,
            "name": entry.name,
            "subject": entry.subject.removeprefix(f"{record_id}: "),
            "commit": entry.commit[:10],
        }
        for entry in history(visit.desk, record_id)[:MOST_ENTRIES]
    ]
