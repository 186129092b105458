"""The program as a whole: its commands by name, each imported when it is called, behind the one boundary."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from nearmiss import __version__
from nearmiss.cli.boundary import guarded, silence
from nearmiss.cli.surroundings import Surroundings
from nearmiss.cli.voice import is_terminal
from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

FAMILIES: Mapping[str, Mapping[str, str]] = {
    "Begin": {
        "init": "Lay down a register in a folder.",
        "demo": "Watch eight near misses travel from report to lesson.",
    },
    "Report and look": {
        "report": "Report a near miss, in under a minute.",
        "serve": "Serve the report form and the team's desk.",
        "waiting": "Tell what waits for you.",
        "list": "List near misses.",
        "show": "Show one near miss on a page.",
        "history": "Tell who did what to a near miss, and when.",
        "terms": "Show the terms that records may use.",
        "indicators": "Work out the team's figures.",
    },
    "Work on a case": {
        "edit": "Fill in a section of a near miss.",
        "progress": "Say how an action stands.",
        "advance": "Propose the next step of a near miss, or a change of policy.",
        "close": "Propose all steps that are left of a small case.",
    },
    "Decide": {
        "review": "Tell what a proposal changes and who may sign it.",
        "approve": "Sign a proposal.",
        "object": "Object to a proposal.",
        "merge": "Put a proposal in force.",
        "attest": "Turn what people said on requests into sign-offs.",
        "gate": "Say whether a request may be merged.",
    },
    "Look after the register": {
        "remind": "Tell people what is due of them.",
        "check": "Check every record and every sign-off in force.",
        "audit": "Prove from the history that no step was skipped.",
        "leaks": "Look for what tells who reported without a name.",
        "replay": "Tell what another policy would have said of every step.",
        "import": "Import reports from a table.",
        "export": "Export records for spreadsheets and other programs.",
        "keys": "List, add or retire the keys that people sign with.",
        "intake": "Look after reports that wait, and who may sign in at the desk.",
        "schema": "Export what a record may say, for editors.",
        "site": "Build, serve or export the site of lessons, or change its looks.",
        "hook": "Judge what is pushed to a plain git server.",
        "completion": "Print the completion script of a shell.",
    },
}
"""Every command in the order of the help, with its sentence there; each is `command` in the module of its name."""

MODULES = {"list": "listing", "import": "importing", "object": "objecting"}
"""Commands whose modules have another name, because theirs is a word of the language."""


ASKED = "_NEARMISS_COMPLETE"
"""The variable by which a script for completion says which shell asks."""

PAGED = frozenset({
    "list", "show", "history", "review", "gate", "check", "audit", "leaks", "replay", "indicators", "waiting", "terms",
    "keys",
})  # fmt: skip
"""Commands whose output may be longer than a screen."""


class GoneError(NearMissError):
    """The folder in which the program was started does not exist any more."""

    def __init__(self) -> None:
        super().__init__("The folder that you are in is gone.", hint="Go to another one: cd")


class UnknownCommandError(UsageError):
    """No command has this name."""

    def __init__(self, said: str, known: list[str]) -> None:
        from nearmiss.cli.input.nearest import suggestion

        super().__init__(f"There is no command {said}.", hint=f"{suggestion(said, known)} See: nearmiss --help")


class Program(click.Group):
    """The group of all commands. Asking for help imports none of what a command works with."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click hands it to all
        """Return the names of all commands in the order of the help."""
        return [name for family in FAMILIES.values() for name in family]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return it."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"nearmiss.cli.commands.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        if ASKED in os.environ:
            from nearmiss.cli.completion.arguments import offer

            offer(command, cmd_name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands with their sentences, without importing one of them, and the options before them."""
        from click.shell_completion import CompletionItem

        told = {name: words for family in FAMILIES.values() for name, words in family.items()}
        found = [CompletionItem(name, help=told[name]) for name in told if name.startswith(incomplete)]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; raises UnknownCommandError, with what is like it."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise UnknownCommandError(args[0], known)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands family by family."""
        widest = max(len(name) for name in self.list_commands(ctx))
        for family, commands in FAMILIES.items():
            with formatter.section(family):
                formatter.write_dl(list(commands.items()), col_spacing=2 + widest - max(map(len, commands)))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; where whoever reads the output stops reading, that is no failure."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            silence()
            raise click.exceptions.Exit(0) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002, FBT001, FBT002 - click's own signature; the boundary is always on
        **extra: Any,
    ) -> Any:
        """Run the program and leave it with an exit code; see `boundary`."""
        if ASKED in os.environ:
            from nearmiss.cli.completion.shells import answer

            answer(self, os.environ[ASKED], extra)
            sys.exit(0)
        words = list(sys.argv[1:] if args is None else args)
        run = super().main
        sys.exit(
            guarded(
                lambda: run(words, prog_name, complete_var, standalone_mode=False, **extra),
                as_json="--json" in words,
            )
        )


def _is_here() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - as below
    except OSError:
        return False
    return True


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="nearmiss", message="%(prog)s %(version)s")
@click.option(
    "-C",
    "directories",
    multiple=True,
    metavar="DIR",
    type=click.Path(),
    help="Work as if started in DIR. Each further one counts from the one before.",
)
@click.option("--no-pager", is_flag=True, help="Let long output run past instead of paging it.")
@click.pass_context
def program(context: click.Context, /, *, directories: tuple[str, ...], no_pager: bool) -> None:
    """Near misses and what was learned from them, as records in git: reported, proved, published.

    Begin with `nearmiss demo` to watch, `nearmiss init` to make a register, `nearmiss report` in one.
    """
    surroundings: Surroundings = context.obj
    if not os.path.isdir(surroundings.place or ".") or not _is_here():  # noqa: PTH112 - pathlib takes 5 ms to import
        raise GoneError
    for directory in directories:
        surroundings = surroundings.within(directory)
        if not os.path.isdir(surroundings.place):  # noqa: PTH112 - as above
            raise click.UsageError(f"There is no folder {surroundings.directory}.")
    context.obj = surroundings
    if context.invoked_subcommand in PAGED and not no_pager and is_terminal():
        _page(context)
    if context.invoked_subcommand is None:
        from nearmiss.cli.home import welcome

        welcome(surroundings)


def _page(context: click.Context) -> None:
    from nearmiss.app.places import personal_pager
    from nearmiss.cli.output.pager import paged

    context.with_resource(paged(personal_pager))
