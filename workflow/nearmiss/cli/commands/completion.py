"""`nearmiss completion`: the script by which a shell completes commands, and what they are given."""

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
    """Print a script with which bash, zsh or fish completes what you type.

    That is commands and options, and what they are given: ids that fit, states, steps, fields and their values, terms
    with their labels, people, branches and files.

    For bash put this into ~/.bashrc, for zsh into ~/.zshrc: eval "$(nearmiss completion bash)"

    Example: nearmiss completion fish
    """
    from nearmiss.cli.completion.shells import SCRIPTS

    click.echo(SCRIPTS[shell], nl=False)
