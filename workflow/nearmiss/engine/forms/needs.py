"""What the steps ahead need of each field, at the level of a record, and what is still missing for the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.models.assessment import LEVELS
from nearmiss.policy.dossier import get
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.needs import judge_content
from nearmiss.policy.signing import may_sign, quorum
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nearmiss.models.people import Person
    from nearmiss.models.risk import Band
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition

READ_BY_GUARD: Mapping[str, tuple[str, ...]] = {
    "actions-are-complete": tuple(f"action_plan.actions[].{name}" for name in ("owner", "due", "acceptance")),
    "actions-cover-causes": ("action_plan.actions", "action_plan.actions[].addresses"),
    "actual-is-minor": ("assessment.actual.level",),
    "cause-tree-is-whole": ("root_cause.causes", "root_cause.causes[].explains", "root_cause.causes[].disposition"),
    "causes-have-a-done-action": ("progress",),
    "class-is-allowed": ("assessment.classification",),
    "concern-is-referred": ("assessment.referred",),
    "corrections-say-all": ("corrections",),
    "decision-is-near-miss": ("assessment.decision",),
    "decision-is-not-near-miss": ("assessment.decision",),
    "duplicate-is-joined": ("assessment.duplicate_of",),
    "effect-is-proven": ("verification.checks",),
    "extensions-keep-the-original": tuple(f"action_plan.actions[].{name}" for name in ("due_original", "extensions")),
    "extent-is-checked": ("assessment.extent",),
    "level-at-floor": tuple(f"assessment.{name}" for name in ("severity_potential", "likelihood", "level")),
    "no-action-is-open": ("progress",),
    "only-redacts": ("corrections",),
    "people-not-alone": ("root_cause.causes[].category",),
    "plan-only-grows": ("action_plan.actions",),
    "release-is-reasoned": ("lesson.release.because",),
    "root-causes-have-evidence": ("root_cause.causes[].evidence",),
    "successor-is-named": ("lesson.superseded_by",),
}
"""The fields that a guard looks at, and that are asked for where it is named."""

REFERRED = frozenset({"hazard", "hypothetical", "incident", "other-process"})
_DEEPER = LEVELS.index("medium")


def _asks_for_evidence(data: Mapping[str, Any], _: PolicyVersion) -> bool:
    level = get(data, "assessment", "level")
    return level in LEVELS and LEVELS.index(level) >= _DEEPER


_ONLY_WHERE: Mapping[str, Callable[[Mapping[str, Any], PolicyVersion], bool]] = {
    "concern-is-referred": lambda data, _: get(data, "assessment", "decision") in REFERRED,
    "duplicate-is-joined": lambda data, _: get(data, "assessment", "decision") == "duplicate",
    "extensions-keep-the-original": lambda data, _: data.get("state") == "action",
    "extent-is-checked": lambda data, policy: (
        get(data, "assessment", "classification") in policy.workflow.parameters.extent_classes
    ),
    "release-is-reasoned": lambda data, _: get(data, "lesson", "release", "to") == "nobody",
    "root-causes-have-evidence": _asks_for_evidence,
    "successor-is-named": lambda data, _: get(data, "lesson", "status") == "superseded",
}
"""Where a guard looks at its fields only in some records: in which."""


def transitions_ahead(policy: PolicyVersion, data: Mapping[str, Any]) -> tuple[Transition, ...]:
    """Return the steps that a record can take: those of its way to the end first, in their order, then the others.

    What triage decided not to be a near miss is on its way to being declined, and nothing else is.
    """
    workflow, state = policy.workflow, str(data.get("state"))
    leaving = workflow.leaving(state)
    if _is_declined(data) and _is_open(policy, state):
        onwards = tuple(one for one in leaving if _declines(one))
    else:
        done = next((one.state for one in workflow.states if one.kind == "done"), state)
        onwards = (workflow.forward_path(state, done) or ()) if _is_open(policy, state) else ()
    others = (one for one in leaving if one.kind == "keep" or (one.kind == "forward" and not _declines(one)))
    return tuple({one.name: one for one in (*onwards, *others)}.values())


def _is_declined(data: Mapping[str, Any]) -> bool:
    return get(data, "assessment", "decision") not in {None, "near-miss"}


def _declines(transition: Transition) -> bool:
    return "decision-is-not-near-miss" in transition.guards


def _is_open(policy: PolicyVersion, state: str) -> bool:
    found = policy.workflow.state(state)
    return found is not None and found.kind == "open"


def next_transition(policy: PolicyVersion, data: Mapping[str, Any]) -> Transition | None:
    """Return the next step of a record towards its end, or towards being declined where triage decided so."""
    state = str(data.get("state"))
    if not _is_open(policy, state):
        return None
    first = next(iter(transitions_ahead(policy, data)), None)
    if first is None or first.kind != "forward":
        return None
    closed = {one.state for one in policy.workflow.states if one.kind == "closed"}
    return first if _declines(first) or not closed.intersection(first.to) else None


def needed_by(policy: PolicyVersion, data: Mapping[str, Any]) -> dict[str, tuple[Transition, ...]]:
    """Return the steps that need each field, by its path without a closing `[]`, at the level of the record."""
    level = str(get(data, "assessment", "level") or LEVELS[0])
    found: dict[str, tuple[Transition, ...]] = {}
    for transition in transitions_ahead(policy, data):
        for path in dict.fromkeys(_asked_for(transition, level, data, policy)):
            found[path] = (*found.get(path, ()), transition)
    return found


def _asked_for(transition: Transition, level: str, data: Mapping[str, Any], policy: PolicyVersion) -> Iterator[str]:
    yield from (path.removesuffix("[]") for path in transition.needs.at(level))
    for name in transition.guards:
        if name not in _ONLY_WHERE or _ONLY_WHERE[name](data, policy):
            yield from READ_BY_GUARD[name]


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What comes next for a record: the step, what it still lacks, and who may sign it."""

    transition: Transition
    missing: tuple[Finding, ...]
    signers: tuple[Person, ...]
    count: int


