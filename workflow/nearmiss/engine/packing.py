"""Packing what is to be remembered, so that who found it need not be who puts it away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Packed(NamedTuple):
    """A value as JSON in UTF-8; what is large and seldom wanted is apart from it, and empty where there is none."""

    kept: bytes
    aside: bytes = b""


def pack(value: Any) -> Packed:
    """Pack a value that JSON can keep; of a mapping, what is under `aside` is packed by itself."""
    if isinstance(value, dict) and "aside" in value:
        return Packed(_spelt({name: inner for name, inner in value.items() if name != "aside"}), _spelt(value["aside"]))
    return Packed(_spelt(value))


def pack_facts(kept: Mapping[str, Any], aside: Mapping[str, Any]) -> Packed:
    """Pack what is known of a record, in a fraction of the time: there are many of them, and all is plain data."""
    # Who only looks packs nothing, and need not wait for it.
    import orjson

    try:
        return Packed(orjson.dumps(kept), orjson.dumps(aside))
    except TypeError:
        return Packed(_spelt(kept), _spelt(aside))


def _spelt(value: Any) -> bytes:
    # In ASCII: a path may hold bytes that are no text.
    return json.dumps(value, separators=(",", ":")).encode("ascii")
