"""Plain data from YAML and JSON, read in one way only, and its canonical form (RFC 8785) with its digest."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from typing import Any

import yaml  # type: ignore[import-untyped]

LARGEST_FILE = 1024 * 1024
LARGEST_INTEGER = 2**53 - 1
DEEPEST = 32

INTEGER = re.compile(r"-?[1-9][0-9]*|0")
NUMBER = re.compile(
    r"[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9_]+"
    r"|([0-9][0-9_]*\.[0-9_]*|\.[0-9_]+)([eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.?(inf|Inf|INF|nan|NaN|NAN)"
    r"|[Ii]nfinity)"
)
TIME_OF_DAY = r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]*)?)?([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?"
DAY = re.compile(rf"[0-9]{{4}}-[0-9]{{1,2}}(-[0-9]{{1,2}}(([Tt]|[ \t]+){TIME_OF_DAY})?)?")
SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])++(\.[0-9_]*)?")
"""Hours, minutes and seconds: one number to readers of YAML 1.1."""
NUMBER_STARTS = frozenset("0123456789+-.")


def _spelt(*words: str) -> frozenset[str]:
    return frozenset(way for word in words for way in (word, word.capitalize(), word.upper()))


OLD_BOOLEANS = _spelt("yes", "no", "on", "off", "y", "n")
ODD_FLOATS = _spelt("inf", "infinity") | {"nan", "NaN", "NAN"}
DISPUTED = OLD_BOOLEANS | ODD_FLOATS | _spelt("true", "false", "null") | {"~", "<<", "="}
"""Words without quotes that one reader takes for a value and another for text, or for a merge of keys."""
KEYS_OF_OURS = OLD_BOOLEANS | ODD_FLOATS
"""Words that are text where they are keys; the formats use `on` for a day."""
NONCHARACTERS = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
FORBIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufeff\ud800-\udfff{NONCHARACTERS}]")
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of reading around: nothing that is signed may hold one, though a comment may."""


class NotPlainError(Exception):
    """A text that is not plain data, or that two readers could read in two ways."""

    def __init__(self, says: str, line: int = 0) -> None:
        self.says = f"line {line}: {says}" if line else says
        super().__init__(self.says)


