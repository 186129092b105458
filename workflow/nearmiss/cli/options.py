"""Options and arguments that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.models.ids import is_record_id, read_id

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class RecordId(click.ParamType[str]):
    """The id of a record."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the id as it was typed or heard; refuse what can be none, before anything is opened."""
        record_id = read_id(value)
        if not is_record_id(record_id):
            self.fail(f"{value} is not the id of a record; one looks like NM-2026-7Q4K2.", param, ctx)
        return record_id


class Subject(RecordId):
    """The id of a record, or the word `policy`."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Let the policy through as it is."""
        return "policy" if value.lower() == "policy" else super().convert(value, param, ctx)


record_argument = click.argument("record_id", metavar="ID", type=RecordId())
subject_argument = click.argument("subject", metavar="ID|policy", type=Subject())

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
branch_option = click.option(
    "--branch", default="", metavar="NAME", help="The proposal's branch, if there are several."
)
because_option = click.option("--because", default="", metavar="TEXT", help="The reason, where the step asks for one.")
sign_option = click.option("--sign", is_flag=True, help="Sign with your SSH key; done unasked where one is listed.")
key_option = click.option(
    "--key", default="", metavar="FILE", help="The SSH key to sign with, its .pub file, or key:: and the line of one."
)
push_option = click.option("--push", is_flag=True, help="Push the branch, and open a request where the forge can.")

set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="PATH=VALUE",
    help="Put a value, as assessment.level=low; repeatable.",
)
unset_option = click.option("--unset", "removals", multiple=True, metavar="PATH", help="Take a value out; repeatable.")

_FILTERS = (
    click.option("--state", "states", multiple=True, metavar="STATE", help="Only this state; repeatable."),
    click.option("--classification", default="", metavar="TERM", help="Only this classification."),
    click.option("--area", default="", metavar="TERM", help="Only this area."),
    click.option("--site", default="", metavar="TERM", help="Only this site."),
    click.option("--level", default="", metavar="LEVEL", help="minimal, low, medium or high."),
    click.option("--owner", default="", metavar="HANDLE", help="Only those with an open action of this person."),
    click.option("--overdue", is_flag=True, help="Only those with something past its due date."),
    click.option("--text", default="", metavar="WORDS", help="Only those in which all these words occur."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command be told which records are wanted, in the words of `engine.looking.listing.Wanted`."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command
