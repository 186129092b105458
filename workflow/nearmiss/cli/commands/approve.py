"""`nearmiss approve`: signs a proposal, in the words of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import (
    because_option,
    branch_option,
    json_option,
    key_option,
    push_option,
    sign_option,
    subject_argument,
)
from nearmiss.cli.proposing.signing import give_word

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command(short_help="Sign a proposal.")
@subject_argument
@click.option("--role", default="", metavar="ROLE", help="The role to sign in, where you hold several.")
@because_option
@click.option("--waive", default="", metavar="RULE", help="A rule that the policy lets you waive; say --because.")
@sign_option
@key_option
@branch_option
@push_option
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, subject: str, key: str, branch: str, push: bool, as_json: bool, **said: Any
) -> None:
    """Sign every step of a proposal that waits and that you may sign. Read it first: nearmiss review ID.

    What you sign is bound to what it says now: if that changes, your signature no longer holds. If an SSH key of yours
    is listed in the register, it is signed with that key, through an agent too.

    Example: nearmiss approve NM-2026-7Q4K2 --role quality-lead
    """
    from nearmiss.engine.errors import ReasonNeededError
    from nearmiss.engine.proposing.proposals import Word

    word = Word(**said)
    if word.waive and not word.because:
        raise ReasonNeededError(f"Waiving {word.waive}")
    give_word(surroundings, subject, word, branch=branch, push=push, as_json=as_json, key=key)
