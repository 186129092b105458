"""Taking a branch to the forge and opening a request for it; whatever the forge does, the branch is not lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.forges.port import ForgeError, PushWords
from nearmiss.engine.refusals import PushRefusedError

if TYPE_CHECKING:
    from nearmiss.engine.forges.port import Forge
    from nearmiss.engine.ports import Pushed, Repository


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Where a branch went. `address` is the request, or where to open one; `problem` says why there is none.

    `request` is the number of the request, and 0 where the forge did not tell it.
    """

    remote: str
    branch: str
    address: str = ""
    request: int = 0
    problem: str = ""


def take_to_forge(
    repository: Repository, forge: Forge | None, *, branch: str, remote: str, target: str, title: str
) -> Taken:
    """Push a branch and see to it that there is a request for it, as far as the forge lets us.

    Without a forge the branch is only pushed. Raises PushRefusedError where the remote does not take the branch, and
    never where only the request could not be opened: then the address is that at which a person can do it.
    """
    if forge is None:
        pushed = repository.push(branch, remote=remote)
        return Taken(remote=remote, branch=branch, address=pushed.address)
    words = forge.push_words(branch=branch, target=target, title=title)
    if words.destination and f"{remote}/{branch}" in repository.remote_branches(branch):
        # A branch that the remote has is added to; a request of its own would part from what others see.
        words = PushWords()
    pushed, asked = _push(repository, branch, remote, words)
    if not forge.can_speak:
        address = pushed.address or ("" if asked else forge.compare_address(branch=branch, target=target))
        return Taken(remote=remote, branch=branch, address=address)
    try:
        request = forge.open_request(branch=branch, target=target, title=title)
    except ForgeError as error:
        address = pushed.address or forge.compare_address(branch=branch, target=target)
        return Taken(remote=remote, branch=branch, address=address, problem=error.message)
    return Taken(remote=remote, branch=branch, address=request.address, request=request.number)


def _push(repository: Repository, branch: str, remote: str, words: PushWords) -> tuple[Pushed, bool]:
    """Push with the forge's words, and where it does not understand them without; say whether they were taken."""
    if words:
        try:
            return repository.push(branch, remote=remote, options=words.options, destination=words.destination), True
        except PushRefusedError as error:
            if error.came_too_late:
                raise
    return repository.push(branch, remote=remote), False
