"""What was changed after a near miss, by strength of control, and how it is known that it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_, Words
from nearmiss.render.words import spell_month, spell_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CONTROLS = {
    "elimination": N_("Removed the danger altogether"),
    "substitution": N_("Replaced by something safer"),
    "engineering": N_("Built in"),
    "administrative": N_("Agreed and taught"),
    "ppe": N_("Protective equipment"),
}
"""The hierarchy of controls (ISO 45001 8.1.2), strongest first, in words for everybody."""

RESULTS = {
    "effective": N_("It works"),
    "partial": N_("It works in part"),
    "ineffective": N_("It did not work"),
    "not-measurable": N_("It could not be measured"),
}

MARKS = {"effective": "✓", "partial": "≈", "ineffective": "✗", "not-measurable": "?"}
"""A sign for each result, so that a failure is told from a success where no colour is seen."""


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

    @property
    def mark(self) -> str:
        """A sign that says the same as the label."""
        return MARKS.get(self.result, "")


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

    @property
    def doubt(self) -> str:
        """Why it is not known whether the change works: `unmeasured`, `unchecked`, or nothing where it is known."""
        results = {check.result for check in self.checks}
        if not results:
            return "unchecked"
        return "unmeasured" if "not-measurable" in results and "effective" not in results else ""


def changes_of(
    actions: Iterable[Mapping[str, Any]], progress: Iterable[Mapping[str, Any]], words: Words
) -> tuple[Change, ...]:
    """Return the actions that were done, grouped by control, the strongest first."""
    status = {entry.get("action"): entry.get("status") for entry in progress}
    done = [action for action in actions if status.get(action.get("id")) == "done"]
    by_control = {
        control: tuple(as_text(action.get("what")) for action in done if action.get("control") == control)
        for control in CONTROLS
    }
    return tuple(
        Change(control=control, label=words.gettext(CONTROLS[control]), actions=actions)
        for control, actions in by_control.items()
        if actions
    )


def effect_of(agreed: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], words: Words) -> Effect:
    """Return how the effect was to be judged, as it was agreed before the work, and what the checks found."""
    return Effect(
        metric=as_text(agreed.get("metric")),
        baseline=as_text(agreed.get("baseline")),
        target=as_text(agreed.get("target")),
        checks=tuple(_check(entry, words) for entry in checks),
    )


def as_text(value: Any) -> str:
    """Return a plain value as text; an absent one is empty."""
    return "" if value is None else str(value)


def _check(entry: Mapping[str, Any], words: Words) -> Check:
    result = as_text(entry.get("result"))
    return Check(
        result=result,
        label=words.gettext(RESULTS[result]) if result in RESULTS else spell_term(result, words),
        month=spell_month(as_text(entry.get("on")), words),
        measured=as_text(entry.get("measured")),
        substitute=as_text(entry.get("substitute")),
    )
