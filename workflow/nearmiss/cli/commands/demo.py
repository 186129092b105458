"""`nearmiss demo`: eight near misses, played from report to published lesson before one's eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.commands.check import say_checked
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import one_line, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.app.demo import DemoResult
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.demo import Scene


@click.command(short_help="Watch eight near misses travel from report to lesson.")
@click.argument("directory", metavar="DIR")
@click.pass_obj
def command(surroundings: Surroundings, /, *, directory: str) -> None:
    """Make a register in DIR and play eight invented near misses in it, by the same commands that you would use.

    It ends with the verdict of the check and the site of lessons. An earlier demo in DIR is replaced.

    Example: nearmiss demo build/demo
    """
    from nearmiss.app.demo import play_demo

    result = play_demo(surroundings.at(directory), say=_say_scene)
    say("")
    say_checked(result.checked)
    with Gauge("Building the site"):
        page = surroundings.build_site(result.directory, None, _warn)
    _tell(result, page, directory)
    if result.checked.verdict == "refuse":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _say_scene(scene: Scene) -> None:
    say(
        (scene.on.replace("T", " "), "dim"),
        f"  {one_line(scene.who)} ",
        f"{one_line(scene.what)} ",
        (scene.record, "dim"),
    )


def _warn(warning: str) -> None:
    say(one_line(warning), err=True)


def _tell(result: DemoResult, page: Path, directory: str) -> None:
    say("")
    say(f"{result.steps} steps were played. Read what was learned: ", (str(page), "bold"))
    say(f"Look around: cd {directory} && nearmiss list")
    say(f"In there you are {one_line(result.visitor.name)}, a {result.visitor.roles[0]['role']}.")
    for record_id in result.waiting:
        say(f"Something waits for a signature: nearmiss review {record_id}")
