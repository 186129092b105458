"""The shape of a section: its fields as a tree, with kind, name and meaning, read from the explained models."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.names import name_of_choice, name_of_field
from nearmiss.engine.schemas.files import explained_schema
from nearmiss.models.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Kind(StrEnum):
    """How a field is answered."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    DAY = "day"
    DATE = "date"
    TIME = "time"
    SCALE = "scale"
    NUMBER = "number"
    YES_NO = "yes-no"
    PERSON = "person"
    PEOPLE = "people"
    OWNER = "owner"
    ROLE = "role"
    OWN_ID = "own-id"
    REFERENCE = "reference"
    REFERENCES = "references"
    RECORD = "record"
    RECORDS = "records"
    VALUE = "value"
    FIXED = "fixed"
    PART = "part"
    PARTS = "parts"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One thing that may be chosen: what stands in the record, and how people read it."""

    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A field of a section, or a section itself.

    `path` is as policy writes it, `root_cause.causes[].statement`; `model` as explanations do, `Cause.statement`.
    `refers` is the path of the ids that a reference names. `inside` are the fields of a part, or of each of its parts.
    """

    key: str
    path: str
    model: str
    kind: Kind
    label: str
    help: str
    example: str = ""
    choices: tuple[Choice, ...] = ()
    vocabulary: str = ""
    refers: str = ""
    least: int = 0
    most: int = 0
    required: bool = False
    inside: tuple[Shape, ...] = field(default=())

    @property
    def is_many(self) -> bool:
        """Whether its value is a list."""
        return self.kind in MANY

    def walk(self) -> Iterator[Shape]:
        """Yield this shape and all inside it."""
        yield self
        for one in self.inside:
            yield from one.walk()


MANY = frozenset({Kind.LINES, Kind.PEOPLE, Kind.REFERENCES, Kind.RECORDS, Kind.PARTS})

_KINDS: Mapping[str, Kind] = {
    "Text": Kind.TEXT,
    "Line": Kind.LINE,
    "Day": Kind.DAY,
    "PartialDate": Kind.DATE,
    "ReportDate": Kind.FIXED,
    "TimeOfDay": Kind.TIME,
    "Handle": Kind.PERSON,
    "LocalId": Kind.REFERENCE,
    "RecordId": Kind.RECORD,
    "FileName": Kind.FIXED,
    "Digest": Kind.FIXED,
}
"""How each named kind of text is answered; any other is a line."""

_MANY_OF: Mapping[Kind, Kind] = {
    Kind.LINE: Kind.LINES,
    Kind.PERSON: Kind.PEOPLE,
    Kind.REFERENCE: Kind.REFERENCES,
    Kind.RECORD: Kind.RECORDS,
}

_SPECIAL: Mapping[str, Kind] = {
    "Effectiveness.checker_role": Kind.ROLE,
    "ImportedFrom.source": Kind.FIXED,
    "ImportedFrom.key": Kind.FIXED,
}
"""Fields that are answered in another way than their type says."""

_REFERS: Mapping[str, str] = {
    "Cause.explains": "root_cause.causes",
    "Cause.evidence": "investigation.evidence",
    "Action.addresses": "root_cause.causes",
    "Progress.action": "action_plan.actions",
}
"""In which list of the record the ids stand that a field names."""


@cache
def shape_of(section: str) -> Shape:
    """Return the shape of a section of the record, or of its title."""
    schema = explained_schema(Record, section)
    return _shape(section, schema["properties"][section], schema["$defs"], path=section, model=f"Record.{section}")


def _shape(
    key: str, said: dict[str, Any], parts: Mapping[str, Any], *, path: str, model: str, required: bool = True
) -> Shape:
    inner = said.get("items", said)
    name = str(inner.get("$ref", "")).rpartition("/")[2]
    part = parts.get(name, {})
    kind = _kind_of(model, said, name, part)
    below = f"{path}[]" if kind is Kind.PARTS else path
    return Shape(
        key=key,
        path=path,
        model=model,
        kind=kind,
        label=name_of_field(model, str(said.get("title", key))),
        help=str(said.get("description", part.get("description", ""))),
        example=_example(said.get("examples", ())),
        choices=tuple(_choices(model, inner)),
        vocabulary=str(inner.get("x-vocabulary", "")),
        refers=_REFERS.get(model, ""),
        least=int(inner.get("minimum", 0)),
        most=int(inner.get("maximum", 0)),
        required=required,
        inside=tuple(_inside(name, part, parts, below)) if kind in {Kind.PART, Kind.PARTS} else (),
    )


def _inside(name: str, part: Mapping[str, Any], parts: Mapping[str, Any], path: str) -> Iterator[Shape]:
    asked = part.get("required", ())
    for key, said in part["properties"].items():
        yield _shape(key, said, parts, path=f"{path}.{key}", model=f"{name}.{key}", required=key in asked)


def _kind_of(model: str, said: Mapping[str, Any], name: str, part: Mapping[str, Any]) -> Kind:
    if model in _SPECIAL:
        return _SPECIAL[model]
    if "oneOf" in said:
        return Kind.OWNER
    if "properties" in part:
        return Kind.PARTS if "items" in said else Kind.PART
    kind = _plain_kind(model, said.get("items", said), name)
    return _MANY_OF[kind] if "items" in said else kind


def _plain_kind(model: str, said: Mapping[str, Any], name: str) -> Kind:
    if name == "LocalId" and model.endswith(".id"):
        return Kind.OWN_ID
    if name in _KINDS:
        return _KINDS[name]
    if "enum" in said or "x-vocabulary" in said:
        return Kind.CHOICE
    kinds = {"boolean": Kind.YES_NO, "integer": Kind.SCALE if said.get("maximum", 9) <= _LONGEST_SCALE else Kind.NUMBER}
    return kinds.get(str(said.get("type", "")), Kind.LINE if name or "type" in said else Kind.VALUE)


_LONGEST_SCALE = 5


def _example(examples: Any) -> str:
    first = next(iter(examples), "")
    return ", ".join(map(str, first)) if isinstance(first, list) else str(first)


def _choices(model: str, said: Mapping[str, Any]) -> Iterator[Choice]:
    options = said.get("enum", ())
    for value, meaning in zip(options, said.get("enumDescriptions", [""] * len(options)), strict=True):
        yield Choice(value=str(value), label=name_of_choice(model, str(value)), help=str(meaning))
