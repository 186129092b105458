"""Taking a branch to the remote that the settings name, with a request where the forge there can: for every door."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.forges.opening import Taken


def take_proposal(desk: Desk, branch: str, subject: str, title: str) -> Taken:
    """Push a proposal's branch and open a request for it; the branch stays, whatever the remote says.

    Raises PushRefusedError, UnknownRemoteError, and ForgeError where the forge cannot be spoken to at all.
    """
    from nearmiss.app.forging import forge_of
    from nearmiss.engine.forges.opening import take_to_forge
    from nearmiss.engine.proposing.proposals import main_register

    settings = main_register(desk)[1].newest.settings
    forge = settings.forge
    with forge_of(desk.repository, settings) as there:
        return take_to_forge(
            desk.repository,
            there,
            branch=branch,
            remote=forge.remote,
            target=settings.main_branch,
            title=f"{subject}: {title}",
        )


def is_shared(desk: Desk, remote: str) -> bool:
    """Say whether the repository has the remote that the settings name, so that what is committed is to go there."""
    return remote in desk.repository.remotes()
