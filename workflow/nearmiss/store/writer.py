"""The canonical form: how plain data is written as YAML when we write it, the same bytes for the same data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError
from nearmiss.policy.findings import spell_field
from nearmiss.store.guard import DEEPEST, FORBIDDEN, LARGEST_DOCUMENT, spell_character
from nearmiss.store.scalars import LARGEST_INTEGER, NOT_KEYS, is_string_key, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.findings import Field

WIDTH = 100
"""Columns within which a small mapping or list is written on one line."""

MODELINE = "# yaml-language-server: $schema="
"""What the first line of a document says to editors, before the path of its schema."""

# Readers look for the colon of a key no further than 1,024 characters.
_LONGEST_KEY = 1000
_PLAIN_STARTS = "_/($"
# Characters that turn the direction of text around: written as escapes, so that a reviewer sees what is there.
_HIDDEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOT_IN_FLOW = re.compile(r"[,?\[\]{}]|:(?![\w/])")
_NOT_AS_BLOCK = re.compile(r"\A[ \n]|^\t|[ \t]$|\n\n\Z", re.MULTILINE)


class UnwritableDataError(NearMissError):
    """Data holds something that a document of ours cannot: the field, and why."""

    def __init__(self, at: Field, why: str) -> None:
        super().__init__(
            f"{spell_field(at) or 'The document'} cannot be written: {why}",
            hint="Write plain text, whole numbers, true, false, null, lists, and mappings with text keys",
        )
        self.at = at


def compose(data: Mapping[str, Any], *, schema: str = "") -> bytes:
    """Write plain data as a new document in the canonical form, below a modeline that names the schema.

    Keys stand in the order of the mapping. What comes out reads back as the same data; raises UnwritableDataError
    for what cannot.
    """
    lines = [MODELINE + schema] if schema else []
    lines += block_lines(data, indent=0, at=()) if data else ["{}"]
    raw = ("\n".join(lines) + "\n").encode()
    if len(raw) > LARGEST_DOCUMENT:
        raise UnwritableDataError((), f"it would have {len(raw):,} bytes, more than {LARGEST_DOCUMENT:,}")
    return raw


def block_lines(value: Mapping[str, Any] | list[Any], *, indent: int, at: Field) -> list[str]:
    """Return the lines of a mapping or list that is not empty, one entry below the other."""
    _check_depth(at)
    margin = " " * indent
    if isinstance(value, list):
        return [
            line
            for index, item in enumerate(value)
            for line in entry_lines(f"{margin}-", item, indent=indent, at=(*at, index))
        ]
    return [
        line
        for key, item in value.items()
        for line in entry_lines(f"{margin}{spell_key(key, at)}:", item, indent=indent, at=(*at, key))
    ]


def entry_lines(prefix: str, value: Any, *, indent: int, at: Field) -> list[str]:
    """Return the lines of one entry, from its `key:` or `-`, which stands `indent` columns in, to its value's end."""
    inline = _inline(value, at)
    if inline is not None and (_is_scalar(value) or not value or len(prefix) + 1 + len(inline) <= WIDTH):
        return [f"{prefix} {inline}"]
    if isinstance(value, str):
        return [f"{prefix} {block_header(value)}", *block_text_lines(value, indent=indent + 2)]
    if prefix.endswith("-"):
        first, *rest = block_lines(value, indent=indent + 2, at=at)
        return [f"{prefix} {first.lstrip()}", *rest]
    return [prefix, *block_lines(value, indent=indent if isinstance(value, list) else indent + 2, at=at)]


def block_header(text: str) -> str:
    """Return what announces a block of text: whether its last line end belongs to it."""
    return "|" if text.endswith("\n") else "|-"


def block_text_lines(text: str, *, indent: int) -> list[str]:
    """Return the lines of a block of text; empty ones stay empty."""
    margin = " " * indent
    return [margin + line if line else "" for line in text.removesuffix("\n").split("\n")]


