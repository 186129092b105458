"""What `nearmiss` alone says: in a register what waits for the person, elsewhere what this is and how to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.cli.voice import flow, heading, paragraph, say

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.errors import NearMissError

BEGIN = {
    "nearmiss demo build/demo": "Watch eight near misses travel from report to lesson.",
    "nearmiss init near-misses": "Lay down a register of your own.",
    "nearmiss -C DIR": "Work in a register that is somewhere else.",
    "nearmiss --help": "See every command.",
}
"""What can be done where there is no register."""


def welcome(surroundings: Surroundings) -> None:
    """Say what waits here, or how to begin where there is no register."""
    from nearmiss.errors import NearMissError

    try:
        _say_what_waits(surroundings)
    except NearMissError as error:
        if not _is_elsewhere(error):
            raise
        _say_how_to_begin()


def _is_elsewhere(error: NearMissError) -> bool:
    from nearmiss.engine.errors import NoCommitError, NotAnInstanceError
    from nearmiss.vcs.errors import NotARepositoryError

    return isinstance(error, NotARepositoryError | NoCommitError | NotAnInstanceError)


def _say_what_waits(surroundings: Surroundings) -> None:
    from nearmiss.app.places import kept_texts
    from nearmiss.cli.commands.waiting import FEW, find, tell

    tell(find(surroundings), kept_texts(surroundings.directory), most=FEW)


def _say_how_to_begin() -> None:
    say(paragraph("Near misses and what was learned from them, as records in git: reported, proved, published."))
    say("There is no register in this folder.")
    heading("To begin")
    for words, what in BEGIN.items():
        flow((f"{words:<27}", "bold"), what, indent=2, hang=27)
