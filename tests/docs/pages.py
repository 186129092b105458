"""The project's pages and what they are made from: where they lie, and the tables that stand in them by a mark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.program import program
from nearmiss.engine.exporting.columns import sheets
from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.store.documents import YamlDocuments
from tests.docs import tables
from tests.policy.faults import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MARK = re.compile(r"<!-- table: (?P<name>[a-z-]+) -->\n\n(?P<table>(?:\|.*\n)*)")
FOLDER = Path("site") / "docs" / "project"


def tables_of(root: Path) -> Mapping[str, str]:
    """Return every table by the name of its mark, as the files of this checkout say it."""
    workflow = _read(root / "workflow" / "policy" / "workflow.yaml")
    risk = _read(root / "workflow" / "policy" / "risk.yaml")
    lists = {path.stem: _read(path) for path in (root / "schemas" / "vocabulary").glob("*.yaml")}
    presets = {name: _read(root / "templates" / "presets" / f"{name}.yaml") for name in PRESETS}
    made = {
        function.__name__.replace("_", "-"): function(workflow)
        for function in (
            tables.states,
            tables.transitions,
            tables.needs,
            tables.guards,
            tables.signers,
            tables.meanings,
            tables.in_words,
        )
    }
    return {
        **made,
        "matrix": tables.matrix(risk),
        "bands": tables.bands(risk),
        "presets": tables.presets(presets),
        "tried": tables.tried(FAULTS),
        "vocabulary": tables.vocabulary(lists),
        "indicators": tables.indicators(INDICATORS),
        "sheets": tables.sheets(sheets()),
        **{f"options-{name}": shown for name, command in _commands() if (shown := tables.options(command))},
    }


def _commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command by its name, and instead of a group of commands those below it: `site-build`."""
    context = click.Context(program)
    for name in program.list_commands(context):
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name}-{below}", one) for below, one in command.commands.items())
        elif command is not None:
            yield name, command


PRESETS = ("small", "standard", "regulated")


def _read(path: Path) -> dict[str, Any]:
    return YamlDocuments().read(path.read_bytes()).data or {}


def renewed(page: str, made: Mapping[str, str]) -> str:
    """Return a page with its tables as they should be, each between blank lines: what follows would be a row of it."""

    def put(mark: re.Match[str]) -> str:
        gap = "" if page[mark.end() : mark.end() + 1] in {"", "\n"} else "\n"
        return f"<!-- table: {mark['name']} -->\n\n{made[mark['name']]}\n{gap}"

    return MARK.sub(put, page)


def main() -> None:
    """Put the tables into the pages of this checkout, as a test wants them."""
    root = Path(__file__).parents[2]
    made = tables_of(root)
    for path in sorted((root / FOLDER).glob("*.md")):
        path.write_text(renewed(path.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main()
