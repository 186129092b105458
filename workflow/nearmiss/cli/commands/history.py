"""`nearmiss history`: who did what to a near miss and when, from git and from the sign-offs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import json_option, record_argument
from nearmiss.cli.voice import emit, one_line, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.looking.showing import Entry

SIGNED = ("seq", "transition", "from", "to", "verdict", "by", "name", "role", "at", "meaning", "because")


@click.command(short_help="Tell who did what to a near miss, and when.")
@record_argument
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, record_id: str, as_json: bool) -> None:
    """Tell what happened to a near miss on the main branch, the latest first, with every signature and what it meant.

    Names in commits are claims; the signatures in force are what counts, and `nearmiss check` proves them.

    Example: nearmiss history NM-2026-7Q4K2
    """
    from nearmiss.engine.looking.showing import history

    entries = history(surroundings.desk(), record_id)
    if as_json:
        emit(history_as_data(record_id, entries))
        return
    for entry in entries:
        _tell(entry)


def history_as_data(record_id: str, entries: Sequence[Entry]) -> Mapping[str, Any]:
    """Return a history as JSON has it: ok, id, entries.

    An entry has commit, when, name (a claim), subject, sections, state (where it changed) and signed: seq, transition,
    from, to, verdict, by, name, role, at, meaning, because.
    """
    return {
        "ok": True,
        "id": record_id,
        "entries": [
            {
                "commit": entry.commit,
                "when": entry.when,
                "name": entry.name,
                "subject": entry.subject,
                "sections": list(entry.sections),
                "state": entry.state,
                "signed": [{key: said.get(key, "") for key in SIGNED} for said in entry.signed],
            }
            for entry in entries
        ],
    }


def _tell(entry: Entry) -> None:
    when = entry.when.replace("T", " ")
    say((when, "dim"), f"  {one_line(entry.name)}  ", (f"{entry.commit[:10]}", "dim"))
    say(f"  {one_line(entry.subject)}")
    if entry.state:
        say(f"  State: {entry.state}")
    elif entry.sections:
        say(f"  Changed: {', '.join(entry.sections)}")
    for said in entry.signed:
        word = "Signed" if said["verdict"] == "approve" else "Objection"
        say((f"  {word}", "bold"), f": {one_line(said['name'])} ({said['by']}, {said['role']}) at {said['at']}")
        say(f"    {one_line(said['meaning'])}")
        if said.get("because"):
            say(f"    Because: {one_line(said['because'])}")
        if said.get("waiver"):
            say(f"    Waived: {one_line(said['waiver']['rule'])} ({one_line(said['waiver']['because'])})")
