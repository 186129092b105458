"""`nearmiss intake`: what the web application keeps outside the repository: reports that wait, and who may sign in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import can_ask, emit, flow, say
from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Intake
    from nearmiss.models.people import People, Person
    from nearmiss.store.accounts import Accounts

place_option = click.option(
    "--intake", "place", default="", metavar="DIR", help="The folder of the intake, where it is not the usual one."
)


class NotForTheDeskError(UsageError):
    """The person may not use the desk, so an account would open nothing."""

    def __init__(self, handle: str, why: str) -> None:
        super().__init__(f"{handle} {why}, so an account would open nothing.", hint="See workflow/policy/people.yaml.")


class NoAccountError(NearMissError):
    """There is no account to remove."""

    def __init__(self, handle: str) -> None:
        super().__init__(f"{handle} has no account.", hint="See who has: nearmiss intake account list")


class NoPasswordError(UsageError):
    """Nothing came from standard input."""

    def __init__(self) -> None:
        super().__init__(
            "No password came from standard input.", hint="Run it on a terminal, or hand it over as one line."
        )


number_argument = click.argument("number")


@click.group(short_help="Look after reports that wait, and who may sign in at the desk.")
def command() -> None:
    """Look after what the server keeps outside the repository: reports that wait, and who may sign in at the desk.

    Example: nearmiss intake list

    Example: nearmiss intake commit
    """


@command.command("list", short_help="Show the reports that wait for somebody.")
@click.option("--disagreed", is_flag=True, help="Show what reporters said against a decline instead.")
@place_option
@json_option
@click.pass_obj
def waiting(surroundings: Surroundings, /, *, disagreed: bool, place: str, as_json: bool) -> None:
    """Show the reports that wait to be read, or for the next batch; in no order that tells when they came.

    Example: nearmiss intake list --json
    """
    from nearmiss.cli import intake_waiting as told
    from nearmiss.engine.intake.conversing import disagreements
    from nearmiss.engine.intake.reviewing import waiting_reports

    desk, intake = _opened(surroundings, place)
    if disagreed:
        board = disagreements(intake, desk)
        if as_json:
            emit(
                {"ok": True, "disagreements": [{"id": one.record_id, "on": one.on, "text": one.text} for one in board]}
            )
        else:
            told.say_disagreements(board)
        return
    found = waiting_reports(intake, desk)
    if as_json:
        emit({"ok": True, "reports": [told.as_data(report) for report in found]})
    else:
        told.say_list(found)


@command.command("show", short_help="Show one report that waits.")
@number_argument
@place_option
@json_option
@click.pass_obj
def showing(surroundings: Surroundings, /, *, number: str, place: str, as_json: bool) -> None:
    """Show one report that waits, with what may tell who somebody is.

    Example: nearmiss intake show R-7Q4K-2M9X
    """
    from nearmiss.cli import intake_waiting as told
    from nearmiss.engine.intake.reviewing import waiting_report

    desk, intake = _opened(surroundings, place)
    report = waiting_report(intake, desk, number)
    if as_json:
        emit({"ok": True, "report": told.as_data(report)})
    else:
        told.say_report(report)


@command.command("confirm", short_help="Let a report be committed with the next batch.")
@number_argument
@click.option("--text", "what_happened", default="", help="What happened, without what tells who somebody is.")
@click.option("--drop", "dropped", multiple=True, metavar="FILE", help="A file to be taken out; repeatable.")
@place_option
@json_option
@click.pass_obj
def confirming(
    surroundings: Surroundings,
    /,
    *,
    number: str,
    what_happened: str,
    dropped: tuple[str, ...],
    place: str,
    as_json: bool,
) -> None:
    """Say that a report was read, and tells nobody who reported; then it is committed with the next batch.

    Example: nearmiss intake confirm R-7Q4K-2M9X --text "Somebody slipped on the stairs."
    """
    from nearmiss.engine.intake.reviewing import confirm, waiting_report

    desk, intake = _opened(surroundings, place)
    before = waiting_report(intake, desk, number)
    answers = {**before.answers, "what_happened": what_happened} if what_happened else None
    kept = [name for name in before.files if name not in dropped] if dropped else None
    after = confirm(intake, desk, number=number, by=_person(desk), answers=answers, files_kept=kept)
    if as_json:
        emit({"ok": True, "number": after.number, "confirmed_by": after.confirmed_by})
        return
    say((after.number, "bold"), " is committed with the next batch.")


@command.command("discard", short_help="Discard a report that says nothing that could be a record.")
@number_argument
@click.option("--reason", required=True, metavar="REASON", help="One of workflow/policy/intake.yaml, such as spam.")
@place_option
@json_option
@click.pass_obj
def discarding(surroundings: Surroundings, /, *, number: str, reason: str, place: str, as_json: bool) -> None:
    """Discard a report. Its text is gone for ever; month and reason are counted in the repository.

    Example: nearmiss intake discard R-7Q4K-2M9X --reason spam
    """
    from nearmiss.engine.intake.reviewing import discard

    desk, intake = _opened(surroundings, place)
    discard(intake, number=number, reason=reason, by=_person(desk), people=_people(desk))
    if as_json:
        emit({"ok": True, "number": number, "reason": reason})
        return
    say((number, "bold"), " is discarded, and counted with the next batch.")


@command.command("commit", short_help="Commit what is due: reports by name, and the batch.")
@place_option
@json_option
@click.pass_obj
def committing(surroundings: Surroundings, /, *, place: str, as_json: bool) -> None:
    """Commit reports by name, and those without one that were confirmed, if they are enough or have waited long.

    Example: nearmiss intake commit
    """
    from nearmiss.cli import intake_waiting as told
    from nearmiss.engine.intake.committing import commit_batch, commit_named

    desk, intake = _opened(surroundings, place)
    named = commit_named(desk, intake)
    batch = commit_batch(desk, intake)
    if as_json:
        kept = {"held_back": batch.held_back, "why": batch.why, "discarded": batch.discarded}
        emit({"ok": True, "named": named, "batch": list(batch.ids), "commit": batch.commit or None, **kept})
    else:
        told.say_batch(named, batch)


@command.command("contacts", short_help="Show who looked at a contact.")
@place_option
@json_option
@click.pass_obj
def looking(surroundings: Surroundings, /, *, place: str, as_json: bool) -> None:
    """Show who of the team looked at which reporter's contact, and on which day. The contact itself is not shown.

    Example: nearmiss intake contacts
    """
    from nearmiss.cli import intake_waiting as told

    accesses = _opened(surroundings, place)[1].store.accesses()
    if as_json:
        emit({"ok": True, "looks": [{"number": one.number, "who": one.who, "on": one.day} for one in accesses]})
    else:
        told.say_looks(accesses)


@command.command("purge", short_help="Delete what has had its day.")
@place_option
@json_option
@click.pass_obj
def purging(surroundings: Surroundings, /, *, place: str, as_json: bool) -> None:
    """Delete contacts whose day has come, and what is left of reports that were discarded long ago.

    Example: nearmiss intake purge
    """
    from nearmiss.cli import intake_waiting as told
    from nearmiss.engine.intake.purging import purge

    desk, intake = _opened(surroundings, place)
    purged = purge(intake, desk)
    if as_json:
        gone = {"contacts": purged.contacts, "discarded": purged.discarded, "tokens": purged.tokens}
        emit({"ok": True, **gone})
    else:
        told.say_purged(purged)


@command.group(short_help="Say who may sign in at the desk with a password.")
def account() -> None:
    """Set, list or remove the accounts by which people sign in at the team's desk. Their roles say what they may do.

    Example: nearmiss intake account list
    """


@account.command("set", short_help="Set somebody's password.")
@click.argument("handle")
@place_option
@json_option
@click.pass_obj
def setting(surroundings: Surroundings, /, *, handle: str, place: str, as_json: bool) -> None:
    """Set the password of a person, and end all sessions that they have.

    It is asked for twice, or read as one line from standard input; never as an argument, which others could see.

    Example: nearmiss intake account set r.meyer
    """
    from nearmiss.engine.errors import UnknownPersonError
    from nearmiss.engine.proposing.proposals import main_register

    people = main_register(surroundings.desk())[1].newest.people
    person = people.find(handle)
    if person is None:
        raise UnknownPersonError(handle, [one.handle for one in people.people if one.kind == "person"])
    if person.kind != "person" or not person.is_active:
        raise NotForTheDeskError(handle, "is a service" if person.kind != "person" else "is not active")
    _accounts(surroundings, place).set(handle, _password())
    if as_json:
        emit({"ok": True, "handle": handle})
        return
    say((handle, "bold"), " has a new password; sessions from before have ended.")


@account.command("list", short_help="Show who has an account.")
@place_option
@json_option
@click.pass_obj
def listing(surroundings: Surroundings, /, *, place: str, as_json: bool) -> None:
    """Show who has an account, and since when the password is what it is.

    Example: nearmiss intake account list --json
    """
    found = _accounts(surroundings, place).listed()
    if as_json:
        emit({"ok": True, "accounts": [{"handle": one.handle, "set_on": one.set_on} for one in found]})
        return
    for one in found:
        flow((one.handle, "bold"), f"  since {one.set_on}", hang=2)
    if not found:
        say("Nobody has an account. Set one: nearmiss intake account set HANDLE")


@account.command("remove", short_help="Remove somebody's account.")
@click.argument("handle")
@place_option
@json_option
@click.pass_obj
def removing(surroundings: Surroundings, /, *, handle: str, place: str, as_json: bool) -> None:
    """Remove an account, with all sessions that it has.

    Example: nearmiss intake account remove r.meyer
    """
    if not _accounts(surroundings, place).remove(handle):
        raise NoAccountError(handle)
    if as_json:
        emit({"ok": True, "handle": handle})
        return
    say((handle, "bold"), " has no account any more.")


def _opened(surroundings: Surroundings, place: str) -> tuple[Desk, Intake]:
    from nearmiss.app.intake import open_intake

    desk = surroundings.desk()
    opened = open_intake(desk, str(surroundings.at(place)) if place else "", clock=surroundings.clock)
    return desk, opened.intake


def _person(desk: Desk) -> Person:
    return desk.person(_people(desk))


def _people(desk: Desk) -> People:
    from nearmiss.engine.proposing.proposals import main_register

    return main_register(desk)[1].newest.people


def _accounts(surroundings: Surroundings, place: str) -> Accounts:
    from nearmiss.app.intake import place_of
    from nearmiss.store.accounts import ACCOUNTS_FILE, Accounts

    desk = surroundings.desk()
    return Accounts(place_of(desk, str(surroundings.at(place)) if place else "") / ACCOUNTS_FILE, clock=desk.clock)


def _password() -> str:
    """Ask for a password twice on a terminal, else read one line."""
    if can_ask():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt="Once more")
        return asked
    line = sys.stdin.readline(4096).rstrip("\r\n")
    if not line:
        raise NoPasswordError
    return line
