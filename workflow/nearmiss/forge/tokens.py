"""Tokens: taken from the environment, or from `gh` where somebody is logged in, and only for the host they are for."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

OURS = "NEARMISS_FORGE_TOKEN"
"""The variable for a token that counts for the forge of the settings, whichever it is."""

PATIENCE = 10
"""Seconds in which `gh` must have found its token."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable that other programs read a token from, and which hosts it is for.

    `hosts_in` are variables that name the host; where none of them is set it is for `host`, and if that is empty for
    any host.
    """

    name: str
    host: str = ""
    hosts_in: tuple[str, ...] = ()

    def is_for(self, host: str, environment: Mapping[str, str]) -> bool:
        """Say whether a token in this variable may be sent to a host."""
        named = {host_of(environment[name]) for name in self.hosts_in if environment.get(name)}
        wanted = named or ({self.host} if self.host else {host})
        return host in wanted


VARIABLES: Mapping[str, tuple[Variable, ...]] = {
    "github": (
        Variable(name="GH_TOKEN", host="github.com", hosts_in=("GITHUB_SERVER_URL",)),
        Variable(name="GITHUB_TOKEN", host="github.com", hosts_in=("GITHUB_SERVER_URL",)),
        Variable(name="GH_ENTERPRISE_TOKEN", hosts_in=("GH_HOST",)),
    ),
    "gitlab": (Variable(name="GITLAB_TOKEN", host="gitlab.com", hosts_in=("CI_SERVER_URL", "GITLAB_HOST")),),
    "forgejo": (
        Variable(name="FORGEJO_TOKEN", hosts_in=("FORGEJO_SERVER_URL",)),
        Variable(name="GITEA_TOKEN", hosts_in=("GITEA_SERVER_URL",)),
    ),
}
"""Where each forge's own programs look for a token."""


def host_of(said: str) -> str:
    """Return the host, with its port, of an address or of a bare host."""
    return (urlsplit(said).netloc if "://" in said else said.partition("/")[0]).rpartition("@")[2].lower()


def names_of(kind: str) -> str:
    """Return in words where a token for a forge can be put."""
    return " or ".join([OURS, *(variable.name for variable in VARIABLES[kind])])


def find_token(kind: str, host: str, environment: Mapping[str, str]) -> str:
    """Return the token for a host, or an empty text. It is handed to nobody else and never written anywhere."""
    found = environment.get(OURS, "").strip()
    for variable in VARIABLES[kind]:
        if not found and variable.is_for(host, environment):
            found = environment.get(variable.name, "").strip()
    if not found and kind == "github":
        found = _token_of_gh(host, environment)
    return found if found.isascii() and found.isprintable() and " " not in found else ""


def _token_of_gh(host: str, environment: Mapping[str, str]) -> str:
    program = shutil.which("gh", path=environment.get("PATH", ""))
    if program is None:
        return ""
    command = [program, "auth", "token", "--hostname", host]
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours, and the host follows an option
            command, env=dict(environment), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
