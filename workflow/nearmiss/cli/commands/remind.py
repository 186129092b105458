"""`nearmiss remind`: tells people what is due of them, and others what has not happened."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import emit, heading, paragraph, say
from nearmiss.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.reminding.issues import Kept
    from nearmiss.engine.reminding.schedule import Entry, Item, Reminder
    from nearmiss.engine.reminding.sending import Reminded


class NoMailServerError(UsageError):
    """Letters are to be sent, and no server is named that sends them."""

    def __init__(self) -> None:
        super().__init__(
            "No mail server is named, so no letter can be sent.",
            hint="Set NEARMISS_SMTP=smtp://user@mail.example.org:587?from=near-misses@example.org (the password in "
            "NEARMISS_SMTP_PASSWORD), or look with --dry-run.",
        )


class BadDayError(UsageError):
    """A day was given that is none."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{said} is no day.", hint="Write it as 2026-11-21.")


@click.command(short_help="Tell people what is due of them.")
@click.option("--dry-run", is_flag=True, help="Only say who would be told what; nothing is sent or noted.")
@click.option("--issues", is_flag=True, help="Keep an issue for each person on the forge instead of writing letters.")
@click.option("--since", default="", metavar="DAY", help="Up to which day people have been told, in place of the note.")
@click.option("--state", default="", metavar="FILE", help="Where that is noted, if not in git's own folder.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, dry_run: bool, issues: bool, since: str, state: str, as_json: bool
) -> None:
    """Write to everybody of whom something is due: one letter each, by workflow/policy/reminders.yaml.

    Run it once a day, for instance from cron. What is overdue is told every week until it is done, and climbs. A day
    that was missed is made up for; two runs on one day send nothing twice. No letter tells who reported anything.

    Example: nearmiss remind --dry-run
    """
    if issues and (since or state or dry_run):
        raise click.UsageError("--issues notes in the issues up to which day people have been told: it stands alone.")
    if issues:
        _keep_issues(surroundings, as_json=as_json)
        return
    day = _read_day(since)
    place = surroundings.at(state) if state else None
    done = _look(surroundings, day, place) if dry_run else _send(surroundings, day, place)
    if as_json:
        emit(reminded_as_data(done, dry_run=dry_run))
    else:
        _tell(done, dry_run=dry_run)
    if done.unsent:
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _keep_issues(surroundings: Surroundings, *, as_json: bool) -> None:
    from nearmiss.app.forging import NoForgeError, forge_of
    from nearmiss.engine.proposing.proposals import main_register
    from nearmiss.engine.reminding.issues import keep_issues

    desk = surroundings.desk()
    with forge_of(desk.repository, main_register(desk)[1].newest.settings) as forge:
        if forge is None:
            raise NoForgeError
        done = keep_issues(desk, forge)
    if as_json:
        emit(issues_as_data(done))
    elif not done:
        say("Nobody is to be told anything today.")
    for one in () if as_json else done:
        say(paragraph(f"{one.handle}: {one.outcome}. {one.problem or one.address}".rstrip(" .")))
    if any(one.problem for one in done):
        raise click.exceptions.Exit(ExitCode.REFUSED)


def issues_as_data(done: Sequence[Kept]) -> dict[str, Any]:
    """Return what came of the issues as JSON has it: ok and issues, each with handle, outcome, address and problem.

    An outcome is opened, told (by a comment, and renewed), renewed, same, closed or failed.
    """
    return {
        "ok": not any(one.problem for one in done),
        "issues": [
            {"handle": one.handle, "outcome": one.outcome, "address": one.address, "problem": one.problem}
            for one in done
        ],
    }


def _read_day(said: str) -> date | None:
    from datetime import date

    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise BadDayError(said) from None


def _look(surroundings: Surroundings, since: date | None, state: Path | None) -> Reminded:
    from nearmiss.app.reminding import notebook_at
    from nearmiss.engine.reminding.schedule import Told
    from nearmiss.engine.reminding.sending import look

    desk = surroundings.desk()
    told = Told(through=since) if since else notebook_at(surroundings.directory, state).read()
    return look(desk, told)


