"""Keeping house: what is done beside the requests, each day, by the same calls that the command line makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.intake.committing import commit_batch, commit_named
from nearmiss.engine.intake.purging import purge_daily
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nearmiss.engine.desk import Desk
    from nearmiss.intake.house import House


async def keep_house(house: House) -> None:
    """Commit what waits and is due, and delete what is to be deleted; what cannot be done is told, and tried later."""
    for job in chores(house):
        try:
            await house.write(job)
        except NearMissError as error:
            house.say(f"{error.message} {error.hint}")
        except Exception as error:  # noqa: BLE001 - the server goes on, and says where it broke
            house.note_fault(error)


def chores(house: House) -> list[Callable[[Desk], object]]:
    """Return what is to be done now: reports by name that were left over, the batch if it is due, and the day's purge.

    Each looks by itself whether there is anything to do.
    """
    intake = house.intake
    return [
        lambda desk: commit_named(desk, intake),
        lambda desk: commit_batch(desk, intake),
        lambda desk: purge_daily(intake, desk),
    ]
