"""Reminders as issues of a forge: one for each person, with a box for each item, kept up to date and closed at the end.

Up to which day somebody has been told stands in their issue, so a job that keeps nothing between two runs knows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from nearmiss.engine.forges.port import ForgeError
from nearmiss.engine.forges.replying import escaped
from nearmiss.engine.reminding.schedule import Told
from nearmiss.engine.reminding.sending import look
from nearmiss.engine.reminding.words import parts_of, subject_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.forges.port import Forge, Issue
    from nearmiss.engine.reminding.items import IntakeQueue
    from nearmiss.engine.reminding.schedule import Reminder
    from nearmiss.policy.version import PolicyVersion

MARKER = re.compile(r"<!-- nearmiss: reminders of (?P<handle>[a-z0-9._-]+), told (?P<day>[0-9-]{10}) -->")
"""What our issue of somebody begins with; people do not see it."""

TICKED = re.compile(r"^- \[[xX]\] .*<!-- (?P<key>[^<>]*) -->\s*$", re.MULTILINE)
"""A box that somebody has ticked; it stays so for as long as the item is open."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What came of one person's issue: `opened`, `told` (by a comment), `renewed`, `same`, `closed` or `failed`."""

    handle: str
    outcome: str
    address: str = ""
    problem: str = ""


def keep_issues(desk: Desk, forge: Forge, *, intake: IntakeQueue | None = None) -> list[Kept]:
    """Have one issue for each person of whom something is due say what it is, and close those of whom nothing is.

    Whoever is to be told something today gets a comment besides, since forges tell nobody of a text that changes. Where
    one issue cannot be written, the others are all the same. Raises ForgeError where the issues cannot be read.
    """
    there = _by_handle(forge.issues.ours())
    told = Told(behind={handle: day for handle, (_, day) in there.items()})
    seen = look(desk, told, intake=intake)
    due = {one.person.handle for one in seen.telling.reminders}
    keeper = _Keeper(forge, seen.policy, seen.telling.day)
    done = []
    for one in seen.telling.standing:
        handle = one.person.handle
        if handle in there:
            issue, day = there.pop(handle)
            done.append(keeper.renew(one, issue, day, is_due=handle in due))
        elif handle in due:
            done.append(keeper.open(one))
    return [*done, *(keeper.close(handle, issue) for handle, (issue, _) in there.items())]


def _by_handle(issues: Sequence[Issue]) -> dict[str, tuple[Issue, date]]:
    """Return our issues of reminders by whose they are; of several of one person, the first counts."""
    found: dict[str, tuple[Issue, date]] = {}
    for issue in issues:
        marked = MARKER.match(issue.text.lstrip())
        if marked is None:
            continue
        try:
            found.setdefault(marked["handle"], (issue, date.fromisoformat(marked["day"])))
        except ValueError:
            continue
    return found


class _Keeper:
    """Keeps the issues of one run; what the forge does not take is told, and is no reason to stop."""

    def __init__(self, forge: Forge, policy: PolicyVersion, today: date) -> None:
        self._forge, self._policy, self._today = forge, policy, today

    def open(self, one: Reminder) -> Kept:
        """Open an issue for somebody, who is told of it by the forge."""
        handle = one.person.handle
        accounts = (each.id for each in one.person.accounts or () if each.forge == self._forge.kind)
        try:
            text = body_of(one, self._policy, told=self._today)
            issue = self._forge.issues.open(title=_title(one), text=text, account=next(accounts, ""))
        except ForgeError as error:
            return _failed(handle, error)
        return Kept(handle=handle, outcome="opened", address=issue.address)

    def renew(self, one: Reminder, issue: Issue, day: date, *, is_due: bool) -> Kept:
        """Have an issue say what is open now; where somebody is to be told, by a comment, that comes first."""
        handle, issues = one.person.handle, self._forge.issues
        ticked = {match["key"] for match in TICKED.finditer(issue.text)}
        text = body_of(one, self._policy, told=self._today if is_due else day, ticked=ticked)
        try:
            if is_due:
                issues.comment(issue.number, f"{subject_of(one)}.")
            if is_due or (issue.title, _plain(issue.text)) != (_title(one), _plain(text)):
                issues.change(issue.number, title=_title(one), text=text)
                return Kept(handle=handle, outcome="told" if is_due else "renewed", address=issue.address)
        except ForgeError as error:
            return _failed(handle, error)
        return Kept(handle=handle, outcome="same", address=issue.address)

    def close(self, handle: str, issue: Issue) -> Kept:
        """Close the issue of somebody of whom nothing is due any more."""
        try:
            self._forge.issues.close(issue.number)
        except ForgeError as error:
            return _failed(handle, error)
        return Kept(handle=handle, outcome="closed", address=issue.address)


def _failed(handle: str, error: ForgeError) -> Kept:
    return Kept(handle=handle, outcome="failed", problem=f"{error.message} {error.hint}".strip())


def _plain(text: str) -> str:
    """Return a text as it was before a forge changed how its lines end."""
    return text.replace("\r\n", "\n").strip()


def _title(one: Reminder) -> str:
    return f"Near misses: what is due of {one.person.name}"


def body_of(one: Reminder, policy: PolicyVersion, *, told: date, ticked: Collection[str] = ()) -> str:
    """Return the text of an issue as Markdown; what somebody has ticked stays ticked."""
    return "\n".join(_lines(one, policy, told, ticked)) + "\n"


def _lines(one: Reminder, policy: PolicyVersion, told: date, ticked: Collection[str]) -> Iterator[str]:
    yield f"<!-- nearmiss: reminders of {one.person.handle}, told {told.isoformat()} -->"
    for part in parts_of(one, policy):
        yield ""
        yield f"**{part.heading}**"
        yield ""
        for line in part.lines:
            key = _key(f"{line.subject} {line.said.partition(':')[0]}")
            box = "x" if key in ticked else " "
            name = " · ".join(filter(None, [f"**{escaped(line.subject)}**", escaped(line.title)]))
            command = f" `{line.command}`" if line.command else ""
            yield f"- [{box}] {name}: {escaped(line.said)}{command} <!-- {key} -->"
        if part.left_out:
            yield f"- … and {part.left_out} more: `nearmiss list --overdue`"
    yield ""
    yield "This list is kept up to date by `nearmiss remind --issues`. A ticked box is a note to yourself: say in the"
    yield "register what is done, and it is gone from here."


def _key(text: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in text)
