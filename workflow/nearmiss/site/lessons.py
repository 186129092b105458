"""Lessons as the site shows them: views over published records, in words, with people and paths left behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.publishing.allow_list import published
from nearmiss.render.text import WITHHELD
from nearmiss.render.words import LIKELIHOOD, SEVERITY, label_of, spell_month, spell_scale, spell_term
from nearmiss.site.causes import Cause, cause_trees

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.publishing.site_data import SiteData

CONTROLS = {
    "elimination": "Removed the danger altogether",
    "substitution": "Replaced by something safer",
    "engineering": "Built in",
    "administrative": "Agreed and taught",
    "ppe": "Protective equipment",
}
"""The hierarchy of controls (ISO 45001 8.1.2), strongest first, in words for everybody."""

RESULTS = {
    "effective": "It works",
    "partial": "It works in part",
    "ineffective": "It did not work",
    "not-measurable": "It could not be measured",
}
STATUSES = {
    "amended": "This lesson was amended after it was first published.",
    "superseded": "A newer lesson replaces this one.",
}


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term of a vocabulary and its label."""

    term: str
    label: str

    @property
    def is_withheld(self) -> bool:
        """Whether the record withholds which term it is."""
        return self.term == WITHHELD


@dataclass(frozen=True, kw_only=True)
class Risk:
    """A risk as two numbers with their words, and the band that they come to."""

    severity: int
    likelihood: int
    band: str

    @property
    def severity_in_words(self) -> str:
        """The severity potential as a word."""
        return spell_scale(self.severity, SEVERITY)

    @property
    def likelihood_in_words(self) -> str:
        """The likelihood of recurrence as a word."""
        return spell_scale(self.likelihood, LIKELIHOOD)

    @property
    def label(self) -> str:
        """The band as words."""
        return spell_term(self.band)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was changed by one kind of control."""

    control: str
    label: str
    actions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One look at whether the change works."""

    result: str
    label: str
    month: str
    measured: str
    substitute: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How it was to be judged whether the change works, and what was found."""

    metric: str
    baseline: str
    target: str
    checks: tuple[Check, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.metric or self.checks)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One published lesson. Texts are as the record has them, unescaped; an empty one is not known or not shown."""

    id: str
    headline: str
    month: str
    classification: Term | None
    hazard: Term | None
    area: Term | None
    site: Term | None
    what_happened: str
    what_could_have_happened: str
    stopped_by: Term | None
    how_it_was_stopped: str
    vulnerability: str
    causes: tuple[Cause, ...]
    cause_categories: tuple[Term, ...]
    change: str
    changes: tuple[Change, ...]
    effect: Effect
    do_this: str
    before: Risk | None
    after: Risk | None
    applies_to: tuple[str, ...]
    notice: str
    superseded_by: str

    @property
    def year(self) -> str:
        """The year of the id, which is that of the report."""
        return self.id.split("-")[1]

    @property
    def path(self) -> str:
        """The page's source path below the docs."""
        return f"lessons/{self.year}/{self.id}.md"

    @property
    def tags(self) -> tuple[Term, ...]:
        """The terms that place the lesson, the broadest first."""
        terms = (self.classification, self.hazard, self.area, self.site)
        return tuple(term for term in terms if term and not term.is_withheld)


def lessons_of(data: SiteData) -> tuple[Lesson, ...]:
    """Return the lessons that may be published, newest first; pure, and blind to every field off the allow-list."""
    return tuple(_Reader(record, data).lesson() for record in published(data))


class _Reader:
    """Reads one cut record into a lesson."""

    def __init__(self, record: Mapping[str, Any], data: SiteData) -> None:
        self._record = record
        self._data = data
        self._language = data.settings.get("language", "en")

    def lesson(self) -> Lesson:
        """Read all of it."""
        record_id = self._text("id")
        status = self._text("lesson", "status")
        causes = cause_trees(self._items("root_cause", "causes"), self._label_of_category)
        return Lesson(
            id=record_id,
            headline=self._text("lesson", "headline") or f"Lesson {record_id}",
            month=spell_month(self._text("report", "reported_on")),
            classification=self._term("classification", "assessment", "classification"),
            hazard=self._term("hazard", "assessment", "hazard"),
            area=self._term("area", "report", "process_area"),
            site=self._term("site", "report", "site"),
            what_happened=self._text("report", "what_happened"),
            what_could_have_happened=self._text("report", "what_could_have_happened"),
            stopped_by=self._term("barrier", "report", "what_stopped_it", "barrier"),
            how_it_was_stopped=self._text("report", "what_stopped_it", "how"),
            vulnerability=self._text("lesson", "vulnerability"),
            causes=causes,
            cause_categories=self._cause_categories(),
            change=self._text("lesson", "change"),
            changes=self._changes(),
            effect=self._effect(),
            do_this=self._text("lesson", "do_this"),
            before=self._risk("assessment"),
            after=self._risk("verification", "residual"),
            applies_to=tuple(self._value("lesson", "applies_to") or ()),
            notice=STATUSES.get(status, ""),
            superseded_by=self._text("lesson", "superseded_by"),
        )

    def _value(self, *path: str) -> Any:
        value: Any = self._record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _text(self, *path: str) -> str:
        return _as_text(self._value(*path))

    def _items(self, *path: str) -> list[dict[str, Any]]:
        return self._value(*path) or []

    def _term(self, vocabulary: str, *path: str) -> Term | None:
        term = self._text(*path)
        return self._as_term(vocabulary, term) if term else None

    def _as_term(self, vocabulary: str, term: str) -> Term:
        return Term(term=term, label=label_of(self._data.vocabulary, vocabulary, term, self._language))

    def _label_of_category(self, term: str) -> str:
        return label_of(self._data.vocabulary, "cause-category", term, self._language)

    def _cause_categories(self) -> tuple[Term, ...]:
        terms = dict.fromkeys(_as_text(cause.get("category")) for cause in self._items("root_cause", "causes"))
        return tuple(self._as_term("cause-category", term) for term in terms if term)

    def _changes(self) -> tuple[Change, ...]:
        """Group the actions that were done by control, strongest first."""
        status = {entry.get("action"): entry.get("status") for entry in self._items("progress")}
        done = [action for action in self._items("action_plan", "actions") if status.get(action.get("id")) == "done"]
        by_control = {
            control: tuple(_as_text(action.get("what")) for action in done if action.get("control") == control)
            for control in CONTROLS
        }
        return tuple(
            Change(control=control, label=CONTROLS[control], actions=actions)
            for control, actions in by_control.items()
            if actions
        )

    def _effect(self) -> Effect:
        return Effect(
            metric=self._text("action_plan", "effectiveness", "metric"),
            baseline=self._text("action_plan", "effectiveness", "baseline"),
            target=self._text("action_plan", "effectiveness", "target"),
            checks=tuple(_check(entry) for entry in self._items("verification", "checks")),
        )

    def _risk(self, *path: str) -> Risk | None:
        severity = self._value(*path, "severity_potential")
        likelihood = self._value(*path, "likelihood")
        if not isinstance(severity, int) or not isinstance(likelihood, int):
            return None
        return Risk(severity=severity, likelihood=likelihood, band=self._data.bands(severity, likelihood))


def _check(entry: Mapping[str, Any]) -> Check:
    result = _as_text(entry.get("result"))
    return Check(
        result=result,
        label=RESULTS.get(result) or spell_term(result),
        month=spell_month(_as_text(entry.get("on"))),
        measured=_as_text(entry.get("measured")),
        substitute=_as_text(entry.get("substitute")),
    )


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
