"""The port through which a person signs with an SSH key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Signer(Protocol):
    """Signs with a person's SSH keys. The private ones never come to us."""

    @property
    def is_named(self) -> bool:
        """Whether the person said which key is to sign."""
        ...

    def at_hand(self) -> Iterable[str]:
        """Yield the public keys of those that may be able to sign here, as lines, the most likely first."""
        ...

    def sign(self, message: bytes, *, key: str, namespace: str) -> str:
        """Return the armoured signature of a message by the key of a line that `at_hand` gave."""
        ...
