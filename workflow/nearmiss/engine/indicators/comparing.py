"""Comparing: the figures of a past day as they were known then, as they are known now, and how they moved since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.cases import last_day_of
from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.facts import ActionFact
from nearmiss.engine.indicators.reckoning import figures_of, ground_of, settle, settle_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.indicators.facts import Facts, StepFact
    from nearmiss.engine.indicators.figures import Figure
    from nearmiss.engine.indicators.ground import Ground, Period
    from nearmiss.engine.indicators.reading import Known
    from nearmiss.engine.indicators.reckoning import Figures

SAID = {
    "reported_on": "the day of the report",
    "occurred_on": "the day of the event",
    "site": "the site",
    "area": "the area",
    "classification": "the classification",
    "mode": "the reporter's mode",
    "decision": "the decision",
    "severity": "the severity potential",
    "assessed_on": "the day of the assessment",
    "has_reply": "the reply",
    "root_causes": "the root causes",
    "actions": "the actions",
    "repeat_of": "what it is a repeat of",
}
"""The facts without a date of their own, in words: where one of them changed, it changed the past too."""
LATE_REPORT = "reports that came to the main branch later"
LATE_STEP = "sign-offs that came to the main branch later"
LATE_ENTRY = "progress and checks that were entered later"
LATE_REPEAT = "repeats that were named later"
UNREADABLE = "records that could not be read"
OTHERWISE = "something else"
EXPOSURE, FACTOR, VOCABULARY = "the hours, people and incidents", "the factor", "the vocabulary of areas"
WAYS = (
    *SAID.values(),
    *(LATE_REPORT, LATE_STEP, LATE_ENTRY, LATE_REPEAT, UNREADABLE, OTHERWISE),
    *(EXPOSURE, FACTOR, VOCABULARY),
)
"""The ways in which the past can look different now, where no record and no value is named."""


Way = tuple[str, str]
"""One of the ways, and how it was in this case."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a figure of the past is another one now: a record (none: what is no record), in words how, and the ways."""

    record: str
    how: str
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """One indicator: as it was known then, as it is known now of the same day, and as it is by now."""

    name: str
    then: Figure
    restated: Figure
    now: Figure
    causes: tuple[Cause, ...]

    @property
    def is_restated(self) -> bool:
        """Whether the past looks different now."""
        return _result(self.then) != _result(self.restated)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Every indicator in three columns, and the commit from which the first is."""

    day: date
    commit: str
    period: Period
    lines: tuple[Line, ...]


def compare(then: Known, now: Known, *, period: Period, today: Period, by_now: Figures | None = None) -> Compared:
    """Compare the last day of a period, as `then` knew it, with what `now` knows of it and of today.

    `by_now` are the figures of today, where they are worked out already.
    """
    recalled = replace(
        now, facts={id_: recall(one, then.facts.get(id_), period.last) for id_, one in now.facts.items()}
    )
    first = settle(then, period.last)
    second = settle_again(recalled, then, period.last, first)
    before, after = ground_of(then, period, first), ground_of(recalled, period, second)
    columns = [figures_of(first, before), figures_of(second, after), by_now or _figures_at(now, today)]
    reasons = _Reasons(then, recalled, before, after)
    lines = []
    for one in INDICATORS:
        was, restated, at_last = (column[one.name] for column in columns)
        causes = tuple(reasons.of(was, restated)) if _result(was) != _result(restated) else ()
        lines.append(Line(name=one.name, then=was, restated=restated, now=at_last, causes=causes))
    return Compared(day=period.last, commit=then.commit, period=period, lines=tuple(lines))


def _figures_at(known: Known, period: Period) -> Figures:
    cases = settle(known, period.last)
    return figures_of(cases, ground_of(known, period, cases))


def _result(figure: Figure) -> tuple[float | None, int | None, int | None]:
    return figure.value, figure.numerator, figure.denominator


def recall(now: Facts, then: Facts | None, day: date) -> Facts:
    """Return facts as they are known now, with what a later step changed put back as it was.

    Severity, decision and the like have no date, so a change corrects the past too. But a plan that was amended after
    the day, or causes that were found anew after it, were the old ones on that day; and an assessment that was made
    again had been made before.
    """
    if then is None or then is now:
        return now
    later = [step for step in now.steps if step.day > day.isoformat() and not step.is_correction]
    sealed = {part for step in later for part in step.seals}
    changes: dict[str, Any] = {}
    if "action_plan" in sealed and then.actions:
        changes["actions"] = then.actions
    if "root_cause" in sealed and then.root_causes:
        changes["root_causes"] = then.root_causes
    if _is_earlier(then.assessed_on, now.assessed_on):
        changes["assessed_on"] = then.assessed_on
    return now._replace(**changes)


def _is_earlier(one: str, other: str) -> bool:
    first, second = last_day_of(one), last_day_of(other)
    return first is not None and second is not None and first < second


class _Reasons:
    """Finds what made a figure of the past another one."""

    def __init__(self, then: Known, now: Known, before: Ground, after: Ground) -> None:
        self._then, self._now, self._before, self._after = then, now, before, after
        self._day = before.period.last

    def of(self, was: Figure, restated: Figure) -> Iterator[Cause]:
        """Yield each cause, records first; where neither they nor the rules moved, nobody can tell."""
        old, new = was.contributions(), restated.contributions()
        outside = tuple(self._outside())
        for record in sorted({*old, *new}):
            if old.get(record) != new.get(record):
                found = tuple(self._how(record)) or ((OTHERWISE, "it counts differently"),)
                ways = tuple(dict.fromkeys(way for way, _ in found))
                yield Cause(record=record, how="; ".join(how for _, how in found), ways=ways)
        yield from (Cause(record="", how=how, ways=(way,)) for way, how in outside)

    def _how(self, record: str) -> Iterator[Way]:
        then, now = self._then.facts.get(record), self._now.facts.get(record)
        day = self._day.isoformat()
        if now is None:
            yield UNREADABLE, "it cannot be read any more"
        elif then is None and record in self._then.unreadable:
            yield UNREADABLE, "it could not be read then"
        elif then is None:
            yield LATE_REPORT, f"entered after {day}, reported on {now.reported_on}"
        else:
            yield from _changed(then, now)
            yield from _late(then, now, day)
            yield from self._repeated(record)

    def _repeated(self, record: str) -> Iterator[Way]:
        known = {repeat for repeat, _ in self._before.repeats.get(record, ())}
        for repeat, _ in self._after.repeats.get(record, ()):
            if repeat not in known:
                yield LATE_REPEAT, f"{repeat} is named as its repeat since"

    def _outside(self) -> Iterator[Way]:
        if self._before.exposure != self._after.exposure:
            yield EXPOSURE, "site/data/exposure.yaml says something else since"
        if self._before.factor != self._after.factor:
            yield FACTOR, f"the factor was {self._before.factor}, and is {self._after.factor}"
        if self._before.areas != self._after.areas:
            yield VOCABULARY, "the vocabulary of areas changed"


def _changed(then: Facts, now: Facts) -> Iterator[Way]:
    """Yield what a record says otherwise than it did, and by which step."""
    for name, words in SAID.items():
        was, is_ = getattr(then, name), getattr(now, name)
        if was != is_:
            yield words, f"{words}: {_difference(was, is_)}{_by_which(then, now)}"


def _difference(was: Any, is_: Any) -> str:
    """Say how a value changed; of actions, only which of them did."""
    if any(isinstance(entry, ActionFact) for entry in (*_entries(was), *_entries(is_))):
        return ", ".join(sorted({action.id for action in set(was) ^ set(is_)})) + " changed"
    return f"{_spell(was)} → {_spell(is_)}"


def _entries(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else ()


def _spell(value: object) -> str:
    if isinstance(value, bool):
        return "given" if value else "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value or "unknown")


def _by_which(then: Facts, now: Facts) -> str:
    """Name the steps that came in between to change what was sealed."""
    new = now.steps[len(then.steps) :]
    steps = dict.fromkeys(f"{step.transition} on {step.day}" for step in new if step.kind == "keep")
    return f" ({', '.join(steps)})" if steps else ""


def _late(then: Facts, now: Facts, day: str) -> Iterator[Way]:
    """Yield what is dated on the day or before, and was not there then."""
    known: Sequence[StepFact] = then.steps
    for step in now.steps[len(known) :]:
        if step.day <= day:
            yield LATE_STEP, f"{step.transition}, signed on {step.day}, came to the main branch later"
    for action, status, on in _new(now.progress, then.progress):
        if on <= day:
            yield LATE_ENTRY, f"action {action} {status} on {on}, entered later"
    for on, result in _new(now.checks, then.checks):
        if on <= day:
            yield LATE_ENTRY, f"check on {on} ({result}), entered later"


def _new(entries: Sequence[tuple[str, ...]], known: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    before: Mapping[tuple[str, ...], None] = dict.fromkeys(known)
    return (entry for entry in entries if entry not in before)
