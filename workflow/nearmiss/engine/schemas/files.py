"""The JSON Schemas of an instance: its models with its own states, needs and vocabulary, for editors and for peers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from nearmiss.engine.importing.mapping import Mapping as ImportMapping
from nearmiss.engine.importing.targets import TARGETS
from nearmiss.engine.schemas.explanations import CHOICES, EXPLANATIONS
from nearmiss.engine.schemas.json_schema import Schema, in_reading_order, rewrite, schema_of
from nearmiss.models.discarded import Discarded
from nearmiss.models.exported_line import ExportedLine
from nearmiss.models.exposure import Exposure
from nearmiss.models.instance import Instance, Waivers
from nearmiss.models.people import People
from nearmiss.models.record import Record
from nearmiss.models.risk import Risk
from nearmiss.models.sign_off import SignOff
from nearmiss.models.values import REDACTED
from nearmiss.models.vocabulary import Term, VocabularyList, label_of
from nearmiss.policy.findings import Finding
from nearmiss.policy.intake_rules import IntakeRules
from nearmiss.policy.reminders import Reminders
from nearmiss.policy.settings import Settings
from nearmiss.policy.state_needs import needs_by_state
from nearmiss.policy.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import BaseModel

RECORD_SCHEMA = "near-miss.schema.json"
IMPORT_SCHEMA = "import-mapping.schema.json"
EXPORT_SCHEMA = "export.schema.json"

SCHEMAS: Mapping[str, tuple[type[BaseModel], str]] = {
    RECORD_SCHEMA: (Record, "Near miss"),
    "sign-off.schema.json": (SignOff, "Sign-off"),
    "workflow.schema.json": (Workflow, "Workflow"),
    "risk.schema.json": (Risk, "Risk matrix"),
    "settings.schema.json": (Settings, "Settings"),
    "reminders.schema.json": (Reminders, "Reminders"),
    "intake.schema.json": (IntakeRules, "Rules of the intake"),
    "discarded.schema.json": (Discarded, "Discarded reports"),
    "people.schema.json": (People, "People"),
    "waivers.schema.json": (Waivers, "Waivers"),
    "instance.schema.json": (Instance, "Instance"),
    "vocabulary.schema.json": (VocabularyList, "Vocabulary"),
    "exposure.schema.json": (Exposure, "Exposure"),
    IMPORT_SCHEMA: (ImportMapping, "Import mapping"),
    EXPORT_SCHEMA: (ExportedLine, "Line of an export"),
}
"""Every schema by the name of its file in `schemas/`: the model it is made from, and its title."""

_LANGUAGE = "en"
# Descriptions in the schemas are in English, as those of the fields are, whatever the language of the instance: else
# the schemas that come with the program would be stale wherever another language is set.


class FieldHelp(NamedTuple):
    """What a person needs to fill one field: `path` as `report.links[].kind`, and each term with its meaning."""

    path: str
    description: str
    terms: tuple[tuple[str, str], ...]


def export_schemas(*, workflow: Workflow, vocabulary: Mapping[str, VocabularyList]) -> dict[str, Schema]:
    """Return the JSON Schema (2020-12) of every kind of file, by the name of its file in `schemas/`.

    The record's schema knows the states of this workflow, what each state needs at least, and the terms of this
    vocabulary, retired ones included, since a record that used one stays valid.
    """
    return {name: _export(name, workflow, vocabulary) for name in SCHEMAS}


def render_schema(schema: Schema) -> bytes:
    """Return the one spelling of a schema's file: UTF-8, two spaces, LF, keys in the order in which they are given."""
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


def stale_schemas(existing: Mapping[str, bytes], expected: Mapping[str, Schema]) -> list[Finding]:
    """Compare the files of `schemas/` (name: bytes) with the export; what differs is the finding `schema-stale`."""
    return [
        Finding(
            code="schema-stale",
            message=f"{name} {what}",
            hint="take the file out" if name not in expected else "write it again: nearmiss schema --write",
            path=f"schemas/{name}",
        )
        for name, what in _differences(existing, expected)
    ]


def describe_fields(
    section: str, *, vocabulary: Mapping[str, VocabularyList], language: str = _LANGUAGE
) -> list[FieldHelp]:
    """Describe every field of a section of the record, in the order in which they are written.

    Terms are those that may still be chosen: retired ones and `redacted` are left out.
    """
    schema = explained_schema(Record, section)
    choices = {name: _choosable(terms, language) for name, terms in vocabulary.items()}
    part = schema["properties"][section]
    return list(_walk(part, section, schema["$defs"], choices))


def _export(name: str, workflow: Workflow, vocabulary: Mapping[str, VocabularyList]) -> Schema:
    model, title = SCHEMAS[name]
    schema: Schema = rewrite(explained_schema(model, title), lambda part: _with_terms(part, vocabulary))
    if name == RECORD_SCHEMA:
        schema["properties"]["state"] |= _states(workflow)
        schema["allOf"] = _needs_of_states(workflow)
    if name == EXPORT_SCHEMA:
        # The record as its own schema has it, beside which this one lies.
        schema["properties"]["record"] = _without_type(schema["properties"]["record"]) | {"$ref": RECORD_SCHEMA}
    if name == IMPORT_SCHEMA:
        schema["$defs"]["FieldRule"]["properties"]["to"] |= {"enum": list(TARGETS)}
    ordered: Schema = rewrite(schema, in_reading_order)
    return ordered


