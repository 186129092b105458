"""`nearmiss close`: proposes all forward steps that are left of a small case, in one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option, push_option, record_argument, set_option, unset_option
from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.proposing.proposal import advanced_as_data, edits_on_main, say_advanced
from nearmiss.cli.proposing.pushing import meant_to_be_pushed, push_proposal, say_pushed
from nearmiss.cli.voice import emit

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command(short_help="Propose all steps that are left of a small case.")
@record_argument
@set_option
@unset_option
@click.option("--from", "sources", multiple=True, metavar="SECTION=FILE", help="A section as YAML; repeatable.")
@push_option
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, record_id: str, as_json: bool, **said: Any) -> None:
    """Propose all steps up to the end in one request; the policy allows this for the lowest levels of investigation.

    Each step still has its own requirements and its own sign-off.

    Example: nearmiss close NM-2026-7Q4K2
    """
    from nearmiss.engine.proposing.advancing import close

    desk = surroundings.desk()
    edits, basis = edits_on_main(surroundings, desk, record_id, said)
    with meant_to_be_pushed(record_id, push=said["push"]):
        advanced = close(desk, record_id, edits=edits, basis=basis if edits else None)
    if not as_json:
        say_advanced(advanced)
    pushed = None
    if said["push"]:
        pushed = push_proposal(desk, advanced.branch, record_id, "close", advanced_as_data(advanced))
    if as_json:
        emit(advanced_as_data(advanced, pushed))
    elif pushed:
        say_pushed(pushed)
    else:
        say_share(desk, advanced.branch)
