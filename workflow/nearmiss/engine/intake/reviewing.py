"""What the team does with reports that wait: read them, take out what tells a person, confirm or discard them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.intake.contents import (
    MONTH,
    Contents,
    contents_of,
    files_of,
    messages_of,
    seal_contents,
    seal_file,
    token_until,
)
from nearmiss.engine.intake.errors import (
    ChangedMeanwhileError,
    NoFileOfNameError,
    NotOfTheTeamError,
    NotWaitingError,
    UnknownReasonError,
    UnknownReportError,
)
from nearmiss.engine.intake.numbers import read_number
from nearmiss.engine.intake.taking import judge_answers
from nearmiss.engine.intake.values import Marked, WaitingReport
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.reporting import UNTITLED, title_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.ports import Kept
    from nearmiss.engine.intake.values import Intake
    from nearmiss.models.people import People, Person
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.version import PolicyVersion

WAIT = ("waiting", "confirmed", "planned")
"""States of what is no record yet; a planned one is being committed, or was when the machine stopped."""


def waiting_reports(intake: Intake, desk: Desk) -> list[WaitingReport]:
    """Return all reports that wait, in no order that tells when they came."""
    _, register = main_register(desk)
    return [_shown(intake, desk, kept, register.newest) for kept in intake.store.reports(*WAIT)]


def waiting_report(intake: Intake, desk: Desk, number: str) -> WaitingReport:
    """Return one report that waits; raises UnknownReportError and NotWaitingError."""
    _, register = main_register(desk)
    return _shown(intake, desk, _required(intake, number), register.newest)


def intake_file(intake: Intake, *, number: str, name: str) -> bytes:
    """Return a file of a report that waits; raises UnknownReportError, NotWaitingError and NoFileOfNameError."""
    kept = _required(intake, number)
    files = files_of(intake, kept.number)
    if name not in files:
        raise NoFileOfNameError(kept.number, name, list(files))
    return files[name]


def confirm(
    intake: Intake,
    desk: Desk,
    *,
    number: str,
    by: Person,
    answers: Mapping[str, Any] | None = None,
    files_kept: Collection[str] | None = None,
) -> WaitingReport:
    """Let a report be committed with the next batch, with other answers and fewer files where these are given.

    What is taken out is gone: the store overwrites it. Raises RefusedError where the answers cannot be a record,
    NoFileOfNameError, NotWaitingError, NotOfTheTeamError, and ChangedMeanwhileError.
    """
    kept, policy = _required(intake, number), main_register(desk)[1].newest
    require_team(by, policy.people)
    if kept.state == "planned":
        raise NotWaitingError(kept.number, "being committed")
    before = contents_of(intake, kept)
    after = _edited(before, kept, answers, files_kept)
    findings = _judged(after, kept, policy, intake.clock.now().date())
    if findings:
        raise RefusedError("The report cannot be confirmed as it is.", findings)
    changed = replace(kept, state="confirmed", confirmed_by=by.handle)
    if after != before:
        changed = replace(changed, sealed=seal_contents(intake, kept.number, after))
    files = None
    if after.files != before.files:
        opened = files_of(intake, kept.number)
        files = [seal_file(intake, kept.number, name, opened[name]) for name in after.files]
    if not intake.store.change(kept, changed, files=files):
        raise ChangedMeanwhileError(kept.number)
    return _shown(intake, desk, changed, policy)


def discard(intake: Intake, *, number: str, reason: str, by: Person, people: People) -> None:
    """Discard a report that says nothing that could be a record; only month and reason are counted.

    Raises UnknownReasonError, UnknownReportError, NotWaitingError, NotOfTheTeamError and ChangedMeanwhileError.
    """
    known = [one.reason for one in intake.settings.discard_reasons]
    if reason not in known:
        raise UnknownReasonError(reason, known)
    require_team(by, people)
    kept = _required(intake, number)
    if kept.state == "planned":
        raise NotWaitingError(kept.number, "being committed")
    month = intake.clock.now().date().isoformat()[:MONTH]
    gone = replace(
        kept,
        state="discarded",
        reason=reason,
        day=month,
        sealed=seal_contents(intake, kept.number, Contents()),
        at_once=False,
        confirmed_by="",
        token_until=token_until(intake),
    )
    if not intake.store.discard(kept, gone, month):
        raise ChangedMeanwhileError(kept.number)


def require_team(person: Person, people: People) -> None:
    """Refuse whoever is not active, or has no role, not even as a deputy; raises NotOfTheTeamError."""
    if not person.is_active or not people.grants_of(person):
        raise NotOfTheTeamError(person.handle)


def marks_in(intake: Intake, answers: Mapping[str, Any], people: People) -> tuple[Marked, ...]:
    """Return what in the texts of a report may tell who somebody is, by field."""
    return tuple(
        Marked(field=path, start=mark.start, end=mark.end, kind=mark.kind, because=mark.because, sure=mark.sure)
        for path, text in _texts(answers)
        for mark in intake.marks(text, people)
    )


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of the answers with its path, such as `what_stopped_it.how` or `links[0].ref`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, (list, tuple)):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{place}]")


def _required(intake: Intake, number: str) -> Kept:
    kept = intake.store.find(read_number(number))
    if kept is None:
        raise UnknownReportError(number[:40])
    if kept.state not in WAIT:
        raise NotWaitingError(kept.number, kept.state)
    return kept


def _judged(contents: Contents, kept: Kept, policy: PolicyVersion, today: date) -> list[Finding]:
    return judge_answers(
        contents.answers, mode=kept.mode, policy=policy, today=today, name=contents.name, person=contents.person
    )


def _edited(
    before: Contents, kept: Kept, answers: Mapping[str, Any] | None, files_kept: Collection[str] | None
) -> Contents:
    after = before
    if answers is not None:
        given = {key: value for key, value in answers.items() if value not in (None, "", [], {})}
        title = title_of(str(given.get("what_happened", ""))) or UNTITLED
        after = replace(after, answers=given, title=title)
    if files_kept is not None:
        for name in files_kept:
            if name not in before.files:
                raise NoFileOfNameError(kept.number, name, list(before.files))
        after = replace(after, files={name: size for name, size in before.files.items() if name in files_kept})
    return after


def _shown(intake: Intake, desk: Desk, kept: Kept, policy: PolicyVersion) -> WaitingReport:
    contents = contents_of(intake, kept)
    today = desk.clock.now().date()
    return WaitingReport(
        number=kept.number,
        mode=kept.mode,
        day=kept.day,
        answers=contents.answers,
        title=contents.title,
        files=contents.files,
        name=contents.name,
        person=contents.person,
        at_once=kept.at_once,
        confirmed_by=kept.confirmed_by,
        contact_known=intake.store.contact(kept.number) is not None,
        marks=marks_in(intake, contents.answers, policy.people),
        findings=tuple(_judged(contents, kept, policy, today)),
        messages=messages_of(intake, kept.number),
    )
