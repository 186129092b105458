"""A case: the facts of one record as they stood at the end of a day, with the dates that figures count from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from nearmiss.models.values import read_partial_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nearmiss.engine.indicators.facts import ActionFact, Facts, StepFact

MOST_DAYS = 8192
"""Dates that are kept as they were read: those of twenty years."""
ACCEPTED = "near-miss"
"""The decision of triage that accepts a report."""
ENDED = frozenset({"done", "cancelled"})
"""The statuses in which nobody works on an action any more."""


@lru_cache(maxsize=MOST_DAYS)
def span_of(text: str) -> tuple[date, date] | None:
    """Return the first and last day that a date may mean; the same days stand in thousands of records."""
    return read_partial_date(text)


def day_of(text: str) -> date | None:
    """Return the day that a date says, or None where it is less precise, withheld or absent."""
    span = span_of(text)
    return span[0] if span is not None and span[0] == span[1] else None


def last_day_of(text: str) -> date | None:
    """Return the last day that a date of any precision may mean, as deadlines count it; None where it is no date."""
    span = span_of(text)
    return span[1] if span is not None else None


_read_day = lru_cache(maxsize=MOST_DAYS)(date.fromisoformat)


class Stay(NamedTuple):
    """One stay of a record in a state, from entering it to leaving it (None: it has not left)."""

    state: str
    since: date | None
    until: date | None


class Work(NamedTuple):
    """One promised action: its fact, its status, and the day on which it was done."""

    fact: ActionFact
    status: str
    done_on: date | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do it."""
        return self.status not in ENDED


@dataclass(frozen=True)
class Case:
    """A record at the end of a day. `kinds` says of each state whether it is open, done or closed."""

    facts: Facts
    day: date
    kinds: Mapping[str, str] = field(repr=False)
    first_state: str
    is_known: bool = True
    """Whether the record is known to have been on the main branch on that day, whatever its own date leaves open."""

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.facts.id

    @cached_property
    def reported(self) -> date | None:
        """The day from which the record counts.

        A report that tells only its month counts on the last day of it, or on the day looked at where that is earlier
        and the record was there.
        """
        span = span_of(self.facts.reported_on)
        if span is None:
            return None
        return self.day if self.is_known and span[0] <= self.day < span[1] else span[1]

    @cached_property
    def reported_exactly(self) -> date | None:
        """The day of the report, where it is known to the day."""
        return day_of(self.facts.reported_on)

    @property
    def occurred(self) -> date | None:
        """The day of the event, where it is known to the day."""
        return day_of(self.facts.occurred_on)

    @property
    def exists(self) -> bool:
        """Whether it was reported by that day."""
        return self.reported is not None and self.reported <= self.day

    @cached_property
    def steps(self) -> tuple[StepFact, ...]:
        """The steps that were complete by that day, in their order, those that were taken back since among them."""
        limit = self.day.isoformat()
        taken = []
        for step in self.facts.steps:
            if step.day > limit:
                break
            taken.append(step)
        return tuple(taken)

    @cached_property
    def _days(self) -> tuple[tuple[StepFact, date], ...]:
        """Each of these steps with its day."""
        return tuple((step, _read_day(step.day)) for step in self.steps)

    @cached_property
    def state(self) -> str:
        """The state that these steps leave the record in."""
        return self.steps[-1].to if self.steps else self.first_state

    @property
    def kind(self) -> str:
        """The kind of the state: open, done or closed."""
        return self.kinds.get(self.state, "open")

    def _signed(self, part: str) -> Iterator[date]:
        """Yield the days of the forward steps that sealed a part."""
        for step, day in self._days:
            if step.kind == "forward" and part in step.seals:
                yield day

    # Triage

    @cached_property
    def feedback(self) -> date | None:
        """The day of the first answer to the reporter: of the assessment with a reply, or of the first step on it."""
        written = day_of(self.facts.assessed_on) if self.facts.has_reply else None
        days = [*self._signed("assessment"), *([written] if written is not None else [])]
        return min((day for day in days if day <= self.day), default=None)

    @cached_property
    def is_assessed(self) -> bool:
        """Whether triage had decided by that day."""
        first = span_of(self.facts.assessed_on)
        written = first is not None and first[0] <= self.day
        return bool(self.facts.decision) and (written or not self.facts.assessed_on or any(self._signed("assessment")))

    @property
    def is_accepted(self) -> bool:
        """Whether it was decided to be a near miss, and was neither declined nor handed over as an incident."""
        return self.is_assessed and self.facts.decision == ACCEPTED and self.kind != "closed"

    # The way through the process

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        """Every stay in a state, in their order; the first begins with the report."""
        since, state, stays = self.reported_exactly, self.first_state, []
        for step, left in self._days:
            if step.to != step.from_:
                stays.append(Stay(state=state, since=since, until=left))
                since, state = left, step.to
        return (*stays, Stay(state=state, since=since, until=None))

    def arrivals(self, *kinds: str) -> tuple[date, ...]:
        """Return the days of the steps forward into a state of one of the kinds."""
        return tuple(day for step, day in self._days if step.kind == "forward" and self.kinds.get(step.to) in kinds)

    def was_reopened_after(self, day: date) -> bool:
        """Say whether it was reopened after it had been closed on a day or later."""
        is_closed = False
        for step in self.steps:
            kind = self.kinds.get(step.to, "open")
            if step.kind == "forward" and kind != "open" and step.day >= day.isoformat():
                is_closed = True
            elif step.kind == "back" and is_closed and self.kinds.get(step.from_, "open") != "open":
                return True
        return False

    @property
    def planned(self) -> date | None:
        """The day on which its first action plan came into force."""
        return next(self._signed("action_plan"), None)

    @property
    def has_signed_causes(self) -> bool:
        """Whether its causes were ever signed off."""
        return next(self._signed("root_cause"), None) is not None

    # Actions

    @cached_property
    def work(self) -> tuple[Work, ...]:
        """The actions that were ever promised by a plan in force, each with its status on that day."""
        if self.planned is None:
            return ()
        entries: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for action, status, on in self.facts.progress:
            if not on or on <= self.day.isoformat():
                entries[action].append((status, on))
        return tuple(_work(action, entries[action.id]) for action in self.facts.actions)


def _work(action: ActionFact, entries: Iterable[tuple[str, str]]) -> Work:
    """The last entry tells the status; an action that was taken up again was done only when it was done again."""
    status, done_on = "open", ""
    for told, on in entries:
        done_on = on if told == "done" and status != "done" else done_on
        status = told
    return Work(fact=action, status=status, done_on=day_of(done_on) if status == "done" else None)
