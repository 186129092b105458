"""What a cause tree must say: a root, a disposition, evidence, and never people alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.assessment import LEVELS
from nearmiss.policy.dossier import listed
from nearmiss.policy.findings import Field, Finding
from nearmiss.policy.guards.context import StepContext, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def _causes(data: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from enumerate(listed(data, "root_cause", "causes"))


def roots(data: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """Return the root causes, each with its place in the list of causes."""
    return [(place, cause) for place, cause in _causes(data) if cause["level"] == "root"]


def cause_tree_is_whole(context: StepContext) -> Iterator[Finding]:
    """There is a root cause, and each has a disposition with what that disposition needs."""
    found = roots(context.after)
    if not found:
        hint = "add the cause that explains the others, with `level: root`"
        yield lacking("no-root-cause", ("root_cause", "causes"), "no cause is a root cause", hint)
    for place, cause in found:
        way: Field = ("root_cause", "causes", place)
        disposition = cause.get("disposition")
        if disposition is None:
            hint = "one of act, control-adequate, accept-risk, outside-our-control"
            yield lacking("no-disposition", way, f"root cause {cause['id']} has no disposition", hint)
        elif disposition != "act" and "because" not in cause:
            message = f"root cause {cause['id']} is not acted on ({disposition}) and does not say why"
            yield lacking("no-because", way, message, "give the reason in `because`")
        if disposition == "accept-risk" and "review_on" not in cause:
            message = f"the accepted risk of root cause {cause['id']} has no date of review"
            yield lacking("no-review-date", way, message, "say in `review_on` when it is looked at again")


def root_causes_have_evidence(context: StepContext) -> Iterator[Finding]:
    """From level medium on, each root cause stands on evidence."""
    if LEVELS.index(context.level) < LEVELS.index("medium"):
        return
    for place, cause in roots(context.after):
        if not cause.get("evidence"):
            way: Field = ("root_cause", "causes", place, "evidence")
            message = f"root cause {cause['id']} stands on no evidence"
            yield lacking("no-evidence", way, message, "name the pieces of evidence of the investigation, such as [E1]")


def people_not_alone(context: StepContext) -> Iterator[Finding]:
    """A root cause in people needs another cause of a different category behind or beside it."""
    category = context.policy.workflow.parameters.people_category
    if any(cause["category"] != category for _, cause in _causes(context.after) if cause["level"] != "immediate"):
        return
    for place, cause in roots(context.after):
        way: Field = ("root_cause", "causes", place)
        yield lacking(
            "people-alone",
            way,
            f"root cause {cause['id']} lies in {category} alone; an error is where to start asking, not where to stop",
            "ask what made the error possible or likely, and add that cause",
        )


def to_act_on(data: Mapping[str, Any]) -> list[str]:
    """Return the ids of the root causes whose disposition is `act`."""
    return [cause["id"] for _, cause in roots(data) if cause.get("disposition") == "act"]