def is_block_text(value: Any) -> bool:
    """Say whether a value is text of several lines that a block shows exactly."""
    return (
        isinstance(value, str)
        and "\n" in value.removesuffix("\n")
        and not _NOT_AS_BLOCK.search(value)
        and not _HIDDEN.search(value)
    )


def flow_text(value: Any, at: Field) -> str:
    """Write any value on one line, as it stands inside brackets."""
    if isinstance(value, dict):
        _check_depth(at)
        entries = [f"{spell_key(key, at)}: {flow_text(item, (*at, key))}" for key, item in value.items()]
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        _check_depth(at)
        return "[" + ", ".join(flow_text(item, (*at, index)) for index, item in enumerate(value)) + "]"
    return spell_scalar(value, at, flow=True)


def spell_key(key: Any, at: Field) -> str:
    """Write a key: as it stands where every reader takes it as text, else in quotes."""
    if not isinstance(key, str):
        raise UnwritableDataError(at, f"the key {key!r} is not text")
    # A name is the usual key, and needs no more looking at.
    if key.isidentifier() and len(key) <= _LONGEST_KEY and key not in NOT_KEYS:
        return str.__str__(key)
    text = _checked(key, at)
    plain = text.isprintable() and ":" not in text and _has_plain_shape(text, flow=True) and is_string_key(text)
    spelt = text if plain else _quote(text)
    if len(spelt) > _LONGEST_KEY:
        raise UnwritableDataError(at, f"a key has {len(text):,} characters")
    return spelt


def spell_scalar(value: Any, at: Field, *, flow: bool = False) -> str:
    """Write a single value on one line; `flow` when it stands inside brackets."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise UnwritableDataError(at, f"the number {value} is beyond ±{LARGEST_INTEGER}")
        return str(int(value))
    if not isinstance(value, str):
        raise UnwritableDataError(at, f"a value of type {type(value).__name__} has no place in a document")
    text = _checked(value, at)
    plain = text.isprintable() and _has_plain_shape(text, flow=flow) and resolve(text) == text
    return text if plain else _quote(text)


def _inline(value: Any, at: Field) -> str | None:
    """Return the value as one line, or None where it must be spread: block text, what nests, sections."""
    if is_block_text(value):
        _checked(value, at)
        return None
    if _is_scalar(value):
        return spell_scalar(value, at)
    if value and not _is_small(value, section=len(at) == 1 and isinstance(value, dict)):
        return None
    return flow_text(value, at)


def _is_small(value: Any, *, section: bool) -> bool:
    """Say whether a mapping or list holds only single values of one line each, or lists of such."""
    if section:
        return False
    items = list(value.values()) if isinstance(value, dict) else value
    flat = [
        inner for item in items for inner in (item if isinstance(item, list) and isinstance(value, dict) else [item])
    ]
    return all(_is_scalar(item) and not (isinstance(item, str) and "\n" in item) for item in flat)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _check_depth(at: Field) -> None:
    if len(at) >= DEEPEST:
        raise UnwritableDataError(at, f"values lie more than {DEEPEST} levels deep")


def _checked(text: str, at: Field) -> str:
    """Return the text itself, not a subclass of str, if a document may hold it."""
    # Most text is printable, which is quickly seen; all that is forbidden is not.
    found = None if text.isprintable() else FORBIDDEN.search(text)
    if found is not None:
        raise UnwritableDataError(at, f"{spell_character(found[0])} must not stand in a document")
    return str.__str__(text)


def _has_plain_shape(text: str, *, flow: bool) -> bool:
    """Say whether every reader sees one scalar, from the first character to the last, where the text stands bare."""
    return (
        bool(text)
        and (text[0].isalnum() or text[0] in _PLAIN_STARTS)
        and not text.endswith((" ", ":"))
        and ": " not in text
        and " #" not in text
        and not (flow and _NOT_IN_FLOW.search(text))
    )


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
