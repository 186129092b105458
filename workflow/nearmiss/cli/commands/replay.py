"""`nearmiss replay`: what another policy would have said of every step that was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.command(short_help="Tell what another policy would have said of every step.")
@click.option(
    "--policy", "folder", required=True, metavar="FOLDER", help="Where the policy lies; what it lacks stays as it is."
)
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, folder: str, as_json: bool) -> None:
    """Judge every step that the main branch took once more, as if the policy in FOLDER had been in force that day.

    FOLDER is a register, its workflow/ or workflow/policy/, or any folder with some of a policy's files. Nothing is
    written. It ends with 0 where every step would have passed as it did, and with 1 where one would have been refused,
    waited for somebody, or been late.

    Example: nearmiss replay --policy workflow/policy
    """
    from nearmiss.app.policy_folder import read_policy_folder
    from nearmiss.engine.replaying.replaying import replay

    policy = read_policy_folder(surroundings.at(folder), folder)
    with Gauge("Replaying") as gauge:
        replayed = replay(surroundings.desk(), policy.files, names=policy.names, progress=gauge)
    if as_json:
        from nearmiss.cli.replay.data import replay_as_data

        emit(replay_as_data(replayed))
    else:
        from nearmiss.cli.replay.text import say_replay

        say_replay(replayed)
    if replayed.differing:
        raise click.exceptions.Exit(ExitCode.REFUSED)
