"""`nearmiss object`: says no to a proposal, with the reason, on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import branch_option, json_option, push_option, subject_argument
from nearmiss.cli.proposing.signing import give_word

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command("object", short_help="Object to a proposal.")
@subject_argument
@click.option("--because", required=True, metavar="TEXT", help="What is wrong with it.")
@branch_option
@push_option
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, subject: str, because: str, branch: str, push: bool, as_json: bool
) -> None:
    """Object to a proposal. The objection stays on record; it waits until what you object to changes, or you approve.

    Example: nearmiss object NM-2026-7Q4K2 --because "Nobody asked the night shift."
    """
    from nearmiss.engine.proposing.proposals import Word

    give_word(surroundings, subject, Word(verdict="object", because=because), branch=branch, push=push, as_json=as_json)
