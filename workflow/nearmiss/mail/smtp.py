"""Sending letters by SMTP: one connection for many, and a plain sentence for each that did not go out."""

from __future__ import annotations

import smtplib
import ssl
from typing import TYPE_CHECKING

from nearmiss.engine.mailing import Letter, LettersUnsentError, MailError, Unsent
from nearmiss.mail.addresses import PASSWORD, Office, sendable
from nearmiss.mail.composing import compose, on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


PATIENCE = 20.0
"""Seconds in which a mail server must take a connection, and each word of the talk."""

LONGEST_QUOTE = 200
MOST_BROKEN = 3
"""How often a server may break off before nothing more is tried."""

NO = 400
"""From here on, what a server answers is a refusal."""

HANGS_UP = 421
"""What a server says that ends the talk, for instance after so many letters; it may be called again."""


class NoPrivateWayError(MailError):
    """The server does not offer to encipher what is said to it."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The mail server {host} does not offer STARTTLS, so that letters could be read on the way.",
            hint="Use smtps:// if it offers that, or say ?tls=none if the way to it is your own.",
        )


class Postman:
    """Sends letters through one mail server, which its environment names."""

    def __init__(self, office: Office, *, patience: float = PATIENCE, trust: ssl.SSLContext | None = None) -> None:
        self._office, self._patience, self._trust = office, patience, trust

    def send(self, letters: Sequence[Letter]) -> None:
        """Send letters; raises LettersUnsentError when all were tried and some did not go out."""
        if not letters:
            return
        talk = _Talk(self._office, patience=self._patience, trust=self._trust or ssl.create_default_context())
        try:
            unsent = list(_send(talk, letters))
        finally:
            talk.end()
        if unsent:
            raise LettersUnsentError(unsent, of=len(letters))


def _send(talk: _Talk, letters: Sequence[Letter]) -> Iterator[Unsent]:
    """Yield what did not go out. Where the server cannot be spoken to any more, that is all that is left."""
    broken = 0
    for place, letter in enumerate(letters):
        addresses = [plain for plain in map(sendable, letter.to) if plain]
        impossible = tuple(address for address in letter.to if not sendable(address))
        if impossible:
            why = f"No letter can go to {shown(', '.join(impossible))}: it is no address that mail servers know."
            yield Unsent(letter=letter, addresses=impossible, why=why)
        if not addresses:
            continue
        try:
            refused = talk.deliver(letter, addresses)
        except _ClosedError as error:
            yield from (Unsent(letter=left, addresses=left.to, why=str(error)) for left in letters[place:])
            return
        except (OSError, smtplib.SMTPException) as error:
            yield Unsent(letter=letter, addresses=tuple(addresses), why=talk.why_not(error))
            broken += not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
            if broken == MOST_BROKEN:
                why = f"The mail server broke off {broken} times, so no more was tried."
                yield from (Unsent(letter=left, addresses=left.to, why=why) for left in letters[place + 1 :])
                return
            continue
        for address, answer in refused.items():
            yield Unsent(letter=letter, addresses=(address,), why=_refused(address, answer))


class _ClosedError(Exception):
    """The server cannot be spoken to; the message says why."""


class _Talk:
    """One talk with a mail server, taken up again where the server hangs up in between."""

    def __init__(self, office: Office, *, patience: float, trust: ssl.SSLContext) -> None:
        self._office, self._patience, self._trust = office, patience, trust
        self._connection: smtplib.SMTP | None = None

    def deliver(self, letter: Letter, addresses: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """Hand a letter over, and return the addresses that were refused, each with what the server said.

        A server that takes only so many letters in one talk says so and hangs up: then it is called once more. Where it
        breaks off without a word, it may have taken the letter, which is not sent a second time.
        """
        # As bytes: of a message, smtplib would change lines that begin with "From ".
        message = compose(letter, sender=self._office.sender, addresses=addresses).as_bytes()
        try:
            return self._open().sendmail(self._office.sender, list(addresses), message)
        except smtplib.SMTPException as error:
            if not _is_hung_up(error):
                raise
        self.end()
        return self._open().sendmail(self._office.sender, list(addresses), message)

    def end(self) -> None:
        """Say good-bye, and mind nothing that happens then."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (OSError, smtplib.SMTPException):
            connection.close()

    def _open(self) -> smtplib.SMTP:
        """Return a connection on which the server listens: the one there is, or a new one; raises _ClosedError."""
        if self._connection is not None:
            try:
                if self._connection.noop()[0] < NO:
                    return self._connection
            except (OSError, smtplib.SMTPException):
                pass
            self.end()
        try:
            self._connection = self._connect()
        except (OSError, smtplib.SMTPException, MailError) as error:
            raise _ClosedError(self._why_closed(error)) from None
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        office = self._office
        # Its own name is not asked for: that could take long, and need not be told to anybody.
        named = office.sender.rpartition("@")[2]
        if office.is_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                office.host, office.port, local_hostname=named, timeout=self._patience, context=self._trust
            )
        else:
            connection = smtplib.SMTP(office.host, office.port, local_hostname=named, timeout=self._patience)
        try:
            self._greet(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, connection: smtplib.SMTP) -> None:
        office = self._office
        connection.ehlo_or_helo_if_needed()
        if not office.is_tls and not office.is_plain:
            if not connection.has_extn("starttls"):
                raise NoPrivateWayError(office.host)
            connection.starttls(context=self._trust)
            connection.ehlo()
        if office.user:
            connection.login(office.user, office.password)

    def _why_closed(self, error: Exception) -> str:
        host = f"{self._office.host}:{self._office.port}"
        if isinstance(error, MailError):
            return f"{error.message} {error.hint}"
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return f"The mail server {host} does not let {self._office.user} in: look at {PASSWORD}."
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return f"The mail server {host} does not let anybody log in here: leave out the user, or take another port."
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"The mail server {host} cannot show that it is what it says: {shown(error.verify_message)}."
        if isinstance(error, ssl.SSLError):
            return f"The mail server {host} does not speak TLS there: smtps:// has port 465, and smtp:// 587 or 25."
        return f"The mail server {host} cannot be reached: {_reason(error)}."

    def why_not(self, error: Exception) -> str:
        """Say why a letter did not go out."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return " ".join(_refused(address, answer) for address, answer in error.recipients.items())
        if isinstance(error, smtplib.SMTPResponseException):
            return f"The mail server {self._office.host} did not take it: {_said(error.smtp_code, error.smtp_error)}."
        return f"The mail server {self._office.host} broke off: {_reason(error)}."


def shown(text: str) -> str:
    """Return what somebody else said, fit to be quoted in a sentence."""
    return on_one_line(text, LONGEST_QUOTE)


def _is_hung_up(error: smtplib.SMTPException) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == HANGS_UP for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code == HANGS_UP


def _refused(address: str, answer: tuple[int, bytes]) -> str:
    return f"The mail server does not take letters for {address}: {_said(*answer)}."


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {shown(text)}".rstrip(" .")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    said = getattr(error, "strerror", None) or str(error)
    return shown(said).rstrip(".") or type(error).__name__
