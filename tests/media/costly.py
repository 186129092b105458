"""Papers of a few kilobytes that cost seconds to read."""

from __future__ import annotations


def costly(times: int = 1_000_000) -> bytes:
    """Return a paper that says very often that something packed begins, each time at the cost of unpacking it."""
    return b"%PDF-1.4\n" + b"stream\nx\x9c" * times
