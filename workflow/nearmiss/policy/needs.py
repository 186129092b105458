"""What a transition needs of a record: required fields by level, and the guards that it names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nearmiss.policy.findings import Field, Finding, spell_field
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.guards.table import GUARDS, NEED_BEFORE
from nearmiss.policy.plain import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def judge_content(context: StepContext) -> Iterator[Finding]:
    """Find everything that a transition needs and the record lacks, all at once."""
    for path in context.transition.needs.at(context.level):
        if _holds(context.after, steps_of(path)):
            continue
        for way in lacking(context.after, path):
            yield Finding(
                code="needs-field",
                message=f"{context.transition.name} needs {spell_field(way)}",
                hint=f"nearmiss edit {context.after['id']} --set {spell_field(way)}=…",
                field=way,
            )
    for name in context.transition.guards:
        if context.before is not None or name not in NEED_BEFORE:
            for finding in GUARDS[name](context):
                yield _with_command(finding, str(context.after["id"]))


def _with_command(finding: Finding, record_id: str) -> Finding:
    """Say with every finding the command that mends it: the guard's own, or the one that edits the section."""
    if "nearmiss " in finding.hint or not finding.field:
        return replace(finding, hint=finding.hint.replace(" ID ", f" {record_id} "))
    return replace(finding, hint=f"{finding.hint}: nearmiss edit {record_id} {finding.field[0]}")


def lacking(data: Mapping[str, Any], path: str) -> Iterator[Field]:
    """Yield the ways that a needed path asks for and that are absent or empty."""
    return _lacking(data, steps_of(path), ())


def _holds(data: Any, steps: tuple[tuple[str, bool], ...]) -> bool:
    """Say whether nothing is lacking, which is so of most that is asked for."""
    for place, (key, many) in enumerate(steps, 1):
        data = data.get(key) if isinstance(data, dict) else None
        if data is None or (many and not data):
            return False
        if many and place < len(steps):
            rest = steps[place:]
            return all(_holds(entry, rest) for entry in data)
    return True


def _lacking(data: Any, steps: tuple[tuple[str, bool], ...], way: Field) -> Iterator[Field]:
    for place, (key, many) in enumerate(steps):
        value = data.get(key) if isinstance(data, dict) else None
        if value is None or (many and not value):
            yield (*way, *_as_far_as_one_can_say(steps[place:]))
            return
        way = (*way, key)
        if many:
            for number, entry in enumerate(value):
                yield from _lacking(entry, steps[place + 1 :], (*way, number))
            return
        data = value


def _as_far_as_one_can_say(steps: tuple[tuple[str, bool], ...]) -> Iterator[str]:
    """Yield the keys up to the first list: which of its entries would lack the rest, nobody knows yet."""
    for key, many in steps:
        yield key
        if many:
            return
