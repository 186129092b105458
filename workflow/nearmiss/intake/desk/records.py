"""The records: open work by state as a board, or all of them as a list, by the same filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from nearmiss.engine.looking.listing import Wanted, in_order, list_records
from nearmiss.engine.looking.turns import turns
from nearmiss.intake.desk.visits import Page
from nearmiss.intake.desk.wording import (
    band_label,
    level_label,
    names_of,
    state_label,
    step_label,
    term_label,
    waits_for,
)
from nearmiss.models.vocabulary import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.engine.looking.listing import Listed
    from nearmiss.engine.records.summaries import Summary
    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit

MOST = 200
"""Records that are shown at once."""

SORTS = ("due", "reported_on", "severity", "title", "state")
VIEWS = ("board", "list")


def records(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of the records that the address asks for."""
    asked = {name: visit.asked(name).strip() for name in ("state", "area", "site", "level", "text")}
    known = _choices(visit)
    view = visit.asked("view") if visit.asked("view") in VIEWS else "board"
    sort = visit.asked("sort") if visit.asked("sort") in SORTS else ("due" if view == "board" else "reported_on")
    # What somebody changed in an address, or a bookmark of terms that are gone, leaves a filter out.
    fitting = {name: value for name, value in asked.items() if name == "text" or value in dict(known.get(name, ()))}
    wanted = Wanted(
        states=(fitting["state"],) if fitting.get("state") else (),
        area=fitting.get("area", ""),
        site=fitting.get("site", ""),
        level=fitting.get("level", ""),
        text=fitting.get("text", ""),
        overdue=bool(visit.asked("overdue")),
        sort=sort,
    )
    listed = list_records(visit.desk, wanted)
    mine, sign = bool(visit.asked("mine")), bool(visit.asked("sign"))
    to_sign = _waiting_for(visit) if sign else frozenset()
    found = [
        one
        for one in listed.summaries
        if (not mine or is_mine(one, visit.person.handle)) and (not sign or one.id in to_sign)
    ]
    data: dict[str, Any] = {
        "here": "records",
        "view": view,
        "choices": known,
        "asked": {**{name: fitting.get(name, "") for name in asked}, "sort": sort},
        "ticked": {"overdue": wanted.overdue, "mine": mine, "sign": sign},
        "found": len(found),
        "total": listed.total,
        "unreadable": listed.unreadable,
    }
    shown = found[:MOST]
    if view == "list":
        return Page(
            template="records", data={**data, "rows": [card(visit, one, listed) for one in shown], "more": MOST}
        )
    columns = _columns(visit, found, listed)
    in_list = {**data["asked"], **{name: "1" for name, ticked in data["ticked"].items() if ticked}, "view": "list"}
    hidden = {
        "hidden": len(found) - sum(column["count"] for column in columns),
        "in_list": urlencode({name: value for name, value in in_list.items() if value}),
    }
    return Page(template="records", data={**data, **hidden, "columns": columns, "more": MOST})


def _waiting_for(visit: Visit) -> frozenset[str]:
    """Return the records with a proposal that waits for this person's signature."""
    me = visit.person.handle
    stand = turns(visit.desk, visit.base, visit.policy.people)
    return frozenset(
        turn.proposal.subject
        for turn in stand
        if turn.verdict == "waiting" and me in turn.waits_for and me not in turn.objected
    )


def is_mine(summary: Summary, handle: str) -> bool:
    """Say whether somebody is named in a record or owns an open action of it."""
    return handle in summary.owners or any(named == handle for _, named in summary.people)


def _columns(visit: Visit, found: Iterable[Summary], listed: Listed) -> list[dict[str, Any]]:
    by_state: dict[str, list[Summary]] = {}
    for one in found:
        by_state.setdefault(one.state, []).append(one)
    states = [state for state in visit.policy.workflow.states if state.kind == "open" or state.state in by_state]
    open_ones = [state for state in states if state.kind == "open"]
    rest = [state for state in states if state.kind != "open"] if visit.asked("state") else []
    return [
        {
            "state": state.state,
            "label": label_of(state.label, visit.words.language),
            "cards": [card(visit, one, listed) for one in in_order(by_state.get(state.state, ()), "due")[:MOST]],
            "count": len(by_state.get(state.state, ())),
        }
        for state in (*open_ones, *rest)
    ]


def card(visit: Visit, summary: Summary, listed: Listed) -> dict[str, Any]:
    """Return what a board or list shows of one record."""
    what, on, late = waits_for(visit, summary)
    proposed = listed.proposed.get(summary.id, "")
    return {
        "id": summary.id,
        "title": summary.title,
        "state": state_label(visit, summary.state),
        "reported_on": summary.reported_on,
        "area": term_label(visit, "area", summary.area),
        "site": term_label(visit, "site", summary.site),
        "level": level_label(visit, summary.level),
        "band": summary.band,
        "risk": band_label(visit, summary.band),
        "owners": names_of(visit, summary.owners),
        "due": what,
        "due_on": on,
        "late": late,
        "proposed": step_label(visit, proposed) if proposed else "",
    }


def _choices(visit: Visit) -> Mapping[str, list[tuple[str, str]]]:
    """Return what may be chosen in each filter, with its label."""
    language, policy = visit.words.language, visit.policy
    terms = {
        name: [(term.term, label_of(term.label, language)) for term in policy.vocabulary[name].terms]
        for name in ("site", "area")
        if name in policy.vocabulary
    }
    return {
        "state": [(state.state, label_of(state.label, language)) for state in policy.workflow.states],
        "level": [(level, level_label(visit, level)) for level in ("minimal", "low", "medium", "high")],
        **terms,
    }
