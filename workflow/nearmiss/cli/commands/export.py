"""`nearmiss export`: the records as JSON lines, for other programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.gauge import Gauge
from nearmiss.cli.voice import say

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings

FORMATS = ("jsonl",)


@click.command(short_help="Export records for spreadsheets and other programs.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", help="jsonl.")
@click.option("--output", default="-", metavar="FILE", help="Where to; standard output where not given.")
@click.option("--force", is_flag=True, help="Replace what an earlier export wrote there.")
@click.option("--as-of", default="", metavar="DATE", help="As the main branch was at the end of a day (UTC).")
@click.option("--at", default="", metavar="REV", help="As it was in a commit, or is on a branch.")
@click.option("--state", "states", multiple=True, metavar="STATE", help="Only this state; repeatable.")
@click.option("--classification", default="", metavar="TERM", help="Only this classification.")
@click.option("--area", default="", metavar="TERM", help="Only this area.")
@click.option("--site", default="", metavar="TERM", help="Only this site.")
@click.option("--level", default="", metavar="LEVEL", help="minimal, low, medium or high.")
@click.option("--owner", default="", metavar="HANDLE", help="Only those with an open action of this person.")
@click.option("--overdue", is_flag=True, help="Only those with something past its due date.")
@click.option("--text", default="", metavar="WORDS", help="Only those in which all these words occur.")
@click.option("--since", default="", metavar="DATE", help="Only those reported on this day or later.")
@click.pass_obj
def command(
    surroundings: Surroundings,
    /,
    *,
    form: str,
    output: str,
    force: bool,
    as_of: str,
    at: str,
    since: str,
    **wanted: Any,
) -> None:
    """Export the near misses of the main branch.

    Example: nearmiss export --output near-misses.jsonl
    """
    from nearmiss.app.exporting import Order, export
    from nearmiss.engine.listing import Wanted

    order = Order(
        format=form,
        output=None if output == "-" else surroundings.at(output),
        existing="replace" if force else "refuse",
        wanted=Wanted(**wanted),
        since=since,
        as_of=as_of,
        at=at,
    )
    with Gauge("Exporting") as gauge:
        done = export(surroundings.desk(), order, stream=sys.stdout.buffer, progress=gauge)
    say(f"{done.records} records of {done.commit[:10]} were exported.", err=order.output is None)
