"""What may change without a signature, and what never may: the report's words, what is only ever added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.findings import Field, Finding, spell_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.workflow import Transition

ONLY_ADDED = (("corrections",), ("progress",), ("verification", "checks"))
"""Lists whose entries stay as they are; what changed is told by a new entry."""


def judge_unsigned_changes(before: Dossier, after: Dossier, *, transitions: Sequence[Transition]) -> Iterator[Finding]:
    """Judge what a change does to parts that no seal protects yet, or that no step may touch."""
    correcting = any("corrections" in transition.seals for transition in transitions)
    yield from _judge_fixed(before, after)
    yield from _judge_removed(before, after)
    if not correcting:
        yield from _judge_report(before, after)
        yield from _judge_correction_alone(before, after)
        yield from _judge_reused_actions(before, after)
    for way in ONLY_ADDED[:1] if correcting else ONLY_ADDED:
        yield from _judge_only_added(before, after, way)


_FIXED = (("schema",), ("id",), ("report", "reported_on"), ("report", "imported_from"))


def _is_same(before: Dossier, after: Dossier, part: str) -> bool:
    """Say whether a part is the very same object in both, as versions of an audit share it: nothing changed there."""
    return before.data.get(part) is after.data.get(part)


def _judge_fixed(before: Dossier, after: Dossier) -> Iterator[Finding]:
    for way in _FIXED[:2] if _is_same(before, after, "report") else _FIXED:
        was = get(before.data, *way)
        if was is not None and get(after.data, *way) != was:
            name = spell_field(way)
            yield Finding(
                code="fixed-field-changed", message=f"{name} never changes", hint=f"put {was!r} back", field=way
            )


def _judge_removed(before: Dossier, after: Dossier) -> Iterator[Finding]:
    """A section stays once it is on the main branch; what it says may be mended, so far as it is not sealed."""
    for name in before.data:
        if name not in after.data:
            yield Finding(
                code="section-removed",
                message=f"{name} is gone from the record",
                hint="put it back; a draft may be changed, and what must not be shown is redacted",
                field=(name,),
            )


def _judge_report(before: Dossier, after: Dossier) -> Iterator[Finding]:
    """What the reporter said stays; absent keys may be added and `redacted` put."""
    if _is_same(before, after, "report"):
        return
    for way in _overwritten(get(before.data, "report"), get(after.data, "report"), ("report",)):
        yield Finding(
            code="report-changed",
            message=f"{spell_field(way)} says something else than the reporter said",
            hint=f"put it back, or propose a correction: nearmiss advance {after.id} --transition correct",
            field=way,
        )


def _overwritten(was: Any, now: Any, way: Field) -> Iterator[Field]:
    if now in (was, REDACTED):
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for key, value in was.items():
            yield from _overwritten(value, now.get(key), (*way, key))
    elif isinstance(was, list) and isinstance(now, list) and len(now) >= len(was):
        for place, value in enumerate(was):
            yield from _overwritten(value, now[place], (*way, place))
    else:
        yield way


def _judge_correction_alone(before: Dossier, after: Dossier) -> Iterator[Finding]:
    if _is_same(before, after, "corrections"):
        return
    if len(listed(after.data, "corrections")) > len(listed(before.data, "corrections")):
        yield Finding(
            code="correction-unsigned",
            message="a correction is listed, and no correcting step is proposed from this state",
            hint=f"nearmiss advance {after.id} --transition correct",
            field=("corrections",),
        )


def _judge_only_added(before: Dossier, after: Dossier, way: tuple[str, ...]) -> Iterator[Finding]:
    if _is_same(before, after, way[0]):
        return
    was, now = listed(before.data, *way), listed(after.data, *way)
    if now[: len(was)] != was:
        yield Finding(
            code="entry-rewritten",
            message=f"an entry of {spell_field(way)} was changed or taken out",
            hint="entries stay as they are; add a new one that says what is so now",
            field=way,
        )


def _judge_reused_actions(before: Dossier, after: Dossier) -> Iterator[Finding]:
    """The id of an action on which somebody reported is never given to another action."""
    if _is_same(before, after, "action_plan"):
        return
    reported = {entry["action"] for entry in listed(before.data, "progress")}
    was = {action["id"]: action for action in listed(before.data, "action_plan", "actions")}
    for place, action in enumerate(listed(after.data, "action_plan", "actions")):
        old = was.get(action["id"])
        if action["id"] in reported and old is not None and old["what"] != action["what"]:
            yield Finding(
                code="action-id-reused",
                message=f"{action['id']} was another action, on which progress was reported",
                hint="give the new action an id of its own",
                field=("action_plan", "actions", place),
            )
