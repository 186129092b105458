"""`nearmiss list`: near misses in a table, chosen and sorted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import filter_options, json_option
from nearmiss.cli.voice import emit, is_terminal, say, table, width

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.looking.listing import Listed
    from nearmiss.engine.records.summaries import Summary

SHOWN = ("id", "path", "title", "state", "reported_on", "occurred_on", "classification", "hazard", "site", "area")
RISK = ("level", "severity", "likelihood", "band", "decision")
"""Keys that are in the JSON of every record, as in its summary."""


MOST = 50
"""Records that are listed for people where they do not ask for more: the newest are what they look for."""


@click.command("list", short_help="List near misses.")
@filter_options
@click.option("--sort", default="reported_on", metavar="KEY", help="id, reported_on, state, severity, due or title.")
@click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N; 0 for all.  [50 without --json]"
)
@click.option("--ledger", is_flag=True, help="Number them by their first commits.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, as_json: bool, ledger: bool, limit: int | None, **asked: Any) -> None:
    """List the near misses on the main branch, the newest first.

    Example: nearmiss list --state action --overdue
    """
    from nearmiss.app.glancing import list_at_once
    from nearmiss.engine.looking.listing import Wanted, list_records

    wanted = Wanted(**asked, most=(0 if as_json else MOST) if limit is None else limit)
    listed = None if ledger else list_at_once(surroundings.place, wanted, today=surroundings.today())
    if listed is None:
        from nearmiss.cli.output.gauge import Gauge

        with Gauge("Reading") as gauge:
            listed = list_records(surroundings.desk(), wanted, ledger="ledger" if ledger else "", progress=gauge)
    if as_json:
        emit(listed_as_data(listed))
    else:
        _tell(listed)


def listed_as_data(listed: Listed) -> Mapping[str, Any]:
    """Return a list as JSON has it: ok, today, total, records, unreadable (ids).

    A record has id, path, title, state, reported_on, occurred_on, classification, hazard, site, area, level, severity,
    likelihood, band, decision, owners, due (what, on, whose), overdue (what), open_actions (id, owner, due), proposed
    (the transition that is) and, with --ledger, number.
    """
    return {
        "ok": True,
        "today": listed.today,
        "total": listed.total,
        "records": [_as_data(summary, listed) for summary in listed.summaries],
        "unreadable": list(listed.unreadable),
    }


def _as_data(summary: Summary, listed: Listed) -> dict[str, Any]:
    data = {key: getattr(summary, key) for key in (*SHOWN, *RISK)}
    data |= {
        "owners": list(summary.owners),
        "due": [{"what": what, "on": on, "whose": whose} for what, on, whose in summary.due],
        "overdue": list(summary.overdue(listed.today)),
        "open_actions": [{"id": action, "owner": owner, "due": due} for action, owner, due in summary.open_actions],
        "proposed": listed.proposed.get(summary.id, ""),
    }
    return data | ({"number": listed.numbers.get(summary.id, 0)} if listed.numbers else {})


def _tell(listed: Listed) -> None:
    if listed.summaries:
        numbered = bool(listed.numbers)
        headers = ["Id", "Title", "State", "Reported", "Class", "Level", "Waits for"]
        rows = [_row(summary, listed) for summary in listed.summaries]
        table(*_as_wide_as_seen(["No.", *headers] if numbered else headers, rows))
        say("")
    found, total = listed.found, listed.total
    if len(listed.summaries) < found:
        say(f"The first {len(listed.summaries)} of {found}; all of them: --limit 0")
    say(f"{total} {'record' if total == 1 else 'records'}." if found == total else f"{found} of {total} records.")
    if not total:
        say("Report the first one: nearmiss report")
    if listed.unreadable:
        say(f"Not shown, since they cannot be read (see nearmiss check): {', '.join(listed.unreadable)}.", err=True)


def _as_wide_as_seen(headers: list[str], rows: list[list[object]]) -> tuple[list[str], list[list[object]]]:
    """Leave columns out where a terminal is too narrow for all of them, the least needed first."""
    gone = {name for name, least in LEAST_WIDTH.items() if is_terminal() and width() < least}
    kept = [place for place, header in enumerate(headers) if header not in gone]
    return [headers[place] for place in kept], [[row[place] for place in kept] for row in rows]


LEAST_WIDTH = {"Level": 100, "Class": 100, "Reported": 90, "Waits for": 60}
"""How wide a terminal must be for a column to be shown in a list."""


def _row(summary: Summary, listed: Listed) -> list[object]:
    number: list[object] = [listed.numbers.get(summary.id, "")] if listed.numbers else []
    level = f"{summary.level or '–'}{f' ({summary.band})' if summary.band else ''}"
    return [
        *number,
        summary.id,
        summary.title,
        summary.state,
        summary.reported_on,
        summary.classification or "–",
        level,
        _waits_for(summary, listed),
    ]


def _waits_for(summary: Summary, listed: Listed) -> str:
    overdue = summary.overdue(listed.today)
    waits = [f"{listed.proposed[summary.id]} (proposed)"] if summary.id in listed.proposed else []
    waits += [f"{', '.join(overdue)} overdue"] if overdue else []
    if summary.due and not overdue:
        what, on, _ = summary.due[0]
        waits.append(f"{what} until {on}")
    return "; ".join(waits)
