"""What a plain scalar says: null, a truth value, an integer, a string, or what YAML readers disagree about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

LARGEST_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly (RFC 8785 digests rest on it)."""

_LONGEST_INTEGER = len(str(LARGEST_INTEGER))


@dataclass(frozen=True, kw_only=True)
class Misspelt:
    """A plain scalar that may not stand as it is: the code of its finding, what is so, and the fix."""

    code: str
    message: str
    hint: str


_KINDS = {
    "yaml-float": ("`{0}` is a number that is not whole", 'Quote it: "{0}"'),
    "yaml-number-spelling": (
        "`{0}` is not the plain spelling of a whole number",
        'Write plain digits, or quote it: "{0}"',
    ),
    "yaml-integer-too-large": (
        f"`{{0}}` is beyond ±{LARGEST_INTEGER}, the whole numbers kept exactly",
        'Quote it: "{0}"',
    ),
    "yaml-boolean-spelling": (
        "`{0}` is yes or no to some readers and text to others",
        'Quote it: "{0}"; a truth value is written true or false',
    ),
    "yaml-null-spelling": ("`{0}` is another spelling of null", 'Write null, leave it empty, or quote it: "{0}"'),
    "yaml-unquoted-date": ("`{0}` is a date or time without quotes", 'Quote it: "{0}"'),
    "yaml-merge-key": ("`{0}` merges or replaces keys in some readers", 'Write the keys out, or quote it: "{0}"'),
}
_SHOWN = 60


def shorten(text: str) -> str:
    """Return the text as it may stand in a message: one line, not long."""
    line = text.partition("\n")[0]
    return line if line == text and len(line) <= _SHOWN else line[:_SHOWN] + "…"


def _misspelt(code: str, text: str) -> Misspelt:
    message, hint = _KINDS[code]
    shown = shorten(text)
    return Misspelt(code=code, message=message.format(shown), hint=hint.format(shown))


def _cases(*words: str) -> set[str]:
    return {spelling for word in words for spelling in (word.lower(), word.capitalize(), word.upper())}


_NULLS = _cases("null") - {"null"} | {"~"}
_TRUTHS = _cases("true", "false") - {"true", "false"}
_OLD_TRUTHS = _cases("yes", "no", "on", "off", "y", "n")
_FLOATS = {"nan", "NaN", "NAN", "inf", "Inf", "INF", "Infinity", "infinity", "INFINITY"}
_MERGES = {"<<", "="}

WORDS: dict[str, Any] = {
    "": None,
    "null": None,
    "true": True,
    "false": False,
    **{word: _misspelt("yaml-null-spelling", word) for word in _NULLS},
    **{word: _misspelt("yaml-boolean-spelling", word) for word in _TRUTHS | _OLD_TRUTHS},
    **{word: _misspelt("yaml-float", word) for word in _FLOATS},
    **{word: _misspelt("yaml-merge-key", word) for word in _MERGES},
}
"""What the plain words say that are not strings."""

NOT_KEYS = frozenset(WORDS) - _OLD_TRUTHS - _FLOATS
"""Plain words that are no strings as keys; `on` and its like are (the format itself has keys named `on`)."""

NUMBER_STARTS = frozenset("0123456789+-.")
"""First characters after which a plain scalar may be a number or a date."""

_NUMBERISH = re.compile(
    r"""
      (?P<integer> -?[1-9][0-9]* | 0 )
    | (?P<date> [0-9]{4}-[0-9]{1,2}
                (?: -[0-9]{1,2} (?: (?:[Tt]|[ \t]+) [0-9]{1,2}:[0-9]{2} (?: :[0-9]{2}(?:\.[0-9]*)? )?
                                    (?: [ \t]* (?: Z | [-+][0-9]{1,2}(?::?[0-9]{2})? ) )? )? )?
              | [-+]?[0-9][0-9_]* (?: :[0-5]?[0-9] )++ (?: \.[0-9_]* )? )
    | (?P<spelling> [-+]? (?: 0[xX][0-9a-fA-F_]+ | 0[oO][0-7_]+ | 0[bB][01_]+ | [0-9_]+ ) )
    | (?P<float> [-+]? (?: (?: [0-9][0-9_]*\.[0-9_]* | \.[0-9_]+ ) (?: [eE][-+]?[0-9]+ )?
                         | [0-9][0-9_]*[eE][-+]?[0-9]+
                         | \.?(?: inf | Inf | INF | nan | NaN | NAN ) | [Ii]nfinity ) )
    """,
    re.VERBOSE,
)
_CODES = {"date": "yaml-unquoted-date", "spelling": "yaml-number-spelling", "float": "yaml-float"}


def resolve_number(text: str) -> int | str | Misspelt:
    """Say what a plain scalar is that begins with one of NUMBER_STARTS: an integer, text, or a finding."""
    match = _NUMBERISH.fullmatch(text)
    if match is None:
        return text
    kind = str(match.lastgroup)
    if kind != "integer":
        return _misspelt(_CODES[kind], text)
    # The length is looked at first: Python refuses to convert thousands of digits.
    if len(text) > _LONGEST_INTEGER + 1 or abs(int(text)) > LARGEST_INTEGER:
        return _misspelt("yaml-integer-too-large", text)
    return int(text)


def resolve(text: str) -> Any:
    """Say what any plain scalar is: None, a truth value, an integer, the text itself, or a Misspelt."""
    if text in WORDS:
        return WORDS[text]
    return resolve_number(text) if text[0] in NUMBER_STARTS else text


def is_string_key(text: str) -> bool:
    """Say whether a plain scalar, as a key, is a string to every reader of YAML 1.2."""
    return text not in NOT_KEYS and (text[0] not in NUMBER_STARTS or resolve_number(text) == text)
