"""Where a repository is on the web, read from the address that git has for its remote."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

_LIKE_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>\[[0-9a-fA-F:]+\]|[^:/\s\[\]]+):(?P<path>[^\s]+)")
_OTHER_DOORS = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
"""Hosts that take git through a port that firewalls let pass, and whose pages are elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A repository on a forge: `https`, `forge.example` (with its port), `owner/repository`."""

    scheme: str
    host: str
    path: str

    def __bool__(self) -> bool:
        """Whether it is known where the repository is on the web."""
        return bool(self.host)

    @property
    def web(self) -> str:
        """The address of the forge itself."""
        return f"{self.scheme}://{self.host}"

    @property
    def page(self) -> str:
        """The page of the repository."""
        return f"{self.web}/{quote(self.path)}"

    @property
    def is_private(self) -> bool:
        """Whether what is sent there can be read by nobody on the way."""
        return self.scheme == "https" or _is_here(urlsplit(self.web).hostname or "")


NOWHERE = Address(scheme="", host="", path="")
"""What a remote stands for whose address is a folder, or anything else that has no pages."""


def read_address(url: str) -> Address:
    """Return where a remote's repository is on the web, without any password; NOWHERE where the address does not say.

    What is reached over ssh has its pages at the same host.
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        match = _LIKE_SCP.fullmatch(url)
        return _address("https", match["host"], match["path"]) if match else NOWHERE
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return NOWHERE
    if scheme not in {"http", "https", "ssh", "git+ssh"} or not parts.hostname:
        return NOWHERE
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if scheme in {"http", "https"}:
        return _address(scheme, f"{host}:{port}" if port else host, parts.path)
    return _address("https", host, parts.path)


def _address(scheme: str, host: str, path: str) -> Address:
    name = unquote(path).strip("/").removesuffix(".git")
    parts = name.split("/")
    if len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):  # noqa: PLR2004 - an owner and a name
        return NOWHERE
    return Address(scheme=scheme, host=_OTHER_DOORS.get(host.lower(), host.lower()), path=name)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
