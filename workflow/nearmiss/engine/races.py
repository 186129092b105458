"""Races between commands: what somebody else overtook is made again on what is there now, a few times."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from nearmiss.engine.errors import OvertakenError
from nearmiss.engine.refusals import LostRaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nearmiss.errors import NearMissError
    from nearmiss.policy.dossier import Dossier

Result = TypeVar("Result")

ATTEMPTS = 12
"""So often a lost race is run again. Somebody else won each of them, so even a crowd comes to its end."""


def run_again(attempt: Callable[[], Result], *, on: type[NearMissError] = LostRaceError) -> Result:
    """Return what an attempt gives; one that lost a race is made again from the start, on what is there by then."""
    for _ in range(ATTEMPTS - 1):
        with suppress(on):
            return attempt()
    return attempt()


def require_unchanged(basis: Dossier | None, now: Dossier, parts: Iterable[object]) -> None:
    """Raise OvertakenError where parts of a record are not any more what a change of them was made from."""
    if basis is None:
        return
    moved = [str(part) for part in dict.fromkeys(parts) if basis.digest_of(str(part)) != now.digest_of(str(part))]
    if moved:
        raise OvertakenError(now.id, moved)
