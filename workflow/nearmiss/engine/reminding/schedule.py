"""What is to be told on a day, and to whom: a pure function of what is open, the rules, the day, and the last run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nearmiss.policy.reminders import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.models.people import People, Person
    from nearmiss.policy.reminders import Reminders, Reminding

    # Who holds some roles at a place: there are thousands of items, and few places.
    Known = dict[tuple[str, ...], Sequence[str]]

WEEK = 7


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that is open: of which kind (a field of `Kinds`), about what, what is to be done, and until when.

    `owners` are those of whom it is known that they are to do it; `title` is empty where it might tell of a reporter.
    """

    kind: str
    subject: str
    what: str
    due: str
    owners: tuple[str, ...] = ()
    site: str = ""
    area: str = ""
    classification: str = ""
    title: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Up to which day everybody has been told; None before the first time. Who could not be reached is `behind`."""

    through: date | None = None
    behind: Mapping[str, date | None] = field(default_factory=dict)

    def of(self, handle: str) -> date | None:
        """Return up to which day somebody has been told."""
        return self.behind.get(handle, self.through)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item in what one person is told: how many days it is overdue (below 1: it is not), and who else is told.

    `whose` are those who are to do it. `climbed` are the steps of the climb that it has reached, each with its roles
    and its persons. `is_own` says that this person is among the first, rather than told besides.
    """

    item: Item
    days: int
    whose: tuple[str, ...]
    climbed: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    is_own: bool

    @property
    def is_overdue(self) -> bool:
        """Whether its day has passed."""
        return self.days > 0


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """What one person is told on a day: all that is theirs, and what they are told besides, the oldest first."""

    person: Person
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What is told on a day, by person, and what is overdue with nobody to tell it to.

    `standing` is what everybody would be told who has anything, whether or not it is due to be told today.
    """

    day: date
    reminders: tuple[Reminder, ...]
    standing: tuple[Reminder, ...]
    unheard: tuple[Item, ...]


def telling(items: Iterable[Item], rules: Reminders, people: People, day: date, told: Told) -> Telling:
    """Return what is to be told on a day, given up to which day it has been told.

    An item is told on certain days: so many before its own, on the day after it, and then on each weekday of the rules.
    Who was told last before such a day is told on the next run, with all else that is open of theirs.
    """
    entries: dict[str, list[Entry]] = defaultdict(list)
    moments: dict[str, date] = {}
    unheard = []
    known: Known = {}
    for item in items:
        rule: Reminding = getattr(rules.kinds, item.kind)
        due = date.fromisoformat(item.due)
        last = last_moment(rule, rules, due, day)
        if last is None:
            continue
        first = _first_told(item, rule, rules, people, known)
        climbed = tuple(
            (step.to, tuple(_covering(people, item, step.to, known)))
            for step in rules.climb
            if (last - due).days >= step.after_days
        )
        besides = {handle for _, handles in climbed for handle in handles}
        if not first and not besides and day > due:
            unheard.append(item)
        for handle in dict.fromkeys([*first, *sorted(besides)]):
            entry = Entry(item=item, days=(day - due).days, whose=tuple(first), climbed=climbed, is_own=handle in first)
            entries[handle].append(entry)
            moments[handle] = max(moments.get(handle, last), last)
    standing = tuple(_reminders(entries, people))
    due_now = tuple(one for one in standing if _is_after(moments[one.person.handle], told.of(one.person.handle)))
    return Telling(day=day, reminders=due_now, standing=standing, unheard=tuple(unheard))


def last_moment(rule: Reminding, rules: Reminders, due: date, day: date) -> date | None:
    """Return the last day up to a day on which something due was to be told; None before its first."""
    found = [due - timedelta(days=before) for before in rule.before_days]
    if day > due:
        found.append(due + timedelta(days=1))
        found += [last for weekday in rules.weekdays if (last := _last(weekday, day)) > due]
    return max((moment for moment in found if moment <= day), default=None)


def _last(weekday: str, day: date) -> date:
    """Return the last such weekday up to a day."""
    return day - timedelta(days=(day.weekday() - WEEKDAYS.index(weekday)) % WEEK)


def _is_after(moment: date, told: date | None) -> bool:
    return told is None or moment > told


def _first_told(item: Item, rule: Reminding, rules: Reminders, people: People, known: Known) -> list[str]:
    """Return who is to do it: those it names who are still here, else the holders of a role for the place.

    Where nobody has that for the place, those who have it anywhere; and where nobody does, who would be told later.
    """
    named = [handle for handle in item.owners if (person := people.find(handle)) and _can_be_told(person)]
    if named:
        return named
    later = [step.to for step in rules.climb]
    for roles in (rule.to, *later):
        found = [*_covering(people, item, roles, known)]
        if found:
            return found
    return next((found for roles in (rule.to, *later) if (found := [*_holding(people, roles)])), [])


def _can_be_told(person: Person) -> bool:
    return person.is_active and person.kind == "person"


def _covering(people: People, item: Item, roles: Sequence[str], known: Known) -> Sequence[str]:
    """Return the active persons with one of some roles for the place and class of an item."""
    key = (item.site, item.area, item.classification, *roles)
    if key not in known:
        place = {"site": item.site or None, "area": item.area or None, "classification": item.classification or None}
        signers = people.signers_at(**place)
        known[key] = tuple(person.handle for person, held in signers if not held.isdisjoint(roles))
    return known[key]


def _holding(people: People, roles: Sequence[str]) -> Iterator[str]:
    """Yield the active persons with one of some roles anywhere."""
    return (
        person.handle
        for person in people.people
        if _can_be_told(person) and any(grant.role in roles for grant in people.grants_of(person))
    )


def _reminders(entries: Mapping[str, Sequence[Entry]], people: People) -> Iterator[Reminder]:
    for handle in sorted(entries):
        person = people.find(handle)
        if person is not None:
            ordered = sorted(entries[handle], key=lambda entry: (not entry.is_own, entry.item.due, entry.item.subject))
            yield Reminder(person=person, entries=tuple(ordered))
