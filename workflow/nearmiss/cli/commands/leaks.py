"""`nearmiss leaks`: whether anything in the repository tells who reported without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.leaks.searching import Searched


@click.command(short_help="Look for what tells who reported without a name.")
@click.option(
    "--history", is_flag=True, help="In all that the repository keeps, also what no branch leads to any more."
)
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, history: bool, as_json: bool) -> None:
    """Look for what tells who sent an anonymous or confidential report.

    Without --history, in the records of the main branch as they are, the names of references, settings and hooks. With
    it, in every object, reachable or not, logs, stashes, notes, tags, messages, and what editors left behind.

    It ends with 1 where something identifies a reporter; what a person should look at alone is told, too, and ends
    with 0.

    Example: nearmiss leaks --history
    """
    from nearmiss.app.leaks import find_leaks

    desk = surroundings.desk()
    with Gauge("Searching") as gauge:
        searched = find_leaks(desk, surroundings.directory, history=history, progress=gauge)
    if as_json:
        emit(searched_as_data(searched))
    else:
        say_searched(searched)
    if not searched.is_clean:
        raise click.exceptions.Exit(ExitCode.REFUSED)


def searched_as_data(searched: Searched) -> Mapping[str, Any]:
    """Return a search as JSON has it: ok, reports, commits, objects, findings."""
    return {
        "ok": searched.is_clean,
        "reports": searched.reports,
        "commits": searched.commits,
        "objects": searched.objects,
        "findings": [finding_as_data(finding) for finding in searched.findings],
    }


def say_searched(searched: Searched) -> None:
    """Print what was found by place, and below it what was looked at."""
    say_findings(searched.findings)
    if searched.findings:
        say("")
    looked = f"{searched.reports} {'report' if searched.reports == 1 else 'reports'} without a name"
    if searched.objects:
        looked += f", {searched.commits} commits, {searched.objects} objects"
    if searched.is_clean:
        say(("Nothing tells who reported.", "green"), f" Looked at: {looked}.")
    else:
        say(("Something tells who reported.", "red"), f" Looked at: {looked}.")
