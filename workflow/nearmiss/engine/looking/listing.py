"""Listing records: filters and order over summaries, and the running numbers of a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nearmiss.engine.records.summaries import Summary
from nearmiss.errors import UsageError
from nearmiss.models.ids import RECORDS, id_of_path, is_record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.indexing.index import View

SORTS = ("id", "reported_on", "state", "severity", "due", "title")


class Wanted(NamedTuple):
    """Which records to list. Empty means any; `text` is looked for without regard to case; `most` 0 means all."""

    states: tuple[str, ...] = ()
    classification: str = ""
    area: str = ""
    site: str = ""
    level: str = ""
    owner: str = ""
    text: str = ""
    overdue: bool = False
    sort: str = "reported_on"
    most: int = 0

    @property
    def is_newest(self) -> bool:
        """Whether nothing is left out but the older records, so that no others need be looked at."""
        return bool(self.most) and self == Wanted(most=self.most)


class Listed(NamedTuple):
    """The records that were wanted, or the first of them, and how many there are of them and in all.

    `proposed` says what is proposed for which; `numbers` are those of a ledger.
    """

    summaries: tuple[Summary, ...]
    found: int
    total: int
    proposed: Mapping[str, str]
    numbers: Mapping[str, int]
    today: str
    unreadable: tuple[str, ...]


def list_records(
    desk: Desk, wanted: Wanted, *, ledger: str = "", progress: Callable[[int, int], None] | None = None
) -> Listed:
    """List the records of the main branch. With a ledger (any text), each gets its number by first commit."""
    from nearmiss.engine.indexing.making import answered

    today = desk.clock.now().date().isoformat()

    def answer(view: View) -> Listed:
        listed = list_from(view, wanted, today=today)
        return listed._replace(numbers=ledger_numbers(desk, view.tip)) if ledger else listed

    return answered(desk, answer, progress=progress)


def list_from(view: View, wanted: Wanted, *, today: str) -> Listed:
    """List from an index that is up to date."""
    require_known(wanted, view.known)
    total, unreadable = view.kept.count()
    rows = view.kept.rows(newest=wanted.most if wanted.is_newest else 0)
    summaries = view.summaries(rows, words=bool(wanted.text))
    chosen = [summary for summary in summaries if is_wanted(summary, wanted, today)]
    ordered = chosen if wanted.is_newest else in_order(chosen, wanted.sort)
    return Listed(
        summaries=tuple(ordered[: wanted.most or None]),
        found=total if wanted.is_newest else len(chosen),
        total=total,
        proposed={subject: transition for subject, _, transition in view.proposals},
        numbers={},
        today=today,
        unreadable=unreadable,
    )


def require_known(wanted: Wanted, known: Mapping[str, Sequence[str]]) -> None:
    """Raise UsageError for a filter that no record could ever fit: an empty list would say that there is nothing."""
    if wanted.sort not in SORTS:
        raise UsageError(f"Records are not sorted by {wanted.sort}.", hint=f"Sort by one of {', '.join(SORTS)}.")
    asked = [("state", state) for state in wanted.states]
    asked += [(name, getattr(wanted, name)) for name in FILTERS if getattr(wanted, name)]
    for name, value in asked:
        choices = known[name]
        if value not in choices:
            import difflib

            close = difflib.get_close_matches(value, choices, n=3) or sorted(choices)
            hint = (
                f"Did you mean {', '.join(close)}?" if len(close) <= MOST_CLOSE else f"There are: {', '.join(close)}."
            )
            raise UsageError(f"There is no {name} {value}.", hint=hint)


FILTERS = ("classification", "area", "site", "level", "owner")
MOST_CLOSE = 3


def read_summaries(desk: Desk, commit: str) -> tuple[dict[str, Summary], list[str]]:
    """Return the summary of every readable record of a commit, remembered by content, and the ids of the others."""
    from nearmiss.engine.indexing.making import answered, read_commit
    from nearmiss.engine.proposing.proposals import main_register

    tip, register = main_register(desk)

    def answer(view: View) -> tuple[dict[str, Summary], list[str]]:
        if view.tip != commit:
            return read_commit(desk, commit, register)
        found = view.summaries(view.kept.rows())
        return {summary.id: summary for summary in sorted(found)}, list(view.kept.count()[1])

    return answered(desk, answer) if commit == tip else read_commit(desk, commit, register)


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
