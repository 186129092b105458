"""The facts of a record: what figures are computed from, as plain values that can be remembered by content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nearmiss.engine.memory import alike, words_alike
from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Register
    from nearmiss.policy.steps import Step

FORM = 2
"""The form of remembered facts; a change of what is drawn asks for another number."""


class StepFact(NamedTuple):
    """A complete step, in force or taken back since: `at` is the instant of the last approval that it counts."""

    transition: str
    kind: str
    from_: str
    to: str
    at: str
    seals: tuple[str, ...]

    @property
    def day(self) -> str:
        """The day on which the step was signed, in UTC as the sign-offs have it."""
        return self.at[:10]

    @property
    def is_correction(self) -> bool:
        """Whether it only mends what was written."""
        return "corrections" in self.seals


class ActionFact(NamedTuple):
    """One action of a plan: how strong a control it is, when it was due first and is due now, and how it moved."""

    id: str
    control: str
    due_original: str
    due: str
    extensions: int


class Facts(NamedTuple):
    """One record, cut down to what figures need. An empty text is a value that is absent or withheld.

    Thousands of these are made again from what is remembered, so they are of the kind that is made fastest.
    """

    id: str
    state: str
    reported_on: str
    occurred_on: str
    site: str
    area: str
    classification: str
    mode: str
    decision: str
    severity: int
    assessed_on: str
    has_reply: bool
    root_causes: tuple[str, ...]
    actions: tuple[ActionFact, ...]
    progress: tuple[tuple[str, str, str], ...]
    checks: tuple[tuple[str, str], ...]
    steps: tuple[StepFact, ...]
    repeat_of: tuple[str, ...]

    @classmethod
    def revive(cls, kept: Any) -> Facts:
        """Make facts again from what a memory kept of them, which are their values in a row."""
        facts = cls(*words_alike(kept))
        return facts._replace(
            root_causes=alike(tuple(facts.root_causes)),
            actions=tuple(ActionFact(*action) for action in facts.actions),
            progress=tuple(map(tuple, facts.progress)),  # type: ignore[arg-type]  # three texts in each
            checks=tuple(map(tuple, facts.checks)),  # type: ignore[arg-type]  # two texts in each
            steps=tuple(StepFact._make((*words_alike(step[:-1]), alike(tuple(step[-1])))) for step in facts.steps),
            repeat_of=tuple(facts.repeat_of),
        )


def draw(dossier: Dossier, register: Register) -> Facts:
    """Draw the facts from a record whose structure is sound, and from its sign-offs."""
    data = dossier.data
    return Facts(
        id=dossier.id,
        state=dossier.state,
        reported_on=_text(data, "report", "reported_on"),
        occurred_on=_text(data, "report", "occurred_on"),
        site=_text(data, "report", "site"),
        area=_text(data, "report", "process_area"),
        classification=_text(data, "assessment", "classification"),
        mode=_text(data, "report", "reporter", "mode"),
        decision=_text(data, "assessment", "decision"),
        severity=int(get(data, "assessment", "severity_potential") or 0),
        assessed_on=_text(data, "assessment", "assessed_on"),
        has_reply=get(data, "assessment", "reply") is not None,
        root_causes=tuple(
            _told(cause["category"]) for cause in listed(data, "root_cause", "causes") if cause["level"] == "root"
        ),
        actions=tuple(_action(action) for action in listed(data, "action_plan", "actions")),
        progress=tuple((entry["action"], entry["status"], _told(entry["on"])) for entry in listed(data, "progress")),
        checks=tuple((_told(check["on"]), check["result"]) for check in listed(data, "verification", "checks")),
        steps=tuple(_step(step) for step in replay(dossier, register).steps),
        repeat_of=tuple(link["ref"] for link in listed(data, "report", "links") if link["kind"] == "repeat-of"),
    )


def _text(data: Mapping[str, Any], *way: str) -> str:
    return _told(get(data, *way))


def _told(value: Any) -> str:
    """Return a text, empty where it is withheld: a withheld value counts as little as one that nobody knows."""
    return "" if value in (None, REDACTED) else str(value)


def _action(action: Mapping[str, Any]) -> ActionFact:
    return ActionFact(
        id=action["id"],
        control=action["control"],
        due_original=_told(action.get("due_original", action.get("due"))),
        due=_told(action.get("due")),
        extensions=len(action.get("extensions", ())),
    )


def _step(step: Step) -> StepFact:
    return StepFact(
        transition=step.transition.name,
        kind=step.transition.kind,
        from_=step.from_,
        to=step.to,
        at=max(str(file.statement["at"]) for file in step.approvals),
        seals=tuple(step.sections) if step.transition.kind != "back" else (),
    )
