"""Every kind of forge that is known here, by the name that the settings have for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.forge.addresses import read_address
from nearmiss.forge.forgejo import Forgejo
from nearmiss.forge.github import GitHub
from nearmiss.forge.gitlab import GitLab
from nearmiss.forge.tokens import find_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nearmiss.engine.forges.port import Forge
    from nearmiss.forge.addresses import Address

KINDS: Mapping[str, Callable[[Address, str], Forge]] = {"github": GitHub, "gitlab": GitLab, "forgejo": Forgejo}


def open_forge(kind: str, *, url: str, environment: Mapping[str, str]) -> Forge:
    """Return the repository on a forge that the address of a remote stands for.

    Nothing is asked yet. The token is the one in the environment that is for this host, if there is one. Where the
    address is no forge's, nothing can be asked either; what a push says to the forge is known all the same.
    """
    address = read_address(url)
    return KINDS[kind](address, find_token(kind, address.host, environment) if address else "")
