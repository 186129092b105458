"""Verifying a signature with the key it claims: Ed25519, ECDSA, RSA, and keys that live in a security key."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.policy.signatures.keys import CURVES
from nearmiss.policy.signatures.wire import MalformedError, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.signatures.keys import PublicKey
    from nearmiss.policy.signatures.sshsig import SshSignature

RSA_HASHES = {"rsa-sha2-256": "SHA256", "rsa-sha2-512": "SHA512"}
"""How an RSA key may sign; the older `ssh-rsa`, which hashes with SHA-1, is none of them."""

CURVE_HASHES = {"nistp256": "SHA256", "nistp384": "SHA384", "nistp521": "SHA512"}


def is_signed(signature: SshSignature, message: bytes) -> bool:
    """Say whether a signature is one of a message by the key that it claims.

    Raises MalformedError where its raw part is none that such a key makes.
    """
    # Who only reads records that nobody signed need not wait for OpenSSL to load.
    from cryptography.exceptions import InvalidSignature

    key = signature.key
    wire = Wire(signature.raw)
    kind = wire.name()
    content = wire.string()
    signed = signature.signed_bytes(message)
    if key.type.startswith("sk-"):
        signed = _attested(wire, str(key.parts[-1]), signed)
    wire.end()
    try:
        _VERIFIERS[key.type](key, kind, content, signed)
    except InvalidSignature:
        return False
    return True


def _attested(wire: Wire, application: str, signed: bytes) -> bytes:
    """Return what a security key signs: the application, its flags and counter, and the digest of the text."""
    flags_and_counter = wire.take(5)
    return hashlib.sha256(application.encode()).digest() + flags_and_counter + hashlib.sha256(signed).digest()


def _require_kind(key: PublicKey, kind: str) -> None:
    if kind != key.type:
        raise MalformedError(f"a key of the type {key.type} does not sign as {kind[:40]!a}")


def _verify_ed25519(key: PublicKey, kind: str, content: bytes, signed: bytes) -> None:
    _require_kind(key, kind)
    _loaded(key).verify(content, signed)


def _verify_ecdsa(key: PublicKey, kind: str, content: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    _require_kind(key, kind)
    wire = Wire(content)
    encoded = encode_dss_signature(wire.number(), wire.number())
    wire.end()
    algorithm = getattr(hashes, CURVE_HASHES[key.parts[0]])()
    _loaded(key).verify(encoded, signed, ec.ECDSA(algorithm))


def _verify_rsa(key: PublicKey, kind: str, content: bytes, signed: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    if kind not in RSA_HASHES:
        raise MalformedError(f"it was made as {kind[:40]!a}, which is not one of {', '.join(RSA_HASHES)}")
    size = (key.parts[1].bit_length() + 7) // 8
    # As in OpenSSH: zeros in front may be missing, and nothing may be longer than the key.
    if len(content) > size:
        raise MalformedError("it is longer than its key")
    algorithm = getattr(hashes, RSA_HASHES[kind])()
    _loaded(key).verify(content.rjust(size, b"\0"), signed, padding.PKCS1v15(), algorithm)


_VERIFIERS: Mapping[str, Any] = {
    "ssh-ed25519": _verify_ed25519,
    "ecdsa-sha2-nistp256": _verify_ecdsa,
    "ecdsa-sha2-nistp384": _verify_ecdsa,
    "ecdsa-sha2-nistp521": _verify_ecdsa,
    "ssh-rsa": _verify_rsa,
    "sk-ssh-ed25519@openssh.com": _verify_ed25519,
    "sk-ecdsa-sha2-nistp256@openssh.com": _verify_ecdsa,
}


@lru_cache(maxsize=1024)
def _loaded(key: PublicKey) -> Any:
    """Return a key as `cryptography` has it; raises MalformedError where its numbers make no key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    try:
        if "ed25519" in key.type:
            return ed25519.Ed25519PublicKey.from_public_bytes(key.parts[0])
        if "ecdsa" in key.type:
            curve, point = key.parts[:2]
            return ec.EllipticCurvePublicKey.from_encoded_point(getattr(ec, CURVES[curve])(), point)
        exponent, modulus = key.parts
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise MalformedError("its key is none that could have signed") from error
