"""The address of a mail server, as the variable NEARMISS_SMTP says it, and addresses that letters can go to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from nearmiss.engine.mailing import MailError

VARIABLE = "NEARMISS_SMTP"
PASSWORD = "NEARMISS_SMTP_PASSWORD"  # noqa: S105 - the name of the variable, not what it holds
PORTS = {"smtp": 587, "smtps": 465}
"""Which way of speaking has which port where none is said."""

EXAMPLE = "smtp://user@mail.example.org:587?from=near-misses@example.org"

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*", re.ASCII)


class BadMailSettingError(MailError):
    """The variable that names the mail server cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{VARIABLE} does not say how to send letters: {why}", hint=f"Write it so: {EXAMPLE}")


@dataclass(frozen=True, kw_only=True)
class Office:
    """A mail server: how to speak with it, who logs in, and which address letters come from.

    `is_plain` says that nothing is enciphered by STARTTLS, as on this machine, or where somebody asked for that.
    """

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    is_tls: bool = False
    is_plain: bool = False


def read_office(said: str, password: str) -> Office:
    """Return the mail server that a text names: `smtp[s]://user@host:port?from=address`, with `tls=none` if need be.

    Raises BadMailSettingError.
    """
    try:
        parts = urlsplit(said)
        port = parts.port
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise BadMailSettingError("it is no address of a server.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadMailSettingError("it begins with smtp:// or smtps://, and the name of a server.")
    if parts.password is not None:
        raise BadMailSettingError(f"the password belongs into {PASSWORD}.")
    if parts.path not in {"", "/"} or set(query) - {"from", "tls"} or query.get("tls", "none") != "none":
        raise BadMailSettingError("after the server it knows from=… and tls=none only.")
    user = unquote(parts.username or "")
    sender = query.get("from") or (user if "@" in user else "")
    if not is_plain_address(sender):
        raise BadMailSettingError("from=… has to be an e-mail address.")
    is_plain = "tls" in query or is_here(parts.hostname)
    if user and "tls" in query and not is_here(parts.hostname):
        raise BadMailSettingError("a password is not sent where everybody on the way can read it: leave out tls=none.")
    return Office(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        sender=sender,
        user=user,
        password=password,
        is_tls=parts.scheme == "smtps",
        is_plain=is_plain,
    )


def is_here(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_plain_address(address: str) -> bool:
    """Say whether every mail server understands an address."""
    local, _, domain = address.rpartition("@")
    return bool(_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain))


def sendable(address: str) -> str:
    """Return an address as mail servers write it, or an empty text where no letter can go there.

    A domain in other letters than those of ASCII has a spelling in ASCII; a name before the @ has none.
    """
    local, _, domain = address.rpartition("@")
    try:
        encoded = domain.encode("idna")
        # The old rule, which Python knows, makes another domain of a few letters, such as ß.
        spelt = encoded.decode("ascii") if encoded.decode("idna") == domain.lower() or domain.isascii() else ""
    except UnicodeError:
        return ""
    plain = f"{local}@{spelt}"
    return plain if is_plain_address(plain) else ""
