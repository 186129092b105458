"""What a correction must say, and that a redaction only redacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.findings import Field, Finding, spell_field
from nearmiss.policy.guards.context import StepContext, lacking

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def corrections_say_all(context: StepContext) -> Iterator[Finding]:
    """Every field that a correction changes is listed with what it said, what it says now, and why; and no other."""
    before = context.before or {}
    said = new_corrections(before, context.after)
    if not said:
        message = "a correction is listed under corrections, with field, was, now and because"
        yield lacking(
            "correction-unsaid", ("corrections",), message, "use nearmiss advance ID --transition correct --set …"
        )
    changes = list(changed_values(before, context.after))
    fields = {spell_field(way) for way, _, _ in changes}
    for place, entry in enumerate(said, start=len(listed(before, "corrections"))):
        if entry["field"] not in fields:
            message = f"a correction of {entry['field']} is listed, and it says what it said before"
            yield lacking("correction-of-nothing", ("corrections", place), message, "change the field, or leave it out")
    yield from _repeating(before, context.after)
    for way, was, now in changes:
        if not any(entry["field"] == spell_field(way) and _fits(entry, was, now) for entry in said):
            message = f"{spell_field(way)} changed, and no correction says so"
            yield lacking("correction-unsaid", way, message, "list it under corrections with was, now and because")


def _repeating(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Finding]:
    """What is redacted is not said again in the correction that tells of it."""
    for place, entry in enumerate(new_corrections(before, after), start=len(listed(before, "corrections"))):
        if entry.get("now") == REDACTED and "was" in entry:
            message = f"the correction of {entry['field']} repeats what is redacted"
            yield lacking("not-a-redaction", ("corrections", place), message, "leave `was` out of a redaction")


def only_redacts(context: StepContext) -> Iterator[Finding]:
    """A redaction puts the word `redacted` and nothing else; what it said before is not repeated."""
    for way, _, now in changed_values(context.before or {}, context.after):
        if now != REDACTED:
            message = f"{spell_field(way)} is changed, not redacted"
            yield lacking("not-a-redaction", way, message, "use the transition correct to change what a field says")
    yield from _title_that_repeats(context)


def _title_that_repeats(context: StepContext) -> Iterator[Finding]:
    """A title is made from the first words of a report; where these are withheld, it must not go on saying them."""
    was = get(context.before, "report", "what_happened")
    now = get(context.after, "report", "what_happened")
    title = str(context.after["title"])
    if now == REDACTED and was != REDACTED and str(was).startswith(title.rstrip("…")):
        message = "the title repeats the first words of what is redacted"
        yield lacking("title-repeats", ("title",), message, f"add --set title={REDACTED}")


def new_corrections(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the corrections that a step adds."""
    return listed(after, "corrections")[len(listed(before, "corrections")) :]


def changed_values(before: Any, after: Any, way: Field = ()) -> Iterator[tuple[Field, Any, Any]]:
    """Yield each place whose value differs, with both values (None where there is none); corrections are left out."""
    if before == after or way == ("corrections",):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from changed_values(before.get(key), after.get(key), (*way, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, one in enumerate(before):
            yield from changed_values(one, after[place], (*way, place))
    else:
        yield way, before, after


def _fits(entry: Mapping[str, Any], was: Any, now: Any) -> bool:
    """A correction repeats both values; one that redacts says `redacted` on both sides or leaves `was` out."""
    if now == REDACTED:
        return bool(entry.get("now") == REDACTED)
    return bool(entry.get("was") == was and entry.get("now") == now)
