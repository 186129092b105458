"""The wire format of SSH (RFC 4251, section 5), read strictly: what does not fit is no key and no signature."""

from __future__ import annotations

import binascii

LONGEST_NUMBER = 16384 // 8
"""Bytes of the largest number that OpenSSH reads."""


class MalformedError(ValueError):
    """Bytes that are not what they should be; the message says so in a few words, without a full stop."""


class Wire:
    """Bytes that are read from the front; every reading raises MalformedError where they end too soon."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def take(self, length: int) -> bytes:
        """Take so many bytes."""
        if len(self._rest) < length:
            raise MalformedError("it ends too soon")
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken

    def uint32(self) -> int:
        """Take a number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Take a string: its length, then its bytes."""
        return self.take(self.uint32())

    def name(self) -> str:
        """Take a string that is a name. As in OpenSSH, one zero byte may close it, and none may stand within."""
        content = self.string()
        if content[-1:] == b"\0":
            content = content[:-1]
        if b"\0" in content or not content.isascii():
            raise MalformedError("a name in it has characters that no name has")
        return content.decode("ascii")

    def number(self) -> int:
        """Take a number of any length (mpint). As in OpenSSH, zeros in front are let pass; none is negative."""
        content = self.string()
        if content[:1] >= b"\x80":
            raise MalformedError("a number in it is negative")
        if len(content) > LONGEST_NUMBER + 1 or (len(content) == LONGEST_NUMBER + 1 and content[0]):
            raise MalformedError("a number in it is too large")
        return int.from_bytes(content, "big")

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self._rest:
            raise MalformedError("something follows after its end")


def string(content: bytes) -> bytes:
    """Return bytes as the wire format has them: their length, then they themselves."""
    return len(content).to_bytes(4, "big") + content


def from_base64(text: str) -> bytes:
    """Return what a text says in base64, in the one spelling that base64 has for it; raises MalformedError."""
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise MalformedError("what stands in it is not base64") from error
    if binascii.b2a_base64(content, newline=False) != text.encode("ascii"):
        raise MalformedError("what stands in it is not base64")
    return content
