"""`nearmiss schema`: what a record may say, as JSON Schema for editors and other tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import json_option
from nearmiss.cli.voice import emit, plain, say
from nearmiss.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from nearmiss.app.schemas import Exported
    from nearmiss.cli.surroundings import Surroundings

RECORD = "near-miss"


class UnknownSchemaError(UsageError):
    """No schema has this name."""

    def __init__(self, name: str, known: list[str]) -> None:
        from nearmiss.cli.input.nearest import suggestion

        super().__init__(f"There is no schema {name}.", hint=suggestion(name, known))


@click.command(short_help="Export what a record may say, for editors.")
@click.argument("name", default=RECORD, metavar="[NAME]")
@click.option("--write", "action", flag_value="write", help="Write the files in schemas/ that are not up to date.")
@click.option("--check", "action", flag_value="check", help="Only say which files are not up to date.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, name: str, action: str | None, as_json: bool) -> None:
    """Print a JSON Schema (2020-12), made of the format and of this register's own workflow and vocabulary.

    NAME is near-miss where not given; people, workflow, vocabulary and others have one too.

    Example: nearmiss schema --write
    """
    from nearmiss.app.schemas import export, write

    exported = export(surroundings.desk())
    if action == "check":
        _check(exported, as_json=as_json)
    elif action == "write":
        written = write(surroundings.directory, exported)
        if as_json:
            emit({"ok": True, "written": written})
        else:
            say(f"Written: {', '.join(written)}." if written else "The schemas are up to date.")
    else:
        _print(exported, name)


def _check(exported: Exported, *, as_json: bool) -> None:
    if as_json:
        emit({"ok": not exported.stale, "findings": [finding_as_data(finding) for finding in exported.stale]})
    else:
        say_findings(exported.stale)
        say(f"{len(exported.stale)} of {len(exported.files)} schemas are not up to date.")
    if exported.stale:
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _print(exported: Exported, name: str) -> None:
    file = f"{name.removesuffix('.schema.json')}.schema.json"
    if file not in exported.files:
        raise UnknownSchemaError(name, [known.removesuffix(".schema.json") for known in exported.files])
    click.echo(plain(exported.files[file].decode()), nl=False)
