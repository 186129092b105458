"""The quick reader: plain data from documents in the canonical form, and no word about any other."""

from __future__ import annotations

import json
import re
from typing import Any

from nearmiss.store.scalars import NOT_KEYS, WORDS, Misspelt, resolve_number
from nearmiss.store.shapes import read_sign_off

LARGEST = 64 * 1024
"""Characters of a document beyond which only the strict reader counts whether its parts are too many."""

DEEPEST = 16
"""How many mappings and lists may be open where another begins; the strict reader allows more."""

_DIGITS = frozenset("0123456789")
_KNOWN = {**WORDS, **{str(number): number for number in range(100)}}
"""What words and the usual numbers say."""

_KEY = "[A-Za-z_][A-Za-z0-9_-]{0,99}+"
_QUOTED = r'"([^"\\\n]*+)"'
# Each line is one match, or each block of text with the line that announces it. What is possessive cannot be tried
# again, so that the time grows with the length alone, whatever the text is; the last group takes all that is left.
_LINES = re.compile(
    rf"""
    ([ ]*+) (-[ ])?+ (?:({_KEY}):(?:[ ]|(?=\n)))?+
    (?: ([\w/($][^:#\n]*+ (?:(?::(?=[^ \n])|(?<![ ])\#)[^:#\n]*+)*+) \n
      | "([^"\\\n]++)" \n
      | (\|-?\n \1[ ][ ](?(2)[ ][ ])[^ \n][^\n]*+\n (?:\1[ ][ ](?(2)[ ][ ])[^\n]++\n|\n)*+)
      | ((?:[{{\["][^\n]*+)?+) \n
      | (.++)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_BARE = r'([\w/($](?:[^:#,?"\[\]{}\n]|:(?=[\w/]))*+)(?<![ ])'
_PAIRS = re.compile(rf"({_KEY}):[ ](?:{_BARE}|\[([^\[\]{{}}\n]++)\]|(\[\])|{_QUOTED}),[ ]|(.++)", re.DOTALL)
_ENTRIES = re.compile(rf"(?:{_BARE}|{_QUOTED}),[ ]|(.++)", re.DOTALL)
_OTHER_ESCAPE = re.compile(r'\\[^"nt]')


_BEGINS = re.compile(r"\n(?=[A-Za-z_])")

Parts = dict[str, tuple[str, Any]]
"""Key and value of the parts of documents, by their text without the last line end."""


class _UncertainError(Exception):
    """Something may not be what it looks like; the strict reader is to judge."""


def read_canonical(text: str, known: Parts | None = None) -> dict[str, Any] | None:
    """Return what a document in the canonical form says, or None where only the strict reader can tell.

    What is `known` of the text of its parts is given again, the very same object, and what is new is put there.

    The text is one that the guard has passed, and of which nothing may be disputed: it has no tabs, no spaces at the
    ends of lines, and a last line end. Never guesses: what is not known for certain is None.
    """
    if len(text) > LARGEST:
        return None
    try:
        found = read_sign_off(text, _resolved, _entries, _pairs) if text.startswith("statement:") else None
    except _UncertainError:
        return None
    if found is not None:
        return found
    start = text.index("\n") + 1 if text[0] == "#" else 0
    try:
        return _build(_lines_of(text, start)) if known is None else _by_parts(text[start:-1], known)
    except _UncertainError:
        return None


def _by_parts(text: str, known: Parts) -> dict[str, Any]:
    """Build a document part by part: each begins where a line does with the first character of a key.

    No part can reach beyond that: what belongs to one stands further in, or begins with a dash.
    """
    root: dict[str, Any] = {}
    for part in _BEGINS.split(text):
        if part not in known:
            known[part] = next(iter(_build(_lines_of(part + "\n", 0)).items()))
        key, value = known[part]
        if key in root:
            raise _UncertainError
        root[key] = value
    return root


def _lines_of(text: str, start: int) -> list[tuple[str, ...]]:
    lines = _LINES.findall(text, start)
    if not lines or lines[-1][-1]:
        raise _UncertainError
    return lines


def _build(lines: list[tuple[str, ...]]) -> dict[str, Any]:  # noqa: C901, PLR0912 - one loop, as in the reader
    root: dict[str, Any] = {}
    # `into` is what is being filled, `margin` the spaces before its keys or dashes; `pending` a key whose value must
    # follow below.
    into: Any = root
    margin = ""
    mapping = True
    pending = ""
    holders: list[tuple[Any, str, bool]] = []
    filled: Any
    value: Any
    for indent, dash, key, bare, quoted, block, other, _ in lines:
        if pending:
            if indent != (margin if dash else margin + "  "):
                raise _UncertainError
            filled = [] if dash else {}
            into[pending] = filled
            pending = ""
            holders.append((into, margin, mapping))
            into, margin, mapping = filled, indent, not dash
        elif indent != margin or mapping is not (not dash):
            while indent != margin or mapping is not (not dash):
                if not holders:
                    raise _UncertainError
                into, margin, mapping = holders.pop()
        if dash and key:
            filled = {}
            into.append(filled)
            holders.append((into, margin, mapping))
            into, margin, mapping = filled, indent + "  ", True
        if mapping and (not key or key in into or key in NOT_KEYS):
            raise _UncertainError
        if bare:
            value = _word_or_number(bare) if bare in WORDS or bare[0] in _DIGITS else bare
        elif quoted:
            value = quoted
        elif block:
            value = _block_text(block, len(indent) + (4 if dash else 2))
        elif other:
            value = _other(other)
        else:
            if not key or len(holders) >= DEEPEST:
                raise _UncertainError
            pending = key
            continue
        if mapping:
            into[key] = value
        else:
            into.append(value)
    if pending or not root:
        raise _UncertainError
    return root


def _resolved(bare: str) -> Any:
    return _word_or_number(bare) if bare in WORDS or bare[0] in _DIGITS else bare


def _word_or_number(bare: str) -> Any:
    value: Any = _KNOWN[bare] if bare in _KNOWN else resolve_number(bare)
    if value.__class__ is Misspelt:
        raise _UncertainError
    return value


def _block_text(block: str, margin: int) -> str:
    header, _, text = block.partition("\n")
    if text.endswith("\n\n"):
        raise _UncertainError
    text = text[margin:].replace("\n" + " " * margin, "\n")
    return text[:-1] if header == "|-" else text


def _other(text: str) -> Any:
    """Return what stands in brackets, or in quotes with escapes."""
    ends = text[0] + text[-1]
    if ends == "{}":
        return _pairs(text[1:-1])
    if ends == "[]":
        return _entries(text[1:-1])
    if ends == '""':
        return _escaped(text)
    raise _UncertainError


def _pairs(text: str) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for key, bare, entries, empty, quoted, odd in _PAIRS.findall(text + ", ") if text else ():
        if odd or key in filled or key in NOT_KEYS:
            raise _UncertainError
        if bare:
            filled[key] = _word_or_number(bare) if bare in WORDS or bare[0] in _DIGITS else bare
        elif entries or empty:
            filled[key] = _entries(entries)
        else:
            filled[key] = quoted
    return filled


def _entries(text: str) -> list[Any]:
    filled: list[Any] = []
    for bare, quoted, odd in _ENTRIES.findall(text + ", ") if text else ():
        if odd:
            raise _UncertainError
        if bare:
            filled.append(_word_or_number(bare) if bare in WORDS or bare[0] in _DIGITS else bare)
        else:
            filled.append(quoted)
    return filled


def _escaped(text: str) -> str:
    """Return text in double quotes; the few escapes that it may have mean the same in JSON."""
    if _OTHER_ESCAPE.search(text.replace("\\\\", "")):
        raise _UncertainError
    try:
        return str(json.loads(text))
    except ValueError:
        raise _UncertainError from None
