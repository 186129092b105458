"""The sealed cookie of somebody who follows a report: number and key for half an hour, unreadable to all but us."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Callable

LASTS = 30 * 60
"""Seconds for which a cookie opens a report."""

_NONCE = 12
_LONGEST = 1024


@dataclass(frozen=True, kw_only=True)
class Following:
    """Which report somebody follows, and the key that they typed."""

    number: str
    key: str


@dataclass(frozen=True)
class Seals:
    """Seals and opens cookies with a key of this server, which ends with it; `seconds` only goes on."""

    secret: bytes = field(repr=False)
    seconds: Callable[[], float] = time.monotonic

    def seal(self, following: Following) -> str:
        """Return the value of a cookie, which is as long for one report as for another."""
        said = json.dumps([int(self.seconds()), following.number[:64], following.key[:128]]).encode().ljust(256)
        nonce = token_bytes(_NONCE)
        return urlsafe_b64encode(nonce + self._cipher().encrypt(nonce, said, None)).decode()

    def open(self, value: str) -> Following | None:
        """Return what a cookie seals; None where it is not ours, or too old."""
        try:
            sealed = urlsafe_b64decode(value[:_LONGEST].encode())
            when, number, key = json.loads(self._cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], None))
        except (InvalidTag, ValueError, binascii.Error):
            return None
        return Following(number=number, key=key) if 0 <= self.seconds() - when <= LASTS else None

    def _cipher(self) -> AESGCM:
        return AESGCM(hmac.new(self.secret, b"following a report", hashlib.sha256).digest())
