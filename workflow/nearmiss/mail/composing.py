"""A letter as mail servers take it: plain text, in headers that nothing in it can break."""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.mailing import Letter

NAME = "Near misses"
"""The name beside the address that letters come from."""

LONGEST_SUBJECT = 200


def compose(letter: Letter, *, sender: str, addresses: Sequence[str]) -> EmailMessage:
    """Return a letter ready to be sent, marked as written by a program, so that none answers it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(NAME, addr_spec=sender)
    message["To"] = [Address(addr_spec=address) for address in addresses]
    message["Subject"] = on_one_line(letter.subject, LONGEST_SUBJECT)
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(printable(letter.text), charset="utf-8", cte="quoted-printable")
    return message


def printable(text: str) -> str:
    """Return a text without what is no character, or would do something to whatever shows it; lines stay lines."""
    return "".join(char if char == "\n" or char.isprintable() else " " for char in text)


def on_one_line(text: str, longest: int) -> str:
    """Return a text as one line of bounded length, so that it can never begin another header."""
    line = " ".join(printable(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
