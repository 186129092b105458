"""Whether plain data has the shape that a JSON Schema asks for: the small part of the standard that our schemas use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def misfits(schema: dict[str, Any], data: Any) -> list[tuple[str, str]]:
    """Return every place (`a.b[0]`) at which data does not fit, with what is wrong there."""
    return list(_misfits(schema, schema, data, ""))


def _is(data: Any, kind: str) -> bool:
    return isinstance(data, TYPES[kind]) and (kind == "boolean" or not isinstance(data, bool))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _fits(whole: dict[str, Any], schema: dict[str, Any], data: Any) -> bool:
    return next(_misfits(whole, schema, data, ""), None) is None


def _misfits(whole: dict[str, Any], schema: dict[str, Any], data: Any, at: str) -> Iterator[tuple[str, str]]:
    if "$ref" in schema:
        yield from _misfits(whole, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], data, at)
    if "type" in schema and not _is(data, schema["type"]):
        yield at, f"must be of the type {schema['type']}"
        return
    if "const" in schema and not _same(data, schema["const"]):
        yield at, f"must be {schema['const']}"
    if "enum" in schema and not any(_same(data, choice) for choice in schema["enum"]):
        yield at, f"{str(data)[:60]!r} is none of the values that may stand there"
    yield from _misfits_of_scalars(schema, data, at)
    if isinstance(data, dict):
        yield from _misfits_of_mapping(whole, schema, data, at)
    if isinstance(data, list):
        if len(data) < schema.get("minItems", 0) or len(data) > schema.get("maxItems", len(data)):
            yield at, f"has {len(data)} entries"
        for number, item in enumerate(data):
            yield from _misfits(whole, schema.get("items", {}), item, f"{at}[{number}]")
    yield from _misfits_of_choices(whole, schema, data, at)


def _misfits_of_choices(whole: dict[str, Any], schema: dict[str, Any], data: Any, at: str) -> Iterator[tuple[str, str]]:
    for part in schema.get("allOf", []):
        yield from _misfits(whole, part, data, at)
    if "anyOf" in schema and not any(_fits(whole, part, data) for part in schema["anyOf"]):
        yield at, "fits none of the forms that it may have"
    if "oneOf" in schema and sum(_fits(whole, part, data) for part in schema["oneOf"]) != 1:
        yield at, "does not fit exactly one of the forms that it may have"
    if "if" in schema and _fits(whole, schema["if"], data):
        yield from _misfits(whole, schema.get("then", {}), data, at)


def _misfits_of_scalars(schema: dict[str, Any], data: Any, at: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        if "pattern" in schema and not re.search(_python(schema["pattern"]), data):
            yield at, schema.get("patternErrorMessage", f"does not match {schema['pattern']}")
        if len(data) > schema.get("maxLength", len(data)) or len(data) < schema.get("minLength", 0):
            yield at, "is too long or too short"
        if schema.get("format") == "date" and not _is_day(data):
            yield at, f"{data!r} is no day of the calendar"
        if schema.get("format") == "date-time" and not _is_moment(data):
            yield at, f"{data!r} is no moment of the calendar"
    if _is(data, "integer") and not schema.get("minimum", data) <= data <= schema.get("maximum", data):
        yield at, f"{data} is too small or too large"


def _misfits_of_mapping(
    whole: dict[str, Any], schema: dict[str, Any], data: dict[str, Any], at: str
) -> Iterator[tuple[str, str]]:
    dot = f"{at}." if at else ""
    for key in schema.get("required", []):
        if key not in data:
            yield f"{dot}{key}", "is missing"
    for key, value in data.items():
        rules = [schema["properties"][key]] if key in schema.get("properties", {}) else []
        rules += [
            rule for pattern, rule in schema.get("patternProperties", {}).items() if re.search(_python(pattern), key)
        ]
        rest = schema.get("additionalProperties", True)
        if not rules and rest is False:
            yield f"{dot}{key}", "is a key that no format knows"
        if not rules and isinstance(rest, dict):
            rules = [rest]
        for rule in rules:
            yield from _misfits(whole, rule, value, f"{dot}{key}")
        if "propertyNames" in schema and not _fits(whole, schema["propertyNames"], key):
            yield f"{dot}{key}", "is not a name that may stand there"


def _python(pattern: str) -> str:
    """Return a pattern of JSON Schema for Python, whose `$` would also accept a line end behind the text."""
    return pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern


def _is_moment(text: str) -> bool:
    try:
        return bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
