"""Which argument and which option of a command offers what to a shell that completes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.completion import offers
from nearmiss.cli.completion.offers import Offered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.completion.offers import Source

SORTS = ("id", "reported_on", "state", "severity", "due", "title")

SHARED: Mapping[str, Source] = {
    "record_id": offers.records(offers.any_record),
    "subject": offers.proposed,
    "assignments": offers.assignments,
    "removals": offers.removals,
    "sources": offers.section_files,
    "source": offers.files,
    "branch": offers.branches,
    "revision": offers.revisions,
    "base": offers.revisions,
    "role": offers.roles,
    "states": offers.states,
    "classification": offers.terms("classification"),
    "site": offers.terms("site"),
    "area": offers.terms("area"),
    "location": offers.terms("location"),
    "group": offers.terms("group"),
    "level": offers.levels,
    "owner": offers.people,
    "output": offers.files,
}
"""What the arguments and options offer that mean the same in every command, by their names."""

OWN: Mapping[str, Mapping[str, Source]] = {
    "advance": {"subject": offers.to_advance, "transition": offers.transitions, "to": offers.targets},
    "approve": {"waive": offers.waivable},
    "close": {"record_id": offers.records(offers.is_closable)},
    "demo": {"directory": offers.folders},
    "edit": {"section": offers.sections},
    "import": {"file": offers.files, "mapping": offers.mappings},
    "init": {"directory": offers.folders, "team": offers.presets, "people_file": offers.files},
    "list": {"sort": offers.words(*SORTS)},
    "progress": {"record_id": offers.records(offers.has_open_action), "action": offers.actions, "on": offers.today},
    "report": {
        "stopped_by": offers.terms("barrier"),
        "links": offers.links,
        "attached": offers.files,
        "occurred_on": offers.today,
    },
    "schema": {"name": offers.schemas},
    "site": {"output": offers.folders},
    "terms": {"name": offers.lists},
}
"""What a command's own arguments and options offer."""


def offer(command: click.Command, name: str) -> None:
    """Let the arguments and options of a command, and of those below it, offer what they know."""
    for param in command.params:
        source = OWN.get(name, {}).get(param.name or "") or SHARED.get(param.name or "")
        if source is not None and not isinstance(param.type, click.Choice):
            param.type = Offered(source)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            offer(inner, name)
