"""Listing records: filters and order over summaries, and the running numbers of a ledger."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.dossiers import gather, survey
from nearmiss.engine.proposals import main_register, proposals
from nearmiss.engine.summaries import Summary, summarise
from nearmiss.errors import UsageError
from nearmiss.models.assessment import LEVELS
from nearmiss.models.ids import RECORDS, id_of_path, is_record_path
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.version import PolicyVersion

SORTS = ("id", "reported_on", "state", "severity", "due", "title")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which records to list. Empty means any; `text` is looked for without regard to case."""

    states: tuple[str, ...] = ()
    classification: str = ""
    area: str = ""
    site: str = ""
    level: str = ""
    owner: str = ""
    text: str = ""
    overdue: bool = False
    sort: str = "reported_on"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The records that were wanted, how many there are in all, what is proposed for which, and ledger numbers."""

    summaries: tuple[Summary, ...]
    total: int
    proposed: Mapping[str, str]
    numbers: Mapping[str, int]
    today: str
    unreadable: tuple[str, ...]


def list_records(desk: Desk, wanted: Wanted, *, ledger: str = "") -> Listed:
    """List the records of the main branch. With a ledger (any text), each gets its number by first commit."""
    if wanted.sort not in SORTS:
        raise UsageError(f"Records are not sorted by {wanted.sort}.", hint=f"Sort by one of {', '.join(SORTS)}.")
    base, register = main_register(desk)
    require_known(wanted, register.newest)
    summaries, unreadable = read_summaries(desk, base)
    today = desk.clock.now().date().isoformat()
    chosen = [summary for summary in summaries.values() if is_wanted(summary, wanted, today)]
    return Listed(
        summaries=tuple(in_order(chosen, wanted.sort)),
        total=len(summaries),
        proposed={proposal.subject: proposal.transition for proposal in proposals(desk, base)},
        numbers=ledger_numbers(desk, base) if ledger else {},
        today=today,
        unreadable=tuple(unreadable),
    )


def require_known(wanted: Wanted, policy: PolicyVersion) -> None:
    """A filter that no record could ever fit is a slip of the pen; an empty list would say that there is nothing."""
    terms = policy.terms
    known: dict[str, Collection[str]] = {
        "classification": terms.get("classification", ()),
        "area": terms.get("area", ()),
        "site": terms.get("site", ()),
        "level": LEVELS,
        "owner": [person.handle for person in policy.people.people],
    }
    asked = [("state", state, [state.state for state in policy.workflow.states]) for state in wanted.states]
    asked += [(name, getattr(wanted, name), list(choices)) for name, choices in known.items() if getattr(wanted, name)]
    for name, value, choices in asked:
        if value not in choices:
            close = difflib.get_close_matches(value, choices, n=3) or sorted(choices)
            hint = (
                f"Did you mean {', '.join(close)}?" if len(close) <= MOST_CLOSE else f"There are: {', '.join(close)}."
            )
            raise UsageError(f"There is no {name} {value}.", hint=hint)


MOST_CLOSE = 3


def read_summaries(desk: Desk, commit: str) -> tuple[dict[str, Summary], list[str]]:
    """Return the summary of every readable record of a commit, remembered by content, and the ids of the others."""
    tree = desk.repository.tree(commit)
    _, register = main_register(desk)
    folders, _ = survey(tree.entries(RECORDS))
    keys = {record_id: f"summary:{folder.key}:{register.newest.digest[7:23]}" for record_id, folder in folders.items()}
    known = desk.memory.get_many(list(keys.values())) if desk.memory is not None else {}
    summaries, unreadable, fresh = {}, [], {}
    for record_id, folder in folders.items():
        if keys[record_id] in known:
            summaries[record_id] = Summary.revive(known[keys[record_id]])
            continue
        dossier = gather(folder, tree, desk.documents).dossier
        if dossier is None or judge_record_structure(dossier.data, terms={}):
            unreadable.append(record_id)
            continue
        summaries[record_id] = summarise(dossier, register)
        fresh[keys[record_id]] = summaries[record_id].as_data()
    if desk.memory is not None and fresh:
        desk.memory.put_many(fresh)
    return summaries, unreadable


def is_wanted(summary: Summary, wanted: Wanted, today: str) -> bool:
    """Say whether a record is among those that are wanted."""
    return all(
        (
            not wanted.states or summary.state in wanted.states,
            wanted.classification in {"", summary.classification},
            wanted.area in {"", summary.area},
            wanted.site in {"", summary.site},
            wanted.level in {"", summary.level},
            not wanted.owner or wanted.owner in summary.owners,
            not wanted.overdue or summary.overdue(today),
            all(word in summary.words for word in wanted.text.casefold().split()),
        )
    )


def in_order(summaries: Iterable[Summary], sort: str) -> Sequence[Summary]:
    """Sort records: the most severe and the newest first, the earliest due first, all else by the alphabet."""
    if sort == "severity":
        return sorted(summaries, key=lambda summary: (-summary.severity, -summary.likelihood, summary.id))
    if sort == "due":
        return sorted(summaries, key=lambda summary: (not summary.due, summary.next_due, summary.id))
    if sort == "reported_on":
        return sorted(sorted(summaries, key=lambda one: one.id), key=lambda one: one.reported_on, reverse=True)
    return sorted(summaries, key=lambda summary: (str(getattr(summary, sort)), summary.id))


def ledger_numbers(desk: Desk, commit: str) -> dict[str, int]:
    """Number records by the order of their first commits on the main branch; shown, never stored."""
    numbers: dict[str, int] = {}
    commits = list(desk.repository.commits([commit], paths=[RECORDS], first_parent=True))
    for one in reversed(commits):
        for change in sorted(one.changes, key=lambda change: change.path):
            record_id = id_of_path(change.path)
            if record_id and change.old_oid is None and is_record_path(change.path):
                numbers.setdefault(record_id, len(numbers) + 1)
    return numbers
