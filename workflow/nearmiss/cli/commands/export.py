"""`nearmiss export`: the records for spreadsheets and other programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import filter_options, json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.app.export_order import Order
    from nearmiss.app.exporting import Done
    from nearmiss.cli.surroundings import Surroundings

PRINTED = "-"
WARNINGS = {
    "team": "An export holds what the register holds, names too: pass it on only to who may read that.",
    "public": "Only what the site of lessons may show was exported.",
}


@click.command(short_help="Export records for spreadsheets and other programs.")
@click.option(
    "--format", "form", type=click.Choice(("csv", "jsonl", "xlsx")), help="If the output's name does not say."
)
@click.option("--output", default=PRINTED, metavar="FILE|DIR|-", help="Where to; printed where not given.")
@click.option("--force", is_flag=True, help="Replace what an earlier export wrote there.")
@click.option("--as-of", default="", metavar="DATE", help="As the main branch was at the end of that day (UTC).")
@click.option("--at", default="", metavar="REV", help="As it was in a commit, or is on a branch.")
@filter_options
@click.option("--since", default="", metavar="DATE", help="Only those reported on that day or later.")
@click.option("--columns", default="", metavar="NAMES", help="Only these columns of the records, with commas between.")
@click.option("--sheet", default="", metavar="NAME", help="Which sheet goes into one CSV file, such as actions.")
@click.option("--bom", is_flag=True, help="CSV: begin with a byte order mark, by which Excel knows UTF-8.")
@click.option("--raw", is_flag=True, help="CSV: for programs only; formulas are not made harmless.")
@click.option("--public", is_flag=True, help="Only lessons that the site shows, and only the fields that it may show.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, as_json: bool, output: str, **asked: Any) -> None:
    """Export near misses as CSV, JSON lines or a workbook (XLSX), with everything that the records say.

    The output's name says the format. A folder gets one CSV file for each list of a record: actions, causes, checks
    and so on; a workbook has a sheet for each.

    Example: nearmiss export --output near-misses.xlsx
    """
    from nearmiss.app.exporting import export

    if as_json and output == PRINTED:
        raise click.UsageError("--json tells of an export to a file: say --output.")
    order = _order(surroundings, output, **asked)
    with Gauge("Exporting") as gauge:
        done = export(surroundings.desk(), order, stream=sys.stdout.buffer, progress=gauge)
    if as_json:
        emit(done_as_data(done, output))
    else:
        _tell(done, output, WARNINGS[order.audience])


def _order(surroundings: Surroundings, output: str, **asked: Any) -> Order:
    from nearmiss.app.export_order import Order
    from nearmiss.engine.looking.listing import Wanted
    from nearmiss.store.csv_files import Dialect

    dialect = Dialect(
        guard="nothing" if asked.pop("raw") else "apostrophe", begins="mark" if asked.pop("bom") else "text"
    )
    names = (name.strip() for name in asked.pop("columns").split(","))
    own = {name: asked.pop(name) for name in ("since", "as_of", "at", "sheet")}
    return Order(
        output=None if output == PRINTED else surroundings.at(output),
        form=asked.pop("form") or "",
        existing="replace" if asked.pop("force") else "refuse",
        columns=tuple(name for name in names if name),
        dialect=dialect,
        audience="public" if asked.pop("public") else "team",
        wanted=Wanted(**asked),
        **own,
    )


def done_as_data(done: Done, output: str) -> Mapping[str, Any]:
    """Return an export as JSON has it: ok, output, format, commit, records, left_out (ids), notes."""
    return {
        "ok": True,
        "output": output,
        "format": done.form,
        "commit": done.commit,
        "records": done.records,
        "left_out": list(done.left_out),
        "notes": list(done.notes),
    }


def _tell(done: Done, output: str, warning: str) -> None:
    printed = output == PRINTED
    records = f"{done.records} {'record' if done.records == 1 else 'records'}"
    where = "" if printed else f" to {output}"
    say(f"{records} of commit {done.commit[:10]} exported{where}.", err=printed)
    say(warning, err=True)
    for note in done.notes:
        say(note, err=True)
    if done.left_out:
        say(f"Not exported, since they cannot be read (see nearmiss check): {', '.join(done.left_out)}.", err=True)
