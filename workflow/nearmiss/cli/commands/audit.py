"""`nearmiss audit`: whether every step on the main branch was taken by the rules, judged from the whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.audit.results import Audited

FORMATS = ("text", "json", "html", "markdown")


@click.command(short_help="Prove from the history that no step was skipped.")
@click.option(
    "--genesis", default="", metavar="REV", help="Begin later than the founding; what lies before is trusted."
)
@click.option("--since", default="", metavar="REV", help="Judge only what came after REV; the state there is trusted.")
@click.option(
    "--expect-descendant-of",
    "descendant_of",
    default="",
    metavar="REV",
    help="Fail if REV does not lie behind the main branch any more.",
)
@click.option("--revision", default="", metavar="REV", help="Judge the history of REV instead of the main branch's.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How it is told; text unless said.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings,
    /,
    *,
    genesis: str,
    since: str,
    descendant_of: str,
    revision: str,
    form: str,
    as_json: bool,
) -> None:
    """Walk the main branch from its founding, commit by commit, and judge each step by the policy in force then.

    A merge, a squash, a rebase and a fast-forward of the same proposal give the same verdict. Nothing is checked out;
    a bare repository does. It ends with 0 where everything holds, and with 1 where something does not.

    Example: nearmiss audit --expect-descendant-of main
    """
    from nearmiss.engine.audit.auditing import audit

    with Gauge("Auditing") as gauge:
        audited = audit(
            surroundings.desk(),
            revision=revision,
            genesis=genesis,
            since=since,
            descendant_of=descendant_of,
            progress=gauge,
        )
    _tell(audited, "json" if as_json else form)
    if audited.verdict != "pass":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _tell(audited: Audited, form: str) -> None:
    if form == "json":
        from nearmiss.cli.audit.data import audited_as_data

        emit(audited_as_data(audited))
    elif form == "html":
        from nearmiss.cli.audit.page import as_page

        click.echo(as_page(audited), nl=False)
    elif form == "markdown":
        from nearmiss.cli.audit.markdown import as_markdown

        for line in as_markdown(audited):
            say(line)
    else:
        from nearmiss.cli.audit.text import say_audited

        say_audited(audited)
