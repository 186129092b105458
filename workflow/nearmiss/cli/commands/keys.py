"""`nearmiss keys`: whose SSH keys count, listing one, retiring one, and the list for ssh-keygen and git."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option, push_option
from nearmiss.cli.voice import emit, flow, one_line, say

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.keys import ListedKey
    from nearmiss.engine.proposing.policy_change import PolicyProposed
    from nearmiss.policy.signatures.keys import PublicKey


@click.group(short_help="List, add or retire the keys that people sign with.")
def command() -> None:
    """List, add or retire the SSH keys that people sign with. They stand in workflow/policy/people.yaml.

    Adding and retiring are changes of the policy: proposed on a branch, and in force once somebody else approved them.

    Example: nearmiss keys list
    """


@command.command("list", short_help="Show whose keys count.")
@json_option
@click.pass_obj
def listing(surroundings: Surroundings, /, *, as_json: bool) -> None:
    """Show every key on the main branch: whose it is, its fingerprint and type, since when it counts, or until when.

    Example: nearmiss keys list --json
    """
    from nearmiss.engine.proposing.keys import list_keys

    keys = list_keys(surroundings.desk())
    if as_json:
        emit({"ok": True, "keys": [key_as_data(key) for key in keys]})
        return
    for key in keys:
        flow((key.handle, "bold"), f"  {key.fingerprint or 'cannot be read'} ({key.type})", *_state(key), hang=2)
    if not keys:
        say("No keys are listed, so every sign-off is a claim. List yours: nearmiss keys add")


def _state(key: ListedKey) -> list[str | tuple[str, str]]:
    note = f"; {one_line(key.note)}" if key.note else ""
    if key.retired:
        return [(f", retired{f' on {key.retired_on}' if key.retired_on else ''}", "yellow"), note]
    return [f", since version {key.since} of the policy{note}"]


def key_as_data(key: ListedKey) -> dict[str, Any]:
    """Return a key as JSON has it: handle, name, kind, type, fingerprint, key, since, retired, retired_on, note."""
    return {
        "handle": key.handle,
        "name": key.name,
        "kind": key.kind,
        "type": key.type,
        "fingerprint": key.fingerprint,
        "key": key.public.line if key.public else "",
        "since": key.since,
        "retired": key.retired,
        "retired_on": key.retired_on,
        "note": key.note,
    }


@command.command("add", short_help="Propose to list a key.")
@click.argument("file", default="", metavar="[FILE]")
@click.option("--person", "handle", default="", metavar="HANDLE", help="Whose key it is, if not your own.")
@click.option("--note", default="", metavar="TEXT", help="Where it is kept, for instance.")
@push_option
@json_option
@click.pass_obj
def adding(surroundings: Surroundings, /, *, file: str, handle: str, note: str, push: bool, as_json: bool) -> None:
    """Propose to list a key: that of FILE (its .pub file, or key:: and the line of one), or the first found here.

    Once it is in force, who has it signs with it, and nobody can approve in their name without it.

    Example: nearmiss keys add ~/.ssh/id_ed25519.pub
    """
    from nearmiss.engine.proposing.keys import add_key

    desk = surroundings.desk(key=file)
    line = next(iter(desk.signer.at_hand()), "") if file and desk.signer else ""
    proposed, key = add_key(desk, handle=handle, line=line, note=note)
    _tell(desk, proposed, key, "listed", push=push, as_json=as_json)


@command.command("retire", short_help="Propose to retire a key.")
@click.argument("which", metavar="FINGERPRINT|HANDLE|FILE")
@push_option
@json_option
@click.pass_obj
def retiring(surroundings: Surroundings, /, *, which: str, push: bool, as_json: bool) -> None:
    """Propose to retire a key, from today on. What it signed stays in force; nothing new counts.

    It is named by its fingerprint, by its file, or by the handle of somebody with one key alone.

    Example: nearmiss keys retire r.meyer
    """
    from nearmiss.engine.proposing.keys import retire_key

    is_file = surroundings.at(which).is_file()
    desk = surroundings.desk(key=which if is_file else "")
    said = next(iter(desk.signer.at_hand()), "") if is_file and desk.signer else which
    proposed, key = retire_key(desk, said)
    _tell(desk, proposed, key, "retired", push=push, as_json=as_json)


def _tell(desk: Desk, proposed: PolicyProposed, key: PublicKey, what: str, *, push: bool, as_json: bool) -> None:
    """Say what is proposed, push it where that is asked for, and say what to do next."""
    from nearmiss.cli.commands.advance import policy_as_data, say_policy
    from nearmiss.cli.proposing.pushing import push_proposal, pushed_as_data, say_pushed

    data = {**policy_as_data(proposed), "fingerprint": key.fingerprint}
    if not as_json:
        say(f"The key {key.fingerprint} ({key.type}) will be {what} with this:")
        say_policy(proposed)
    pushed = push_proposal(desk, proposed.branch, "policy", f"version {proposed.number}", data) if push else None
    if as_json:
        emit({**data, "pushed": pushed_as_data(pushed)})
    elif pushed:
        say_pushed(pushed)


@command.command("allowed-signers", short_help="Print the keys for ssh-keygen and git.")
@json_option
@click.pass_obj
def allowed(surroundings: Surroundings, /, *, as_json: bool) -> None:
    """Print the keys as ssh-keygen -Y verify and git (gpg.ssh.allowedSignersFile) take them.

    Example: nearmiss keys allowed-signers > allowed_signers
    """
    from nearmiss.engine.proposing.keys import addresses_of, allowed_signers, list_keys

    desk = surroundings.desk()
    text = allowed_signers(list_keys(desk), addresses_of(desk))
    if as_json:
        emit({"ok": True, "allowed_signers": text})
    else:
        click.echo(text, nl=False)
