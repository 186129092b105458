"""Plugging in the forge that the settings name, with the address of its remote and the token of the environment."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.forges.port import Forge
    from nearmiss.engine.ports import Repository
    from nearmiss.policy.settings import Settings


class NoForgeError(NearMissError):
    """There is no forge that could be asked."""

    def __init__(self) -> None:
        super().__init__(
            "The settings of this register name no forge.",
            hint="Set forge: {kind: github, remote: origin} in workflow/policy/settings.yaml; or gitlab, or forgejo.",
        )


@contextmanager
def forge_of(repository: Repository, settings: Settings) -> Iterator[Forge | None]:
    """Open the forge of a register until the end of the block; None where the settings name none.

    Raises UnknownRemoteError.
    """
    if settings.forge.kind == "plain":
        yield None
        return
    from nearmiss.forge.kinds import open_forge

    url = repository.remote_address(settings.forge.remote)
    forge = open_forge(settings.forge.kind, url=url, environment=os.environ)
    try:
        yield forge
    finally:
        forge.close()
