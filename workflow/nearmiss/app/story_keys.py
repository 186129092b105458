"""Keys of people in a story: made from a few words, kept in memory alone, and good for nothing but the story."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from nearmiss.policy.signatures.keys import PublicKey, read_key
from nearmiss.policy.signatures.sshsig import MAGIC, VERSION, SshSignature, wrap
from nearmiss.policy.signatures.wire import string

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KIND = b"ssh-ed25519"
HASH = "sha512"


class StoryKey:
    """One person's key. Who knows the words can sign as they, so that it must never be a real person's."""

    is_named = False

    def __init__(self, words: str) -> None:
        self._words = words

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self._words.encode()).digest())

    @cached_property
    def public(self) -> PublicKey:
        """The public half."""
        return read_key(string(KIND) + string(self._private.public_key().public_bytes_raw()))

    def as_file(self) -> bytes:
        """Return the private half as ssh-keygen keeps it in a file, without a passphrase."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self._private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())

    def at_hand(self) -> Iterable[str]:
        """Return the one key."""
        return (self.public.line,)

    def sign(self, message: bytes, *, key: str = "", namespace: str) -> str:
        """Return the armoured signature of a message."""
        del key
        said = SshSignature(key=self.public, namespace=namespace, hash=HASH, raw=b"")
        raw = string(KIND) + string(self._private.sign(said.signed_bytes(message)))
        parts = (self.public.blob, namespace.encode(), b"", HASH.encode(), raw)
        return wrap(MAGIC + VERSION.to_bytes(4, "big") + b"".join(map(string, parts)))
