"""`nearmiss import`: reports from a table, looked at first, then written in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, heading, one_line, say, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.importing.plan import Duplicate, ImportPlan

FEW = 8
"""Rows of each sort that are shown where not all are asked for."""

LONGEST = 60


@click.command("import", short_help="Import reports from a table.")
@click.argument("file", metavar="FILE")
@click.option("--mapping", required=True, metavar="NAME|FILE", help="What the columns mean: safenet, asrs, or yours.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("--all", "show_all", is_flag=True, help="List every row, not only the first few of each sort.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, file: str, mapping: str, dry_run: bool, show_all: bool, as_json: bool
) -> None:
    """Import reports from a CSV file or a workbook. Nothing is guessed: what the mapping leaves open is asked.

    A second import of the same file adds nothing; rows that changed meanwhile are told, never written over. Copy
    templates/mappings/example.yaml to describe your own table.

    Example: nearmiss import near-misses.csv --mapping safenet --dry-run
    """
    from nearmiss.app.tables import read_source
    from nearmiss.engine.importing.use_case import plan, write
    from nearmiss.engine.proposing.proposals import main_register

    desk = surroundings.desk()
    main_register(desk)
    if not dry_run:
        desk.require_branch()
    with Gauge("Importing"):
        source = read_source(surroundings.at(file), mapping, directory=surroundings.directory, root=surroundings.root())
        planned = plan(desk, source.table, source.mapping)
        commit = "" if dry_run else write(desk, planned, name=source.table.name)
    if as_json:
        emit(planned_as_data(planned, commit=commit))
    else:
        _tell(planned, most=len(source.table.rows) if show_all else FEW)
        _say_outcome(planned, commit)


def planned_as_data(planned: ImportPlan, *, commit: str) -> Mapping[str, Any]:
    """Return an import as JSON has it: ok, source, commit (empty where nothing was written), counts, the rows, notes.

    `new` has row, key, id and title; `unchanged`, `changed` and `conflicts` row, key, id and because; `duplicates` row,
    key, first_row and same; `rejected` row, key and reasons; `blank` row numbers.
    """
    known = {"unchanged": planned.unchanged, "changed": planned.changed, "conflicts": planned.conflicts}
    return {
        "ok": True,
        "source": planned.source,
        "commit": commit,
        "counts": counts_of(planned),
        "new": [{"row": new.row, "key": new.key, "id": new.record, "title": new.data["title"]} for new in planned.new],
        **{
            name: [{"row": one.row, "key": one.key, "id": one.record, "because": one.because} for one in rows]
            for name, rows in known.items()
        },
        "duplicates": [
            {"row": one.row, "key": one.key, "first_row": one.first_row, "same": one.same}
            for one in planned.duplicates_in_file
        ],
        "rejected": [{"row": one.row, "key": one.key, "reasons": list(one.reasons)} for one in planned.rejected],
        "blank": list(planned.blank_rows),
        "notes": [finding_as_data(finding) for finding in planned.notes],
    }


def counts_of(planned: ImportPlan) -> dict[str, int]:
    """Return how many rows there are of each sort."""
    return {
        "new": len(planned.new),
        "unchanged": len(planned.unchanged),
        "changed": len(planned.changed),
        "conflicts": len(planned.conflicts),
        "duplicates": len(planned.duplicates_in_file),
        "rejected": len(planned.rejected),
        "blank": planned.blank,
    }


def _tell(planned: ImportPlan, *, most: int) -> None:
    if planned.new:
        rows = [_preview(new.row, new.key, new.data) for new in planned.new[:most]]
        table(["Row", "Key", "Reported", "What happened"], rows)
        _say_rest(planned.new, most)
    for title, rows_of in (
        ("Changed there since they were imported; nothing is written over", planned.changed),
        ("Conflicts: a known key with another date", planned.conflicts),
    ):
        _say_rows(title, [f"row {one.row} ({one.key}, {one.record}): {one.because}" for one in rows_of], most)
    twice = [f"row {one.row} ({one.key}): {_as_before(one)}" for one in planned.duplicates_in_file]
    _say_rows("More than once in the file", twice, most)
    unfit = [f"row {one.row} ({one.key or 'no key'}): {'; '.join(one.reasons)}" for one in planned.rejected]
    _say_rows("Rows that cannot become reports", unfit, most)
    if planned.blank_rows:
        shown = ", ".join(map(str, planned.blank_rows[:most])) + (", …" if planned.blank > most else "")
        _say_rows("Blank rows", [shown], most)
    if planned.notes:
        say("")
        say_findings(planned.notes)


def _as_before(one: Duplicate) -> str:
    if one.same:
        return f"as row {one.first_row}"
    return f"the key of row {one.first_row}, and something else beside it: only row {one.first_row} counts"


def _preview(row: int, key: str, data: Mapping[str, Any]) -> list[object]:
    words = one_line(data["report"]["what_happened"])
    return [row, key, data["report"]["reported_on"], words[:LONGEST] + ("…" if len(words) > LONGEST else "")]


def _say_rows(title: str, lines: Sequence[str], most: int) -> None:
    if not lines:
        return
    heading(f"{title}:")
    for line in lines[:most]:
        say(f"  {one_line(line)}")
    _say_rest(lines, most)


def _say_rest(rows: Sequence[object], most: int) -> None:
    if len(rows) > most:
        say((f"  … and {len(rows) - most} more (--all lists them)", "dim"))


def _say_outcome(planned: ImportPlan, commit: str) -> None:
    counts = ", ".join(f"{number} {name}" for name, number in counts_of(planned).items())
    say("")
    say(f"{planned.source}: {counts}.")
    if commit:
        say(f"{len(planned.new)} reports were imported, in one commit ({commit[:10]}). All start as reported.")
    elif planned.new:
        say("Nothing was written. Without --dry-run, the new ones would be imported.")
    else:
        say("Nothing new; nothing was written.")
