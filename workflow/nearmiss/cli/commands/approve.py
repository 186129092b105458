"""`nearmiss approve`: signs a proposal, in the words of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import because_option, branch_option, json_option, push_option, subject_argument
from nearmiss.cli.proposing.signing import give_word

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command(short_help="Sign a proposal.")
@subject_argument
@click.option("--role", default="", metavar="ROLE", help="The role to sign in, where you hold several.")
@because_option
@click.option("--waive", default="", metavar="RULE", help="A rule that the policy lets you waive; say --because.")
@branch_option
@push_option
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings,
    /,
    *,
    subject: str,
    role: str,
    because: str,
    waive: str,
    branch: str,
    push: bool,
    as_json: bool,
) -> None:
    """Sign every step of a proposal that waits and that you may sign. Read it first: nearmiss review ID.

    What you sign is bound to what it says now: if that changes, your signature no longer holds.

    Example: nearmiss approve NM-2026-7Q4K2 --role quality-lead
    """
    from nearmiss.engine.errors import ReasonNeededError
    from nearmiss.engine.proposing.proposals import Word

    if waive and not because:
        raise ReasonNeededError(f"Waiving {waive}")
    word = Word(role=role, because=because, waive=waive)
    give_word(surroundings, subject, word, branch=branch, push=push, as_json=as_json)
