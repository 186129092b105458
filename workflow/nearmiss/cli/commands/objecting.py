"""`nearmiss object`: says no to a proposal, with the reason, on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import branch_option, json_option, key_option, push_option, sign_option, subject_argument
from nearmiss.cli.proposing.signing import give_word

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command("object", short_help="Object to a proposal.")
@subject_argument
@click.option("--because", required=True, metavar="TEXT", help="What is wrong with it.")
@sign_option
@key_option
@branch_option
@push_option
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, subject: str, key: str, branch: str, push: bool, as_json: bool, **said: Any
) -> None:
    """Object to a proposal. The objection stays on record; it waits until what you object to changes, or you approve.

    Example: nearmiss object NM-2026-7Q4K2 --because "Nobody asked the night shift."
    """
    from nearmiss.engine.proposing.proposals import Word

    word = Word(verdict="object", **said)
    give_word(surroundings, subject, word, branch=branch, push=push, as_json=as_json, key=key)
