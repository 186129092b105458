"""`nearmiss completion`: the script by which a shell completes commands, options and ids."""

from __future__ import annotations

import click

HOW = {
    "bash": 'eval "$(nearmiss completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(nearmiss completion zsh)"  in ~/.zshrc',
    "fish": "nearmiss completion fish > ~/.config/fish/completions/nearmiss.fish",
}


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(list(HOW)))
def command(shell: str) -> None:
    """Print a script with which bash, zsh or fish completes commands, options and record ids.

    For bash put this into ~/.bashrc: eval "$(nearmiss completion bash)"

    Example: nearmiss completion fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows these three
    program = click.get_current_context().find_root().command
    # Not `source()`: that starts a bash to look at its version, and bash need not be there to print its script.
    script = found(program, {}, "nearmiss", "_NEARMISS_COMPLETE")
    click.echo(script.source_template % script.source_vars())