def read_text(content: bytes) -> str:
    """Return a document's text; refuse what is too large, not UTF-8, or holds characters that cannot be seen."""
    if len(content) > LARGEST_FILE:
        raise NotPlainError("the file is larger than 1 MiB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotPlainError("the file is not UTF-8") from error
    hidden = FORBIDDEN.search(text)
    if hidden:
        line = text.count("\n", 0, hidden.start()) + 1
        raise NotPlainError(f"the character U+{ord(hidden[0]):04X} may not stand there", line)
    return text


def scalar(text: str, line: int) -> Any:
    """Return what a plain scalar means: null, true, false, an integer or text; refuse every other spelling."""
    if text in {"", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if INTEGER.fullmatch(text):
        if abs(int(text)) > LARGEST_INTEGER:
            raise NotPlainError(f"the number {text} is too large to be kept exactly", line)
        return int(text)
    if text in DISPUTED:
        raise NotPlainError(f"{text} means different things to different readers: quote it", line)
    if text[0] in NUMBER_STARTS and any(kind.fullmatch(text) for kind in (NUMBER, DAY, SIXTIES)):
        raise NotPlainError(f"{text} is a number or a date to some readers: quote it", line)
    return text


@lru_cache(maxsize=20_000)
def read_yaml(content: bytes) -> dict[str, Any]:
    """Return the mapping that one YAML document holds; it is remembered, and not to be changed."""
    text = read_text(content)
    try:
        found = _build(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise NotPlainError(f"this is not YAML: {error}", mark.line + 1 if mark else 0) from error
    if not isinstance(found, dict):
        raise NotPlainError("the document is not a mapping of keys to values")
    return found


WITHIN = re.compile(r"(?<=[^\s\[\]{},])\?|(?<=[^\s\[\]{},:?-])[ \t]+\?")
"""A question mark that follows a word: it ends no value, though PyYAML takes it so between brackets."""


def _not_in(text: str) -> str:
    """Return a character that a text does not hold, nor by its number, to stand for another while it is read."""
    numbers = text.casefold()
    meaningless = (letter for letter in map(chr, range(0xE000, 0xF8FF)) if letter not in text)
    found = next((letter for letter in meaningless if not re.search(rf"\\u(0000)?{ord(letter):x}", numbers)), "")
    if not found:
        raise NotPlainError("the file holds every character of those that mean nothing")
    return found


def _build(text: str) -> Any:  # noqa: C901 - one question after the other to each event
    """Build plain data from the parser's events, with a stack of its own: no depth can exhaust Python's."""
    root: list[Any] = []
    open_ones: list[tuple[Any, list[Any]]] = [(root, [])]  # a container, and for a mapping the key that waits

    def put(value: Any, line: int) -> None:
        holder, waiting = open_ones[-1]
        if isinstance(holder, list):
            holder.append(value)
        elif not waiting:
            if not isinstance(value, str):
                raise NotPlainError("a key is not text: quote it", line)
            if value in holder:
                raise NotPlainError(f"the key {value} is given twice", line)
            if value in {"<<", "="}:
                raise NotPlainError(f"{value} merges keys in some readers", line)
            waiting.append(value)
        else:
            holder[waiting.pop()] = value

    asking = _not_in(text)
    for event in yaml.parse(WITHIN.sub(lambda found: found[0][:-1] + asking, text), Loader=yaml.BaseLoader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise NotPlainError("directives are refused", line)
        if isinstance(event, yaml.DocumentStartEvent) and root:
            raise NotPlainError("a second document begins here", line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise NotPlainError("anchors and aliases are refused", line)
        if getattr(event, "tag", None) is not None:
            raise NotPlainError("tags are refused", line)
        if isinstance(event, yaml.ScalarEvent):
            said = event.value.replace(asking, "?")
            if hidden := FORBIDDEN.search(said) or TURNING.search(said):
                raise NotPlainError(f"the character U+{ord(hidden[0]):04X} may not stand there", line)
            holder, waiting = open_ones[-1]
            is_key = isinstance(holder, dict) and not waiting
            text_it_is = event.style or (is_key and said in KEYS_OF_OURS)
            put(said if text_it_is else scalar(said, line), line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(open_ones) > DEEPEST:
                raise NotPlainError("values lie too deep in each other", line)
            open_ones.append(({} if isinstance(event, yaml.MappingStartEvent) else [], []))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            value, _ = open_ones.pop()
            put(value, line)
    return root[0] if root else None


def read_json(content: bytes) -> Any:
    """Return what a JSON document says; refuse keys given twice, floats and constants that JSON does not have."""

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in found}) != len(found):
            raise NotPlainError("a key is given twice")
        return dict(found)

    def refuse(text: str) -> Any:
        raise NotPlainError(f"{text} is not a whole number")

    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=pairs, parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise NotPlainError(f"this is not JSON: {error}") from error


def canonical(data: Any) -> bytes:
    """Return RFC 8785 JSON of data without floats: keys in the order of their UTF-16 units, few escapes."""
    if isinstance(data, dict):
        keys = sorted(data, key=lambda key: key.encode("utf-16-be"))
        return b"{" + b",".join(canonical(key) + b":" + canonical(data[key]) for key in keys) + b"}"
    if isinstance(data, list):
        return b"[" + b",".join(canonical(item) for item in data) + b"]"
    return json.dumps(data, ensure_ascii=False).encode("utf-8")


def digest(data: Any) -> str:
    """Return `sha256:` and the 64 hexadecimal digits of the canonical form."""
    return digest_of_bytes(canonical(data))


def digest_of_bytes(content: bytes) -> str:
    """Return `sha256:` and the 64 hexadecimal digits of some bytes."""
    return "sha256:" + hashlib.sha256(content).hexdigest()