def _send(surroundings: Surroundings, since: date | None, state: Path | None) -> Reminded:
    from nearmiss.app.mailing import mailer_of
    from nearmiss.app.reminding import notebook_at
    from nearmiss.engine.reminding.sending import remind

    mailer = mailer_of(os.environ)
    if mailer is None:
        raise NoMailServerError
    return remind(surroundings.desk(), mailer, notebook_at(surroundings.directory, state), since=since)


def reminded_as_data(done: Reminded, *, dry_run: bool) -> dict[str, Any]:
    """Return what came of it as JSON has it: ok, dry_run, today, people, unsent and unheard.

    A person has handle, name, email, subject (of the letter), sent, and items. An item has kind, id, title (empty
    where the report names nobody), what, due, overdue (days; below 1: it is not), own, whose, also_told (roles and
    handles, step by step) and command. `unheard` are items that are overdue and have nobody who could be told.
    """
    from nearmiss.engine.reminding.words import subject_of

    return {
        "ok": not done.unsent,
        "dry_run": dry_run,
        "today": done.telling.day.isoformat(),
        "people": [
            {
                "handle": one.person.handle,
                "name": one.person.name,
                "email": one.person.emails[0],
                "subject": subject_of(one),
                "sent": one.person.handle in done.sent,
                "items": [_entry_as_data(entry) for entry in one.entries],
            }
            for one in done.telling.reminders
        ],
        "unsent": [{"addresses": list(one.addresses), "why": one.why} for one in done.unsent],
        "unheard": [_item_as_data(item) for item in done.telling.unheard],
    }


def _entry_as_data(entry: Entry) -> dict[str, Any]:
    return {
        **_item_as_data(entry.item),
        "overdue": entry.days,
        "own": entry.is_own,
        "whose": list(entry.whose),
        "also_told": [{"roles": list(roles), "handles": list(handles)} for roles, handles in entry.climbed],
        "command": entry.item.command,
    }


def _item_as_data(item: Item) -> dict[str, Any]:
    return {"kind": item.kind, "id": item.subject, "title": item.title, "what": item.what, "due": item.due}


def _tell(done: Reminded, *, dry_run: bool) -> None:
    reminders = done.telling.reminders
    if not reminders:
        say("Nobody is to be told anything today.")
    for one in reminders:
        _tell_letter(one, done) if dry_run else _tell_sent(one, done)
    _tell_unsent(done)
    _tell_unheard(done.telling.unheard)
    if reminders and dry_run:
        say("")
        say("Nothing was sent, and nothing noted.")


def _tell_letter(one: Reminder, done: Reminded) -> None:
    from nearmiss.engine.reminding.words import parts_of, subject_of

    heading(f"{one.person.name} <{one.person.emails[0]}>")
    say(paragraph(subject_of(one), indent=2))
    for part in parts_of(one, done.policy):
        say(paragraph(f"{part.heading}:", indent=2))
        for line in part.lines:
            say(paragraph(" · ".join(filter(None, [line.subject, line.title])), indent=4))
            say(paragraph(line.said, indent=6))
        if part.left_out:
            say(paragraph(f"… and {part.left_out} more", indent=4))


def _tell_sent(one: Reminder, done: Reminded) -> None:
    from nearmiss.engine.reminding.words import subject_of

    if one.person.handle in done.sent:
        say(f"Told {one.person.name}: {subject_of(one).partition(': ')[2]}.")


def _tell_unsent(done: Reminded) -> None:
    for one in done.unsent:
        say(paragraph(f"Not told: {', '.join(one.addresses)}. {one.why}"))


def _tell_unheard(items: Sequence[Item]) -> None:
    if items:
        heading("Overdue, with nobody who could be told")
        for item in items:
            say(paragraph(f"{item.subject}: {item.what}, was due on {item.due}", indent=2))
