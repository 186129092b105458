"""JSON Schema of a model as people and editors can use it: no nulls, named kinds of text, one order of keywords."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter

from nearmiss.models import values
from nearmiss.models.forms import KINDS_OF_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

Schema = dict[str, Any]
"""A JSON Schema as plain data."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DEFINITIONS = "#/$defs/"
_MAPS = ("properties", "patternProperties", "$defs")
_LISTS = ("anyOf", "oneOf", "allOf")
_SINGLES = ("items", "additionalProperties", "propertyNames")

_ORDER = (
    *("$schema", "$ref", "title", "description", "type", "const", "enum", "enumDescriptions"),
    *("format", "pattern", "patternErrorMessage", "minLength", "maxLength", "minimum", "maximum"),
    *("minItems", "maxItems", "items", "properties", "patternProperties", "propertyNames", "additionalProperties"),
    *("required", "anyOf", "oneOf", "allOf", "default", "examples", "$defs"),
)
_ANNOTATIONS = frozenset({"title", "description", "default", "examples"})

"""The kinds of text that have a name of their own, and what an editor says where a text is not of that kind."""


def schema_of(model: type[BaseModel], *, title: str) -> Schema:
    """Return the JSON Schema (2020-12) of a model as plain data, not yet in the order of reading.

    Null is never a value; an optional key may only be absent. Where the model is marked as a term of a vocabulary, the
    schema still says `x-vocabulary`.
    """
    named = _named(model)
    used = _references(named)
    parts = {name: _titled(schema, name) for name, schema in named.get("$defs", {}).items()}
    definitions = parts | {name: _kind_schema(name) for name in KINDS_OF_TEXT if name in used}
    return {"$schema": DIALECT, **named, "title": title, "$defs": dict(sorted(definitions.items()))}


@cache
def _named(model: type[BaseModel]) -> Schema:
    named: Schema = rewrite(rewrite(model.model_json_schema(), _plain), _name_kind)
    return named


def rewrite(schema: Any, change: Callable[[Schema], Schema]) -> Any:
    """Return a schema with every schema inside it changed, the innermost first."""
    if not isinstance(schema, dict):
        return schema
    changed: Schema = {}
    for keyword, value in schema.items():
        if keyword in _MAPS:
            changed[keyword] = {name: rewrite(each, change) for name, each in value.items()}
        elif keyword in _LISTS:
            changed[keyword] = [rewrite(each, change) for each in value]
        else:
            changed[keyword] = rewrite(value, change) if keyword in _SINGLES else value
    return change(changed)


def _references(schema: Schema) -> set[str]:
    """Return the names of all definitions that a schema points to."""
    found = set()

    def note(part: Schema) -> Schema:
        found.add(str(part.get("$ref", "")).removeprefix(_DEFINITIONS))
        return part

    rewrite(schema, note)
    return found


def in_reading_order(schema: Schema) -> Schema:
    """Return one schema with its keywords in the order in which people read them."""
    known = {keyword: schema[keyword] for keyword in _ORDER if keyword in schema}
    return known | {keyword: schema[keyword] for keyword in sorted(schema.keys() - known.keys())}


def _plain(schema: Schema) -> Schema:
    """Take out what only Python means: null for absence, empty defaults, patterns of another dialect."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        schema = options[0] | _without(schema, "anyOf")
    elif options:
        schema = schema | {"anyOf": options}
    if not isinstance(schema.get("default"), str | int):
        schema = _without(schema, "default")
    if "pattern" in schema:
        schema = schema | {"pattern": _dialect(schema["pattern"])}
    if "patternProperties" in schema:
        schema = schema | {"additionalProperties": False}
    if "description" in schema:
        schema = schema | {"description": " ".join(schema["description"].split())}
    if "properties" in schema:
        schema = schema | {"properties": {name: _titled(each, name) for name, each in schema["properties"].items()}}
    return schema


def _without(schema: Schema, dropped: str) -> Schema:
    return {keyword: value for keyword, value in schema.items() if keyword != dropped}


def _dialect(pattern: str) -> str:
    # ECMA 262 refuses needless backslashes once an editor compiles with the flag u, and means ASCII digits by \d.
    return pattern.replace(r"\"", '"').replace(r"\d", "[0-9]")


def _titled(schema: Schema, name: str) -> Schema:
    """Give a schema its name in words: `due_original` is Due original, `ActionPlan` Action plan."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").strip()
    return schema | {"title": words.capitalize()}


@cache
def _kind_constraints(name: str) -> Schema:
    constraints: Schema = rewrite(TypeAdapter(KINDS_OF_TEXT[name][0]).json_schema(), _plain)
    return constraints


def _name_kind(schema: Schema) -> Schema:
    """Point to the definition of a kind of text where a schema says the same at length."""
    said = {keyword: value for keyword, value in schema.items() if keyword not in _ANNOTATIONS}
    for name in KINDS_OF_TEXT:
        constraints = _kind_constraints(name)
        if said == {keyword: value for keyword, value in constraints.items() if keyword not in _ANNOTATIONS}:
            own = {keyword: schema[keyword] for keyword in schema.keys() & _ANNOTATIONS}
            if own.get("examples") == constraints.get("examples"):
                own.pop("examples", None)
            return {"$ref": _DEFINITIONS + name, **own}
    return schema


def _kind_schema(name: str) -> Schema:
    """Return the definition of a kind of text: what it must be, in words too; dates within the years we accept."""
    words = KINDS_OF_TEXT[name][1]
    constraints = _kind_constraints(name)
    if "anyOf" in constraints:
        dates = [_date_schema(option, words) for option in constraints["anyOf"]]
        return _titled(constraints | {"anyOf": dates}, name)
    return _titled(constraints | {"patternErrorMessage": words}, name)


def _date_schema(option: Schema, words: str) -> Schema:
    # `format` is only a remark to some validators, and no validator's `date` ends with our years.
    if "const" in option:
        return option
    centuries = "|".join(str(year // 100) for year in range(values.FIRST_YEAR, values.LAST_YEAR, 100))
    form = option.get("pattern", "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
    within = form.replace("[0-9]{4}", f"({centuries})[0-9]{{2}}", 1)
    return option | {"pattern": within, "patternErrorMessage": words}
