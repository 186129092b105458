"""Taking what somebody reports: it is on the disk, sealed, before the reporter is told so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.intake.contents import Contents, contents_of, seal_contents, seal_file
from nearmiss.engine.intake.errors import TokenTooShortError, TooManyFilesError
from nearmiss.engine.intake.numbers import draw_number
from nearmiss.engine.intake.owing import alarm_of, owe_with_report
from nearmiss.engine.intake.ports import Kept, KeptContact
from nearmiss.engine.intake.values import Receipt
from nearmiss.engine.reporting import UNTITLED, report_section, title_of
from nearmiss.models.letters import UNWRITABLE
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.findings import Finding
from nearmiss.policy.structure import REPORTED_BY, judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from nearmiss.engine.intake.owing import Place
    from nearmiss.engine.intake.ports import KeptAlarm
    from nearmiss.engine.intake.values import Intake, Sent
    from nearmiss.policy.intake_rules import Mode
    from nearmiss.policy.version import PolicyVersion

LEAST_TOKEN = 16
"""Characters of the token that a form draws: whoever guesses one is given the receipt that belongs to it."""


def take(intake: Intake, sent: Sent, *, token: str, call: str = "", alarm: Place | None = None) -> Receipt:
    """Keep what somebody sent, and return the receipt once it is on the disk.

    The same token gives the same receipt, however often and from however many places it comes; what came with it first
    is what counts. `call` is whom to call where it is not safe, and is told back then. With `alarm`, one is owed for
    that place from the moment in which the report is kept; `engine.intake.owing.sound` sends it. Raises RefusedError
    where the answers could never be a record, TokenTooShortError and TooManyFilesError.
    """
    if len(token) < LEAST_TOKEN:
        raise TokenTooShortError(LEAST_TOKEN)
    owed = alarm_of(intake, token, alarm) if alarm is not None else None
    kept = intake.store.by_token(intake.sealer.token_mark(token)) or _keep(intake, sent, token, owed)
    if owed is not None:
        owe_with_report(intake, kept, owed)
    contents = contents_of(intake, kept)
    return Receipt(
        number=kept.number,
        key=intake.sealer.receipt_key(token),
        record_id=kept.record_id if kept.state == "committed" else "",
        title=contents.title,
        call=call if sent.answers.get("made_safe") == "no" else "",
    )


def judge_sent(sent: Sent, policy: PolicyVersion | None, *, today: date) -> list[Finding]:
    """Return what keeps answers from becoming a record; without a policy only their form is judged."""
    said = {"name": sent.name, "person": sent.person} if sent.mode == "named" else {}
    return judge_answers(sent.answers, mode=sent.mode, policy=policy, today=today, **said)


def with_name(answers: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return answers with a name that was only typed: a detail of the report, which is nobody's handle."""
    if not name:
        return dict(answers)
    return {**answers, "details": [*answers.get("details", ()), {"name": REPORTED_BY, "value": name}]}


def judge_answers(
    answers: Mapping[str, Any],
    *,
    mode: Mode,
    policy: PolicyVersion | None,
    today: date,
    name: str = "",
    person: str = "",
) -> list[Finding]:
    """Return what is wrong with answers, as the record that they become would be judged."""
    is_known = bool(person) and (policy is None or policy.people.find(person) is not None)
    known = person if is_known else ""
    report = report_section(with_name(answers, "" if known else name), mode=mode, person=known, day=today.isoformat())
    title = title_of(str(answers.get("what_happened", ""))) or UNTITLED
    data = {"schema": 1, "id": "NM-2026-00000", "title": title, "state": "reported", "report": report}
    found = [*judge_record_structure(data, terms=policy.terms if policy else {}), *judge_dates(data, today)]
    return [*found, *_unwritable(report, "report")]


def _unwritable(value: Any, *way: str) -> Iterator[Finding]:
    """Yield what no document of ours can hold, such as the mark that comes along with text from some programs."""
    if isinstance(value, str) and UNWRITABLE.search(value):
        yield Finding(
            code="yaml-control-character",
            field=way,
            message=f"{'.'.join(way)} holds a character that no document can have",
            hint="type it again, instead of pasting it",
        )
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list | tuple) else ()
    for name, each in inside:
        yield from _unwritable(each, *way, str(name))


def _keep(intake: Intake, sent: Sent, token: str, alarm: KeptAlarm | None) -> Kept:
    today = intake.clock.now().date()
    findings = judge_sent(sent, None, today=today)
    if findings:
        raise RefusedError("The report cannot be taken as it is.", findings)
    if len(sent.files) > intake.settings.limits.files:
        raise TooManyFilesError(intake.settings.limits.files)
    number = draw_number(intake.chance)
    is_named = sent.mode == "named"
    contents = Contents(
        answers={key: value for key, value in sent.answers.items() if value not in (None, "", [], {})},
        title=title_of(str(sent.answers.get("what_happened", ""))) or UNTITLED,
        name=sent.name.strip() if is_named else "",
        person=sent.person if is_named else "",
        files={name: len(content) for name, content in sent.files.items()},
    )
    kept = Kept(
        number=number,
        token=intake.sealer.token_mark(token),
        key=intake.sealer.hash_key(intake.sealer.receipt_key(token)),
        mode=sent.mode,
        state="waiting",
        day=today.isoformat(),
        sealed=seal_contents(intake, number, contents),
        at_once=sent.at_once and sent.answers.get("made_safe") == "no",
    )
    files = [seal_file(intake, number, name, content) for name, content in sent.files.items()]
    return intake.store.add(kept, files, _contact(intake, sent, number, today), alarm)


def _contact(intake: Intake, sent: Sent, number: str, today: date) -> KeptContact | None:
    """Return the contact to be kept; an anonymous report has none, whatever was typed."""
    if sent.mode == "anonymous" or not sent.contact.strip():
        return None
    last = today + timedelta(days=intake.settings.contact_kept_at_most_days)
    sealed = intake.sealer.seal(sent.contact.strip().encode(), of=f"contact {number}")
    return KeptContact(number=number, sealed=sealed, delete_on=last.isoformat())
