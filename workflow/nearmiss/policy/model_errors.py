"""The errors of a model in our own words: what is wrong with a value, and what was probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from nearmiss.models.fields import fields_at
from nearmiss.models.forms import words_by_pattern
from nearmiss.policy.findings import Field, Finding, spell_field

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

MOST_NAMED = 12
"""Terms or fields that are all named where none is like what was said."""

_LONGEST_WORD = 100

_CODES = {
    "missing": ("missing-field", "is missing", "add it; `nearmiss edit` shows what each field means"),
    "extra_forbidden": ("unknown-key", "is not a field that is known here", "take it out, or mend its spelling"),
    "bad-date": ("bad-date", "", "dates are quoted ISO 8601 strings"),
    "unknown-term": ("unknown-term", "", ""),
}
_MAPPING = "must be a mapping with named fields"
_TYPES = {
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "model_type": _MAPPING,
    "dict_type": _MAPPING,
    "model_attributes_type": _MAPPING,
}


def finding_of(
    details: ErrorDetails, data: Any, terms: Mapping[str, Collection[str]], model: type[BaseModel]
) -> Finding:
    """Return what one error of a model says, at its field, with what to do about it."""
    kind = details["type"]
    way = _way_in_data(details["loc"], data, missing=kind == "missing")
    name = spell_field(way) or "the document"
    code, message, hint = _CODES.get(kind, ("", "", ""))
    if kind in _TYPES:
        code, message = "wrong-type", _TYPES[kind]
        hint = _fields_to_name(fields_at(model, way)) if message == _MAPPING else ""
    elif kind == "extra_forbidden":
        near = difflib.get_close_matches(str(way[-1])[:_LONGEST_WORD], fields_at(model, way[:-1]), n=1)
        hint = f"did you mean {near[0]}?" if near else hint
    elif kind == "unknown-term":
        list_name = details["ctx"]["vocabulary"]
        message = f"says {_shortened(details['input'])}, which is not a term of the vocabulary {list_name}"
        hint = _terms_to_choose(str(details["input"]), terms[list_name], list_name)
    elif not code:
        code, message = "bad-value", _plain(details)
    return Finding(code=code, message=f"{name} {message or details['msg']}", hint=hint, field=way)


_PLAIN = {
    "literal_error": "must be {expected}",
    "string_too_long": "is longer than {max_length} characters",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}


def _plain(details: ErrorDetails) -> str:
    """Say in plain words what pydantic says in its own."""
    if details["type"] == "string_pattern_mismatch":
        words = words_by_pattern().get(details["ctx"]["pattern"], "does not have the form that is asked for here")
        return f"{words}: it is {_shortened(details['input'])}"
    if details["type"] in _PLAIN:
        return _PLAIN[details["type"]].format(**details["ctx"])
    words = details["msg"]
    return words[:1].lower() + words[1:]


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004 - as much as fits a line beside the field


def _way_in_data(location: tuple[str | int, ...], data: Any, *, missing: bool) -> Field:
    """Follow pydantic's location through the data, leaving out steps that are names of union members."""
    way: list[str | int] = []
    for place, step in enumerate(location):
        last = place == len(location) - 1
        if isinstance(data, dict) and (step in data or (missing and last)):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        way.append(step)
    return tuple(way)


def _terms_to_choose(word: str, terms: Collection[str], vocabulary: str) -> str:
    """Name the term that was meant, as far as one can guess; else all of a short list, else what shows the list."""
    close = difflib.get_close_matches(word[:_LONGEST_WORD].casefold(), list(terms))
    if close:
        return f"did you mean {' or '.join(close)}?"
    if len(terms) <= MOST_NAMED:
        return f"terms: {', '.join(sorted(terms))}"
    return f"nearmiss terms {vocabulary} lists them, each explained; a new one is a policy change"


def _fields_to_name(fields: Sequence[str]) -> str:
    """Name the fields of a mapping that somebody wrote as something else, where they are not too many."""
    return f"its fields: {', '.join(fields)}" if 0 < len(fields) <= MOST_NAMED else ""
