"""Digests of plain data: SHA-256 over the one JSON text that RFC 8785 allows for it."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785


def canonical_json(data: Any) -> bytes:
    """Return the RFC 8785 JSON of plain data as UTF-8.

    Nothing is normalised or filled in: an absent key differs from a null one, and text stays as it was written.
    Raises ValueError for what RFC 8785 cannot say (an integer beyond ±(2^53−1), a lone surrogate).
    """
    return rfc8785.dumps(data)


def digest(data: Any) -> str:
    """Return `sha256:` and 64 hexadecimal digits of the RFC 8785 JSON of plain data."""
    return digest_of_bytes(canonical_json(data))


def digest_of_bytes(content: bytes) -> str:
    """Return `sha256:` and 64 hexadecimal digits of bytes as they are."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
