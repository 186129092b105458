"""SSH public keys: read from a line as `authorized_keys` has it, told apart by what they are, named by fingerprint."""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.policy.signatures.wire import MalformedError, Wire, from_base64

if TYPE_CHECKING:
    from collections.abc import Mapping

LEAST_RSA_BITS = 2048
MOST_RSA_BITS = 16384

CURVES: Mapping[str, str] = {"nistp256": "SECP256R1", "nistp384": "SECP384R1", "nistp521": "SECP521R1"}
"""Each curve as SSH names it, with the name that `cryptography` has for it."""

_LINE = re.compile(r"(?P<type>[a-z0-9@.-]{1,64}) (?P<blob>[A-Za-z0-9+/]{1,8000}={0,2})(?: (?P<comment>.*))?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A public key that may verify signatures here: `type` as SSH names it, and the parts that make it this key."""

    type: str
    parts: tuple[Any, ...]
    blob: bytes

    def __eq__(self, other: object) -> bool:
        """Two keys are the same where their parts are; a number may be spelled with zeros in front."""
        return isinstance(other, PublicKey) and (self.type, self.parts) == (other.type, other.parts)

    def __hash__(self) -> int:
        """Return the hash of what makes it this key."""
        return hash((self.type, self.parts))

    @cached_property
    def fingerprint(self) -> str:
        """How OpenSSH names the key for people: `SHA256:` and its digest in base64."""
        digest = binascii.b2a_base64(hashlib.sha256(self.blob).digest(), newline=False)
        return f"SHA256:{digest.decode('ascii').rstrip('=')}"

    @property
    def line(self) -> str:
        """The key as `authorized_keys` has it, without options or a comment."""
        return f"{self.type} {binascii.b2a_base64(self.blob, newline=False).decode('ascii')}"


def read_key_line(line: str) -> PublicKey:
    """Read a public key as it stands in a `.pub` file: type, base64 and, if need be, a comment.

    Raises MalformedError, saying what is wrong: also for keys that are no longer safe, and types that are unknown here.
    """
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise MalformedError("it is not a line of an SSH public key, as in ~/.ssh/id_ed25519.pub")
    key = read_key(from_base64(found["blob"]))
    if key.type != found["type"]:
        raise MalformedError(f"it says that it is {found['type']}, and it is {key.type}")
    return key


@lru_cache(maxsize=1024)
def read_key(blob: bytes) -> PublicKey:
    """Read a public key in the wire format; raises MalformedError."""
    wire = Wire(blob)
    kind = wire.name()
    read = _READERS.get(kind)
    if read is None:
        raise MalformedError(f"keys of the type {kind[:40]!a} cannot be used here; make one with ssh-keygen -t ed25519")
    parts = read(wire, kind)
    wire.end()
    return PublicKey(type=kind, parts=parts, blob=blob)


def _read_ed25519(wire: Wire, _kind: str) -> tuple[Any, ...]:
    point = wire.string()
    if len(point) != 32:  # noqa: PLR2004 - RFC 8032
        raise MalformedError("its point does not have 32 bytes")
    return (point,)


def _read_ecdsa(wire: Wire, kind: str) -> tuple[Any, ...]:
    curve = wire.name()
    if curve not in kind:
        raise MalformedError(f"its curve {curve[:40]!a} is not that of its type")
    point = wire.string()
    size = (int(curve[-3:]) + 7) // 8
    if len(point) != 1 + 2 * size or point[0] != 4:  # noqa: PLR2004 - SEC 1: uncompressed points begin with 4
        raise MalformedError("its point is not one of that curve")
    return (curve, point)


def _read_rsa(wire: Wire, _kind: str) -> tuple[Any, ...]:
    exponent, modulus = wire.number(), wire.number()
    if modulus.bit_length() < LEAST_RSA_BITS:
        raise MalformedError(f"an RSA key of {modulus.bit_length()} bits is too short; {LEAST_RSA_BITS} are the least")
    if modulus.bit_length() > MOST_RSA_BITS or not (modulus % 2 and exponent % 2 and 1 < exponent < 2**64):
        raise MalformedError("its numbers are not those of an RSA key")
    return (exponent, modulus)


def _read_sk_ed25519(wire: Wire, kind: str) -> tuple[Any, ...]:
    return (*_read_ed25519(wire, kind), wire.name())


def _read_sk_ecdsa(wire: Wire, kind: str) -> tuple[Any, ...]:
    return (*_read_ecdsa(wire, kind), wire.name())


_READERS: Mapping[str, Any] = {
    "ssh-ed25519": _read_ed25519,
    "ecdsa-sha2-nistp256": _read_ecdsa,
    "ecdsa-sha2-nistp384": _read_ecdsa,
    "ecdsa-sha2-nistp521": _read_ecdsa,
    "ssh-rsa": _read_rsa,
    "sk-ssh-ed25519@openssh.com": _read_sk_ed25519,
    "sk-ecdsa-sha2-nistp256@openssh.com": _read_sk_ecdsa,
}
"""Every type of key that may sign here, with what reads the rest of it."""
