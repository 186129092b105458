"""Keeping house: what is done beside the requests, each day, by the same calls that the command line makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """Return what is to be done now."""
    del house
    return []