def _without_type(field: Schema) -> Schema:
    return {keyword: value for keyword, value in field.items() if keyword != "type"}


def _differences(existing: Mapping[str, bytes], expected: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    for name, schema in expected.items():
        if name not in existing:
            yield name, "is missing"
        elif existing[name] != render_schema(schema):
            yield name, "does not say what the models, the workflow and the vocabulary say now"
    for name in sorted(existing.keys() - expected.keys()):
        yield name, "is the schema of nothing that is kept here"


# What fields mean


def explained_schema(model: type[BaseModel], title: str) -> Schema:
    """Return a model's schema with what the model leaves unsaid: meanings, examples, and what each choice means."""
    schema = schema_of(model, title=title)
    parts = {name: _explain_part(part, name) for name, part in schema["$defs"].items()}
    return _explain_part(schema, model.__name__) | {"$defs": parts}


def _explain_part(part: Schema, name: str) -> Schema:
    fields = part.get("properties")
    if fields is None:
        return part
    return part | {"properties": {key: _explain_field(field, f"{name}.{key}") for key, field in fields.items()}}


def _explain_field(field: Schema, key: str) -> Schema:
    description, *examples = EXPLANATIONS.get(key, ("",))
    said: Schema = {"description": description} if description and "description" not in field else {}
    shown: Schema = {"examples": examples} if examples else {}
    if key not in CHOICES:
        return field | said | shown
    meanings = [CHOICES[key][choice] for choice in field["enum"]]
    return field | said | shown | {"enumDescriptions": meanings}


# What the instance adds


def _with_terms(part: Schema, vocabulary: Mapping[str, VocabularyList]) -> Schema:
    """Put the terms of the instance where a schema says `x-vocabulary`."""
    name = part.get("x-vocabulary")
    if name is None:
        return part
    kept: Schema = {keyword: part[keyword] for keyword in ("title", "description", "type") if keyword in part}
    if name not in vocabulary:
        return kept | {"pattern": part["pattern"], "maxLength": part["maxLength"]}
    terms = vocabulary[name]
    meanings = [(term.term, _meaning(term)) for term in terms.terms] + [(REDACTED, "The value is withheld.")]
    return {
        "description": f"{label_of(terms.label, _LANGUAGE)}.",
        **kept,
        "enum": [term for term, _ in meanings],
        "enumDescriptions": [meaning for _, meaning in meanings],
    }


def _meaning(term: Term) -> str:
    words = f"{label_of(term.label, _LANGUAGE)}. {label_of(term.help or {}, _LANGUAGE)}".strip()
    return f"Retired, for older records only: {words}" if term.retired else words


def _states(workflow: Workflow) -> Schema:
    return {
        "enum": [state.state for state in workflow.states],
        "enumDescriptions": [label_of(state.label, _LANGUAGE) for state in workflow.states],
    }


def _needs_of_states(workflow: Workflow) -> list[Schema]:
    """Say for each set of states what the records in them have: the same rule as `judge_needs_of_state`."""
    needs = needs_by_state(workflow)
    together: dict[tuple[str, ...], list[list[str]]] = {}
    for path in dict.fromkeys(path for paths in needs.values() for path in paths):
        states = tuple(state for state, paths in needs.items() if path in paths)
        together.setdefault(states, []).append(path.split("."))
    return [
        {
            "if": {"properties": {"state": {"enum": list(states)}}, "required": ["state"]},
            "then": _requirement(paths),
        }
        for states, paths in together.items()
    ]


def _requirement(paths: Iterable[list[str]]) -> Schema:
    """Require what the paths reach: a key, or with `[]` a list that is not empty, whose entries have what follows."""
    below: dict[str, list[list[str]]] = {}
    for first, *rest in paths:
        below.setdefault(first, []).append(rest)
    inner: dict[str, Schema] = {}
    for step, rests in below.items():
        wanted = _requirement([rest for rest in rests if rest]) if any(rests) else {}
        if step.endswith("[]"):
            wanted = {"minItems": 1} | ({"items": wanted} if wanted else {})
        name = step.removesuffix("[]")
        inner[name] = inner.get(name, {}) | wanted
    properties = {key: value for key, value in inner.items() if value}
    return {"required": list(inner)} | ({"properties": properties} if properties else {})


# Walking a section


def _choosable(terms: VocabularyList, language: str) -> tuple[tuple[str, str], ...]:
    return tuple((term.term, label_of(term.label, language)) for term in terms.terms if not term.retired)


def _walk(
    field: Schema, path: str, parts: Mapping[str, Schema], choices: Mapping[str, tuple[tuple[str, str], ...]]
) -> Iterator[FieldHelp]:
    """Yield the help of a field, or of those inside it."""
    if "items" in field:
        inner, path = field["items"], f"{path}[]"
        field = inner | {"description": field.get("description", inner.get("description", ""))}
    part = parts.get(str(field.get("$ref", "")).rpartition("/")[2], {})
    inside: Mapping[str, Any] = part.get("properties", {})
    for name, each in inside.items():
        yield from _walk(each, f"{path}.{name}", parts, choices)
    if not inside:
        yield FieldHelp(path, str(field.get("description", "")), _terms(field, choices))


def _terms(field: Schema, choices: Mapping[str, tuple[tuple[str, str], ...]]) -> tuple[tuple[str, str], ...]:
    if "x-vocabulary" in field:
        return choices.get(field["x-vocabulary"], ())
    options = field.get("enum", ())
    return tuple(zip(options, field.get("enumDescriptions", [""] * len(options)), strict=True))
