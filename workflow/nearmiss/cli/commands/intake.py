"""`nearmiss intake`: what the web application keeps outside the repository, such as who may sign in at the desk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import can_ask, emit, flow, say
from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
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


@click.group(short_help="Say who may sign in at the team's desk.")
def command() -> None:
    """Look after what `nearmiss serve` keeps outside the repository, such as who may sign in at the team's desk.

    Example: nearmiss intake account list
    """


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
