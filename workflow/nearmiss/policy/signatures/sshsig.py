"""A signature of `ssh-keygen -Y sign`: its armour, and what stands in it (OpenSSH, PROTOCOL.sshsig)."""

from __future__ import annotations

import binascii
import hashlib
from dataclasses import dataclass

from nearmiss.policy.signatures.keys import PublicKey, read_key
from nearmiss.policy.signatures.wire import MalformedError, Wire, from_base64, string

MAGIC = b"SSHSIG"
VERSION = 1
HASHES = ("sha256", "sha512")

BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_BLANKS = {ord(blank): None for blank in " \t\n\v\f\r"}


@dataclass(frozen=True, kw_only=True)
class SshSignature:
    """What a signature says: the key it claims, what it was made for, how the text was hashed, and its raw bytes."""

    key: PublicKey
    namespace: str
    hash: str
    raw: bytes

    def signed_bytes(self, message: bytes) -> bytes:
        """Return the bytes that the key has signed where this is a signature of the message."""
        hashed = hashlib.new(self.hash, message).digest()
        return MAGIC + string(self.namespace.encode()) + string(b"") + string(self.hash.encode()) + string(hashed)


def read_signature(armoured: str) -> SshSignature:
    """Read a signature in its armour; raises MalformedError, saying what is wrong."""
    wire = Wire(unwrap(armoured))
    if wire.take(len(MAGIC)) != MAGIC:
        raise MalformedError("it is no SSH signature")
    version = wire.uint32()
    if version > VERSION:
        raise MalformedError(f"it is of version {version}, which is not known here")
    key = read_key(wire.string())
    namespace = wire.name()
    wire.string()  # what is reserved is to be ignored, says the protocol; it is no part of what is signed either
    hashed_with = wire.name()
    raw = wire.string()
    wire.end()
    if hashed_with not in HASHES:
        raise MalformedError(f"the text was hashed with {hashed_with[:40]!a}, which is not one of {', '.join(HASHES)}")
    return SshSignature(key=key, namespace=namespace, hash=hashed_with, raw=raw)


def unwrap(armoured: str) -> bytes:
    """Return what the armour holds, read as OpenSSH reads it: blanks in the base64 and text after the end do not count.

    Raises MalformedError.
    """
    head, begun, rest = armoured.partition("\n")
    if not begun or head != BEGIN:
        raise MalformedError(f"it does not begin with the line {BEGIN}")
    content, ended, _ = rest.partition(f"\n{END}")
    if not ended or "\r" in content:
        raise MalformedError(f"the line {END} is missing")
    return from_base64(content.translate(_BLANKS))


def wrap(blob: bytes) -> str:
    """Return a signature in its armour, as ssh-keygen writes it: lines of 70 characters."""
    content = binascii.b2a_base64(blob, newline=False).decode("ascii")
    lines = [content[start : start + 70] for start in range(0, len(content), 70)]
    return "\n".join((BEGIN, *lines, END, ""))
