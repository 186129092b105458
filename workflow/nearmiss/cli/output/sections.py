"""A record's sections as a person reads them: causes as a tree, actions with their status, the rest as named values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.voice import heading, one_line, paragraph, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WITHHELD = "redacted"
NAMES = {
    "report": "Report",
    "assessment": "Assessment",
    "investigation": "Investigation",
    "root_cause": "Root causes",
    "action_plan": "Actions",
    "progress": "Progress",
    "verification": "Verification",
    "lesson": "Lesson",
    "alert": "Early warning",
    "briefings": "Briefings",
    "decisions": "Decisions",
    "escalation": "Escalation",
    "corrections": "Corrections",
}


def name_of(part: str) -> str:
    """Return a section's name as a person reads it."""
    return NAMES.get(part, part.replace("_", " ").capitalize())


def spell(value: Any) -> str:
    """Return a plain value as a person reads it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{_spaced(key)}: {spell(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(spell(inner) for inner in value) or "none"
    return "withheld" if value == WITHHELD else str(value)


def _spaced(key: str) -> str:
    return key.replace("_", " ")


def say_section(part: str, value: Any) -> None:
    """Print any section as named values, whatever it holds."""
    heading(name_of(part))
    for line in lines_of(value):
        say(line)


def lines_of(value: Any, indent: int = 2) -> Iterator[str]:
    """Yield the lines of plain data: one for each name, long texts and lists below it."""
    space = " " * indent
    if isinstance(value, dict):
        for key, inner in value.items():
            if _is_short(inner):
                yield f"{space}{_spaced(key)}: {one_line(spell(inner))}"
            else:
                yield f"{space}{_spaced(key)}:"
                yield from lines_of(inner, indent + 2)
    elif isinstance(value, list):
        for inner in value:
            yield paragraph(f"- {one_line(spell(inner))}", indent=indent)
    else:
        yield paragraph(spell(value), indent=indent)


def _is_short(value: Any) -> bool:
    if isinstance(value, dict):
        return False
    if isinstance(value, list):
        return not any(isinstance(inner, dict) for inner in value)
    return "\n" not in str(value) and len(str(value)) <= 60  # noqa: PLR2004 - about what stands beside a name


def say_causes(causes: Sequence[Mapping[str, Any]]) -> None:
    """Print causes as a tree: below each one those that explain it. What points in a circle is printed at the end."""
    heading(NAMES["root_cause"])
    left = {str(cause["id"]): cause for cause in causes}
    for cause in causes:
        if cause.get("explains") not in left or not cause.get("explains"):
            _say_cause(cause, causes, left, 1)
    for cause in list(left.values()):
        _say_cause(cause, causes, left, 1)


def _say_cause(
    cause: Mapping[str, Any], causes: Sequence[Mapping[str, Any]], left: dict[str, Mapping[str, Any]], depth: int
) -> None:
    if left.pop(str(cause["id"]), None) is None:
        return
    disposition = f" → {cause['disposition']}" if cause.get("disposition") else ""
    words = f"{cause['id']} ({cause['level']}, {cause['category']}{disposition}): {one_line(cause['statement'])}"
    say(paragraph(words, indent=2 * depth))
    for other in causes:
        if other.get("explains") == cause["id"]:
            _say_cause(other, causes, left, depth + 1)


def status_of(record: Mapping[str, Any], action: str) -> str:
    """Return how an action stands by its latest entry of progress."""
    entries = record.get("progress")
    found = [entry for entry in entries if entry.get("action") == action] if isinstance(entries, list) else []
    return str(found[-1]["status"]) if found else "open"


def owner_of(action: Mapping[str, Any]) -> str:
    """Return who owns an action, with the person inside who answers for somebody outside."""
    owner = action.get("owner")
    if isinstance(owner, dict):
        return f"{owner.get('external')} (for whom {owner.get('sponsor')} answers)"
    return str(owner or "nobody yet")


def say_actions(record: Mapping[str, Any], actions: Sequence[Mapping[str, Any]], today: str) -> None:
    """Print actions with their status, and how overdue they are."""
    heading(NAMES["action_plan"])
    for action in actions:
        status, due = status_of(record, str(action["id"])), str(action.get("due", ""))
        late = status not in {"done", "cancelled"} and bool(due) and due < today
        words = f"{action['id']} {status}: {one_line(action['what'])}"
        say(paragraph(words, indent=2))
        until = f", due {due}" if due else ""
        say(
            f"     {action['kind']}, {action['control']}; {one_line(owner_of(action))}{until}",
            (" OVERDUE", "red") if late else "",
        )
