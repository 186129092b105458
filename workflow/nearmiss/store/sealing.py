"""The keys of the intake: one secret, from which everything that seals or recognises is derived."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cached_property
from typing import TYPE_CHECKING

from nearmiss.engine.intake.errors import SealBrokenError
from nearmiss.engine.intake.numbers import spelt_key
from nearmiss.engine.intake.ports import KeyHash
from nearmiss.models.ids import CROCKFORD

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECRET_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16
FORMAT = b"\x01"

KEY_LETTERS = 25
"""Letters of a receipt key, five bits each: 125 bits, which nobody guesses."""

COST = 2**11
"""Scrypt's N, with r = 8 and p = 1: some 6 ms and 2 MiB a key.

Slow hashes make up for what people choose as passwords. This key is drawn by a machine and has 125 bits, so to go
through all of them is out of reach at any cost. What is bought here is only that nobody tries many in a second; more
would keep 200 reporters who send at once on two cores waiting for nothing.
"""


class SecretSealer:
    """Seals by AES-256-GCM with random nonces; whatever is sealed is bound to the place it was sealed for."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def seal(self, text: bytes, *, of: str) -> bytes:
        """Encrypt bytes for a place."""
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self._cipher.encrypt(nonce, text, of.encode())

    def open(self, sealed: bytes, *, of: str) -> bytes:
        """Decrypt what was sealed for a place; raises SealBrokenError."""
        from cryptography.exceptions import InvalidTag

        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] != FORMAT or len(nonce) < NONCE_BYTES:
            raise SealBrokenError
        try:
            return self._cipher.decrypt(nonce, rest, of.encode())
        except InvalidTag:
            raise SealBrokenError from None

    def token_mark(self, token: str) -> bytes:
        """Return what a token is remembered by."""
        return self._derive(b"token", token.encode())

    def alarm_mark(self, token: str) -> bytes:
        """Return what the alarm of a token is known by."""
        return self._derive(b"alarm", token.encode())

    def form_secret(self) -> bytes:
        """Return the secret by which the forms of our pages are known, also after the server was started anew."""
        return self._derive(b"marks of forms")

    def receipt_key(self, token: str) -> str:
        """Return the key of the receipt that a token is given, in groups of five letters."""
        number = int.from_bytes(self._derive(b"receipt", token.encode()), "big")
        letters = "".join(CROCKFORD[number >> 5 * place & 31] for place in range(KEY_LETTERS))
        return spelt_key(letters)

    def hash_key(self, key: str, *, salt: bytes = b"") -> KeyHash:
        """Return the slow hash of a key, with a new salt where none is given."""
        salt = salt or os.urandom(SALT_BYTES)
        hashed = hashlib.scrypt(key.encode(), salt=salt, n=COST, r=8, p=1, dklen=32)
        return KeyHash(salt=salt, hash=hashed)

    @cached_property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._derive(b"seal"))

    def _derive(self, purpose: bytes, text: bytes = b"") -> bytes:
        """Return a key of its own for each purpose, so that none tells anything of another."""
        inner = hmac.digest(self._secret, b"nearmiss-intake-1 " + purpose, "sha256")
        return hmac.digest(inner, text, "sha256") if text else inner
