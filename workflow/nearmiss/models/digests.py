"""Digests of plain data: SHA-256 over the one JSON text that RFC 8785 allows for it."""

from __future__ import annotations

import json
import re
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_BEYOND_PLANE_0 = re.compile("[\U00010000-\U0010ffff]")
_BEGINS_BEYOND = re.compile(rb"[\xf0-\xf4]")
"""With which bytes such a character begins in UTF-8, where no other has them."""


def canonical_json(data: Any) -> bytes:
    """Return the RFC 8785 JSON of plain data as UTF-8.

    Nothing is normalised or filled in: an absent key differs from a null one, and text stays as it was written.
    Plain data has no floats, and no integers beyond ±(2^53−1), as the strict reader sees to. Raises ValueError for a
    lone surrogate.

    orjson says the same as RFC 8785 and is several times as fast as the reference implementation; only the order of
    keys could differ, which RFC 8785 compares as UTF-16, and then only where one is beyond plane 0.
    """
    # Who only looks at what is remembered takes no digests, and need not wait for it.
    import orjson

    try:
        text = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # It refuses text that is none, and what lies very deep; the standard library tells the two apart.
        text = _ENCODER.encode(data).encode()
    if not text.isascii() and _BEGINS_BEYOND.search(text) and _has_key_beyond(data):
        import rfc8785

        return rfc8785.dumps(data)
    return text


def _has_key_beyond(data: Any) -> bool:
    """Say whether a key anywhere in plain data has a character beyond plane 0."""
    if isinstance(data, dict):
        return any(_BEYOND_PLANE_0.search(key) or _has_key_beyond(value) for key, value in data.items())
    return isinstance(data, list | tuple) and any(_has_key_beyond(value) for value in data)


def digest(data: Any) -> str:
    """Return `sha256:` and 64 hexadecimal digits of the RFC 8785 JSON of plain data."""
    return digest_of_bytes(canonical_json(data))


def digest_of_bytes(content: bytes) -> str:
    """Return `sha256:` and 64 hexadecimal digits of bytes as they are."""
    # Who only looks at what is remembered takes no digests, and need not wait for OpenSSL.
    import hashlib

    return f"sha256:{hashlib.sha256(content).hexdigest()}"
