"""`nearmiss progress`: says how an action stands, with what shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option, record_argument
from nearmiss.cli.output.drafts import drafted_as_data, say_drafted
from nearmiss.cli.voice import emit, say

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command(short_help="Say how an action stands.")
@record_argument
@click.argument("action", metavar="ACTION")
@click.option("--status", required=True, type=click.Choice(["open", "in-progress", "done", "cancelled"]))
@click.option("--evidence", default="", metavar="TEXT", help="What shows it.")
@click.option("--because", default="", metavar="TEXT", help="Why it was cancelled or opened again.")
@click.option("--on", default="", metavar="DATE", help="As of which day; today where not given.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, record_id: str, action: str, as_json: bool, **said: Any) -> None:
    """Add an entry to the progress of a near miss. Earlier entries stay as they are.

    Example: nearmiss progress NM-2026-7Q4K2 A1 --status done --evidence "Six chocks in place, seen by t.silva."
    """
    from nearmiss.engine.proposing.drafting import ProgressReport, report_progress

    drafted = report_progress(surroundings.desk(), record_id, ProgressReport(action=action, **said))
    if as_json:
        emit(drafted_as_data(drafted))
        return
    say((drafted.id, "bold"), f": {action.upper()} is {said['status']}.")
    say_drafted(drafted)
