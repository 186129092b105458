"""What a person is told, in words: the items that are theirs, and those of which they are told besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.mailing import Letter
from nearmiss.models.vocabulary import label_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.reminding.schedule import Entry, Reminder
    from nearmiss.policy.version import PolicyVersion

MOST = 100
"""Items that one letter names; of more only the number is told."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of what a person is told: its heading and its items; of so many more only the number is told."""

    heading: str
    lines: tuple[Line, ...]
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One item in words."""

    subject: str
    title: str
    said: str
    command: str


def letter_of(reminder: Reminder, policy: PolicyVersion) -> Letter:
    """Return the letter in which a person is told all that they are to be told."""
    lines = [f"Dear {reminder.person.name},", ""]
    for part in parts_of(reminder, policy):
        lines += [part.heading, ""]
        for line in part.lines:
            lines += [f"  {' · '.join(filter(None, [line.subject, line.title]))}", f"    {line.said}"]
            lines += [f"    {line.command}"] if line.command else []
        if part.left_out:
            lines.append(f"  … and {part.left_out} more: nearmiss list --overdue")
        lines.append("")
    lines += [
        f"This letter was written by nearmiss for {policy.settings.organisation}. Who is reminded of what is said in"
    ]
    lines += ["workflow/policy/reminders.yaml. What is done, or put off by a signed change, is not told again."]
    return Letter(to=(reminder.person.emails[0],), subject=subject_of(reminder), text="\n".join(lines) + "\n")


def subject_of(reminder: Reminder) -> str:
    """Return in a few words what a person is told: numbers only."""
    own = [entry for entry in reminder.entries if entry.is_own]
    overdue = sum(entry.is_overdue for entry in own)
    counted = [(overdue, "overdue"), (len(own) - overdue, "due soon")]
    counted.append((len(reminder.entries) - len(own), "overdue of others"))
    return "Near misses: " + ", ".join(f"{number} {words}" for number, words in counted if number)


def parts_of(reminder: Reminder, policy: PolicyVersion) -> Iterator[Part]:
    """Yield what a person is told, in parts: theirs and overdue, theirs and due soon, and what others have not done."""
    own = [entry for entry in reminder.entries if entry.is_own]
    besides = [entry for entry in reminder.entries if not entry.is_own]
    for heading, entries in (
        ("Yours, overdue", [entry for entry in own if entry.is_overdue]),
        ("Yours, due soon", [entry for entry in own if not entry.is_overdue]),
        ("Overdue with others; you are told since nothing has happened", besides),
    ):
        if entries:
            yield Part(
                heading=heading,
                lines=tuple(_line(entry, policy) for entry in entries[:MOST]),
                left_out=max(0, len(entries) - MOST),
            )


def _line(entry: Entry, policy: PolicyVersion) -> Line:
    item = entry.item
    place = [_label(policy, "area", item.area), _label(policy, "site", item.site)]
    return Line(
        subject="Intake" if item.kind == "intake" else item.subject,
        title=", ".join(filter(None, [item.title or _label(policy, "area", item.area)])),
        said=". ".join(_said(entry, policy, [one for one in place if one])) + ".",
        command=item.command if entry.is_own else "",
    )


def _said(entry: Entry, policy: PolicyVersion, place: Sequence[str]) -> Iterator[str]:
    yield f"{_upper(entry.item.what)}: {_when(entry)}"
    if not entry.is_own and entry.whose:
        yield f"To be done by {names_of(entry.whose, policy)}"
    if not entry.is_own and place:
        yield f"At {', '.join(place)}"
    if entry.climbed:
        roles, handles = entry.climbed[-1]
        told = names_of(handles, policy) if handles else "of whom there is none for this place"
        yield f"Also told: {' or '.join(role_name(role, policy) for role in roles)} ({told})"


def _when(entry: Entry) -> str:
    """Say how a day lies to today, in a way that stays true while the letter lies unread."""
    return f"was due on {entry.item.due}" if entry.is_overdue else f"due on {entry.item.due}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def names_of(handles: Sequence[str], policy: PolicyVersion) -> str:
    """Return the names of some people."""
    found = (policy.people.find(handle) for handle in handles)
    return ", ".join(person.name for person in found if person is not None)


def role_name(role: str, policy: PolicyVersion) -> str:
    """Return what a role is called."""
    label = next((one.label for one in policy.workflow.roles if one.role == role), {})
    return label_of(label, policy.settings.language) or role


def _label(policy: PolicyVersion, name: str, term: str) -> str:
    labels = policy.labels.get(name, {})
    return label_of(labels[term], policy.settings.language) if term in labels else ""