def outlook(policy: PolicyVersion, data: Mapping[str, Any], *, contributors: Iterable[str] = ()) -> Outlook | None:
    """Return what comes next for a record; None where it is at its end, or is not sound enough to say."""
    transition = next_transition(policy, data)
    if transition is None or judge_record_structure(data, terms=policy.terms):
        return None
    context = StepContext(before=None, after=data, transition=transition, policy=policy)
    wanted = quorum(transition, context)
    return Outlook(
        transition=transition,
        missing=tuple(judge_content(context)),
        signers=tuple(may_sign(transition, context, contributors, wanted=wanted)),
        count=wanted.count,
    )


_LARGEST = 5


@dataclass(frozen=True, kw_only=True)
class RiskSaid:
    """What the two numbers of a risk come to: score, band with the floor of the level, and whether that is kept."""

    severity: int
    likelihood: int
    score: int
    band: Band
    is_level_enough: bool


def risk_said(policy: PolicyVersion, data: Mapping[str, Any]) -> RiskSaid | None:
    """Return what the risk of an assessment comes to; None while one of its numbers is not given."""
    severity, likelihood = (get(data, "assessment", name) for name in ("severity_potential", "likelihood"))
    if any(type(number) is not int or not 0 < number <= _LARGEST for number in (severity, likelihood)):
        return None
    band = policy.risk.band(severity, likelihood)
    level = get(data, "assessment", "level")
    enough = level not in LEVELS or LEVELS.index(level) >= LEVELS.index(band.floor)
    return RiskSaid(
        severity=severity, likelihood=likelihood, score=severity * likelihood, band=band, is_level_enough=enough
    )


def ends_with_people(policy: PolicyVersion, data: Mapping[str, Any]) -> bool:
    """Say whether all causes that lie deeper than the event itself are put down to people: where to start asking."""
    category = policy.workflow.parameters.people_category
    causes = get(data, "root_cause", "causes")
    deep = [one for one in causes if isinstance(one, dict)] if isinstance(causes, list) else []
    deeper = [one for one in deep if one.get("level") != "immediate"]
    return bool(deeper) and all(one.get("category") == category for one in deeper)
