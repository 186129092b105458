"""A mail server of its own on this machine, which keeps what it is given and can be told to misbehave."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A letter as the server took it: the addresses of the envelope, and its bytes."""

    sender: str
    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The letter, read."""
        read = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class Manners:
    """How the server behaves: what it offers, whom it refuses, and when it hangs up."""

    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    logins: dict[str, str] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    letters_a_talk: int = 1_000_000
    """So many letters it takes in one talk, and then says that it hangs up."""
    breaks_off_at: frozenset[int] = frozenset()
    """Letters, counted from 1, in the middle of which it breaks off without a word."""
    is_silent: bool = False
    """It takes the connection and says nothing."""


class PostOffice:
    """A running mail server: `letters` is what it took, `talks` how often it was called, `said` what was said to it."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.letters: list[Taken] = []
        self.talks = 0
        self.begun = 0
        self.said: list[str] = []
        self.over = threading.Event()
        office = self

        class Counter(_Counter):
            post_office = office

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Counter)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @contextlib.contextmanager
    def open(self) -> Iterator[PostOffice]:
        """Serve until the end of the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self.over.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class _Counter(socketserver.StreamRequestHandler):
    """One talk."""

    post_office: ClassVar[PostOffice]

    def handle(self) -> None:
        office, manners = self.post_office, self.post_office.manners
        office.talks += 1
        if manners.is_silent:
            office.over.wait(10)
            return
        with contextlib.suppress(OSError):
            if manners.tls is not None:
                self._encipher(manners.tls)
            self._talk(office, manners)
        if self.connection is not self.request:
            self.connection.close()

    def _encipher(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _talk(self, office: PostOffice, manners: Manners) -> None:  # noqa: C901 - one branch for each word of SMTP
        self._say("220 post.example ready")
        taken, sender = 0, ""
        to: list[str] = []
        while line := self.rfile.readline():
            word = line.decode("utf-8", "replace").rstrip("\r\n")
            verb = word.partition(" ")[0].upper()
            office.said.append(f"{verb}{word[len(verb) :]}")
            if verb == "EHLO":
                self._offer(manners)
            elif verb == "STARTTLS":
                assert manners.starttls is not None
                self._say("220 go ahead")
                self._encipher(manners.starttls)
            elif verb == "AUTH":
                user, password = base64.b64decode(word.split(" ")[2]).decode().split("\0")[1:]
                self._say("235 welcome" if manners.logins.get(user) == password else "535 wrong")
            elif verb == "MAIL":
                if taken >= manners.letters_a_talk:
                    self._say("421 too many letters, call again")
                    return
                sender, to = _address(word), []
                self._say("250 fine")
            elif verb == "RCPT":
                address = _address(word)
                is_refused = address in manners.refused
                to += [] if is_refused else [address]
                self._say("550 nobody of that name" if is_refused else "250 fine")
            elif verb == "DATA":
                self._say("354 go on, and end with a dot")
                office.begun += 1
                if office.begun in manners.breaks_off_at:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                office.letters.append(Taken(sender=sender, to=tuple(to), raw=self._data()))
                taken += 1
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 good-bye")
                return
            else:
                self._say("250 fine")

    def _offer(self, manners: Manners) -> None:
        is_plain = not isinstance(self.connection, ssl.SSLSocket)
        offers = ["post.example"]
        offers += ["STARTTLS"] if manners.starttls is not None and is_plain else []
        offers += ["AUTH PLAIN"] if manners.logins else []
        for offer in offers[:-1]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")

    def _data(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


def _address(word: str) -> str:
    return word.partition("<")[2].partition(">")[0]


@contextlib.contextmanager
def post_office(**manners: object) -> Iterator[PostOffice]:
    """Open a mail server until the end of the block."""
    with PostOffice(Manners(**manners)).open() as office:  # type: ignore[arg-type]  # each test says what it needs
        yield office


def certified(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server shows that it is of a name, and what a client trusts that knows it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, kept = folder / "certificate.pem", folder / "key.pem"
    shown.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    kept.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown, kept)
    return server, ssl.create_default_context(cafile=str(shown))
