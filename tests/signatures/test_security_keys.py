"""Signatures by keys that live in a security key: made here byte by byte, and judged by ssh-keygen as well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from nearmiss.policy.signatures.keys import read_key, read_key_line
from nearmiss.policy.signatures.sshsig import MAGIC, SshSignature, read_signature, wrap
from nearmiss.policy.signatures.verifying import is_signed
from nearmiss.policy.signatures.wire import MalformedError, string
from tests.signatures.openssh import MESSAGE, NAMESPACE, allowed_line, openssh_accepts

APPLICATION = "ssh:"
ED25519, ECDSA = b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"


def number(value: int) -> bytes:
    """Return a number as the wire format has it."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _ed25519() -> tuple[bytes, Callable[[bytes], bytes]]:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"security").digest())
    return string(private.public_key().public_bytes_raw()), private.sign


def _ecdsa() -> tuple[bytes, Callable[[bytes], bytes]]:
    private = ec.derive_private_key(int.from_bytes(hashlib.sha256(b"security").digest(), "big"), ec.SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(text: bytes) -> bytes:
        first, second = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
        return number(first) + number(second)

    return string(b"nistp256") + string(point), sign


MAKERS = {ED25519: _ed25519, ECDSA: _ecdsa}


@dataclass(frozen=True, kw_only=True)
class SecurityKey:
    """A security key, and what it signs: the application, flags, a counter and the digest of the text."""

    kind: bytes
    application: str = APPLICATION
    attests: str = APPLICATION
    flags: int = 1
    counter: int = 7
    told: bytes | None = None
    """Flags and counter as the signature tells them, where that differs from what was signed."""
    tail: bytes = b""

    @property
    def blob(self) -> bytes:
        """The public half."""
        return string(self.kind) + MAKERS[self.kind]()[0] + string(self.application.encode())

    def sign(self, message: bytes = MESSAGE, *, hashed_with: str = "sha512") -> str:
        """Return the armoured signature of a message."""
        key = read_key(self.blob)
        said = SshSignature(key=key, namespace=NAMESPACE, hash=hashed_with, raw=b"")
        state = bytes([self.flags]) + self.counter.to_bytes(4, "big")
        digests = (hashlib.sha256(self.attests.encode()).digest(), hashlib.sha256(said.signed_bytes(message)).digest())
        content = MAKERS[self.kind]()[1](digests[0] + state + digests[1])
        raw = string(self.kind) + string(content) + (self.told or state) + self.tail
        parts = (self.blob, NAMESPACE.encode(), b"", hashed_with.encode(), raw)
        return wrap(MAGIC + b"\0\0\0\1" + b"".join(map(string, parts)))


def both_accept(key: SecurityKey, signature: str, folder: Path, message: bytes = MESSAGE) -> bool:
    """Say what OpenSSH and we say of a signature; they must agree."""
    line = read_key(key.blob).line
    try:
        read = read_signature(signature)
        ours = read.key == read_key_line(line) and is_signed(read, message)
    except MalformedError:
        ours = False
    assert ours is openssh_accepts(folder, signature, message, allowed=allowed_line(line))
    return ours


@pytest.mark.parametrize("kind", MAKERS)
def test_a_security_key_signs(kind: bytes, tmp_path: Path) -> None:
    """What a security key signs holds for its own text alone, whatever its counter says."""
    key = SecurityKey(kind=kind)

    assert both_accept(key, key.sign(), tmp_path)
    assert both_accept(key, replace(key, counter=2**32 - 1).sign(hashed_with="sha256"), tmp_path)
    assert not both_accept(key, key.sign(), tmp_path, MESSAGE + b"!")
    assert read_key(key.blob).parts[-1] == APPLICATION
    assert read_key(key.blob).type == kind.decode()


FAULTS: dict[str, dict[str, Any]] = {
    "another application": {"attests": "https://example.org"},
    "another counter": {"told": b"\1\0\0\0\x08"},
    "other flags": {"told": b"\5\0\0\0\7"},
    "no counter": {"told": b"\1"},
    "bytes at its end": {"tail": b"\0"},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", MAKERS)
def test_what_a_security_key_did_not_sign(kind: bytes, fault: str, tmp_path: Path) -> None:
    """A signature for another application, or that tells other flags or another counter than were signed, is none."""
    key = SecurityKey(kind=kind)

    assert not both_accept(key, replace(key, **FAULTS[fault]).sign(), tmp_path)


@pytest.mark.parametrize("kind", MAKERS)
def test_keys_of_two_applications_are_two_keys(kind: bytes) -> None:
    """The application is part of what makes a key this key."""
    one, other = (read_key(SecurityKey(kind=kind, application=name).blob) for name in ("ssh:", "ssh:work"))

    assert one != other
    assert one == read_key_line(f"{one.line} somebody@example.org")
