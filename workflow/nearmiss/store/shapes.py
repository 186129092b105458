"""Documents of one shape: sign-offs, which we alone write, recognised as a whole rather than line by line."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

from nearmiss.store.scalars import NOT_KEYS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

BARE = r"[\w/($][^:#\n]*+(?:(?::(?=[^ \n])|(?<![ ])\#)[^:#\n]*+)*+"
"""A plain scalar to the end of its line, of which nothing can be anything else."""
QUOTED = r'"([^"\\\n]++)"'

_VALUE = rf"(?:({BARE})|{QUOTED})\n"
_SAID = (
    "version", "instance", "subject", "seq", "transition", "from", "to", "verdict", "by", "name", "role", "at",
    "time_source", "meaning",
)  # fmt: skip
_SHAPE = re.compile(
    "statement:\n"
    + "".join(rf"  {key}: {_VALUE}" for key in _SAID)
    + rf"(?:  because: ({BARE})\n)?+"
    + r"  contributors: \[([^\[\]{}\n]*+)\]\n"
    + rf"  content:\n    schema: ({BARE})\n(?:    title: ({BARE})\n)?+"
    + rf"    sections:(?: \{{([^\[\]{{}}\n]*+)\}}\n|\n((?:      [a-z_]{{1,40}}+: {BARE}\n)++))"
    + rf"  policy:\n    version: ({BARE})\n    rules: ({BARE})\n  previous: ({BARE})\n"
)
_SECTION = re.compile(rf"      ([a-z_]++): ({BARE})\n")
_LETTERS = frozenset(string.ascii_letters)
_SIMPLE = 2 * len(_SAID)


def read_sign_off(
    text: str, resolve: Callable[[str], Any], entries: Callable[[str], Any], pairs: Callable[[str], Any]
) -> dict[str, Any] | None:
    """Return what a sign-off of the usual shape says, or None where it has another one.

    What a plain scalar says that may be a word or a number, and what stands in brackets, is left to who asks.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    groups = found.groups()
    said = [
        quoted if bare is None else bare if bare[0] in _LETTERS and bare not in WORDS else resolve(bare)
        for bare, quoted in zip(groups[:_SIMPLE:2], groups[1:_SIMPLE:2], strict=True)
    ]
    statement: dict[str, Any] = dict(zip(_SAID, said, strict=True))
    because, contributors, schema, title, inline, lines, version, rules, previous = groups[_SIMPLE:]
    if because is not None:
        statement["because"] = resolve(because)
    statement["contributors"] = entries(contributors)
    content: dict[str, Any] = {"schema": resolve(schema)}
    if title is not None:
        content["title"] = resolve(title)
    if lines is None:
        content["sections"] = pairs(inline)
    else:
        listed = _SECTION.findall(lines)
        sections = content["sections"] = {key: resolve(value) for key, value in listed}
        if len(sections) < len(listed) or not NOT_KEYS.isdisjoint(sections):
            return None
    statement["content"] = content
    statement["policy"] = {"version": resolve(version), "rules": resolve(rules)}
    statement["previous"] = resolve(previous)
    return {"statement": statement}
