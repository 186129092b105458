"""`nearmiss attest`: turns what people said on the requests of a forge into sign-offs, signed by a service."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.voice import emit, paragraph, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.forges.answers import Answer, Attested

KEY = "NEARMISS_SERVICE_KEY"
"""The variable that names the file of the service's key."""


@click.command(short_help="Turn what people said on requests into sign-offs.")
@click.option("--request", "number", type=click.IntRange(min=1), default=None, metavar="N", help="Only this request.")
@click.option("--key", default="", metavar="FILE", help=f"The service's SSH key; {KEY} names it otherwise.")
@click.option("--push", is_flag=True, help="Push the branches, and answer on the requests.")
@click.option("--dry-run", is_flag=True, help="Only say what would become a sign-off.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, number: int | None, key: str, push: bool, dry_run: bool, as_json: bool
) -> None:
    """Read comments and approvals of the open requests, and add what counts of them to their branches as sign-offs.

    It is run by a job of the forge, from the main branch: its accounts of people, its rules, its key of a service. What
    a request brings is only read. Each word that does not count is answered with the reason.

    Example: nearmiss attest --dry-run
    """
    from nearmiss.app.forging import NoForgeError, forge_of
    from nearmiss.engine.forges.attesting import Errand, attest
    from nearmiss.engine.proposing.proposals import main_register

    desk = surroundings.desk(key=key or os.environ.get(KEY, ""))
    settings = main_register(desk)[1].newest.settings
    errand = Errand(remote=settings.forge.remote, number=number or 0, write=not dry_run, push=push and not dry_run)
    with forge_of(desk.repository, settings) as forge:
        if forge is None:
            raise NoForgeError
        done = attest(desk, forge, errand)
    if as_json:
        emit(attested_as_data(done, dry_run=dry_run))
    else:
        _tell(done, dry_run=dry_run)
    if any(one.problem for one in done):
        raise click.exceptions.Exit(ExitCode.REFUSED)


def attested_as_data(done: Sequence[Attested], *, dry_run: bool) -> dict[str, Any]:
    """Return what came of the requests as JSON has it: ok, dry_run and requests.

    A request has number, address, id, branch, head, commit (empty where nothing was added), verdict and waiting, words,
    reason (why nothing can be added to it), problem (what went wrong), hint (what to do about that), answered (whether
    the comment of ours is new or changed) and unanswered (why there is none). A word has comment (its number), account,
    by, said, outcome (attested, already, later, refused or overtaken), message and files.
    """
    return {
        "ok": not any(one.problem for one in done),
        "dry_run": dry_run,
        "requests": [
            {
                "number": one.number,
                "address": one.address,
                "id": one.subject,
                "branch": one.branch,
                "head": one.head,
                "commit": one.commit,
                "verdict": one.verdict,
                "waiting": list(one.waiting),
                "words": [_word_as_data(answer) for answer in one.answers],
                "reason": one.reason,
                "problem": one.problem,
                "hint": one.hint,
                "answered": one.said,
                "unanswered": one.unsaid,
            }
            for one in done
        ],
    }


def _word_as_data(answer: Answer) -> dict[str, Any]:
    return {
        "comment": answer.given.id,
        "account": answer.given.account.id,
        "by": answer.by,
        "said": answer.given.said,
        "outcome": str(answer.outcome),
        "message": answer.message,
        "files": list(answer.files),
    }


def _tell(done: Sequence[Attested], *, dry_run: bool) -> None:
    if not done:
        say("No request is open.")
    for one in done:
        say((f"Request {one.number}", "bold"), f": {one.subject or one.branch or 'no branch'}")
        for answer in one.answers:
            whose = answer.by or f"account {answer.given.account.id or 'unknown'}"
            say(paragraph(f"{answer.outcome}: {answer.given.said} of {whose}. {answer.message}", indent=2))
        if not one.answers:
            say(paragraph(one.reason or "Nobody said anything that counts.", indent=2))
        _tell_problem(one)
        if one.added and dry_run:
            say(paragraph("Nothing was written.", indent=2))
        if one.verdict == "pass":
            say(paragraph("Everything is signed.", indent=2))
        for waiting in one.waiting:
            say(paragraph(f"Still open: {waiting.rstrip('.')}.", indent=2))


def _tell_problem(one: Attested) -> None:
    if one.problem:
        say(paragraph(f"problem: {one.problem}", indent=2))
        if one.hint:
            say(paragraph(one.hint, indent=4))
    if one.unsaid:
        say(paragraph(f"The request could not be answered: {one.unsaid}", indent=2))
