"""Keys: how a page, or a part of one, is known to be the same as at the last build."""

from __future__ import annotations

import hashlib


def key_of(*content: object) -> str:
    """Return a short text that is the same where all of the content is."""
    return hashlib.blake2b(repr(content).encode(errors="surrogatepass"), digest_size=12).hexdigest()
