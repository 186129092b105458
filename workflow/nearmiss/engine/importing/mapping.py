"""The mapping: what each column of a foreign table means here, as data that a team can write without any code."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, WithJsonSchema, model_validator

from nearmiss.engine.importing.dates import check_format
from nearmiss.engine.importing.targets import LISTS, TARGETS, Kind
from nearmiss.models.values import FormatVersion, Line, Many, Name, Part, Text
from nearmiss.policy.findings import Finding

LEAVE_OUT = "leave-out"
"""What `otherwise` and `several` say when a field is better left unknown than wrong."""
FIRST = "first"
WILDCARD = "*"
_OF_KEY = "[key]"


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Columns = Annotated[
    Many[Line],
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""One column, or a list of them, by the names that the header gives them."""


class TableLayout(Part):
    """How the file is laid out. Nothing here is guessed: what is not said is UTF-8, commas, one header row."""

    format: Literal["csv", "xlsx"] | None = Field(default=None, description="Only to insist on one of the two.")
    encoding: Line = Field(default="utf-8", description="Of a CSV file, such as windows-1252.")
    delimiter: Annotated[str, Field(pattern=r"^(tab|[^\s\"\w])$")] = Field(default=",", description="One sign, or tab.")
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    sheet: Line | None = Field(default=None, description="Of a workbook; the first one where absent.")
    guard: Literal["none", "apostrophe"] = Field(
        default="none",
        description="How a CSV file keeps text from being taken for a formula; apostrophe, as nearmiss export does.",
    )


class FieldRule(Part):
    """Fills one field of the record, from columns or with the same value always."""

    to: Line = Field(description="The field, such as report.what_happened.")
    from_: Columns | None = Field(default=None, alias="from")
    always: Text | None = Field(default=None, description="A value for every row, instead of `from`.")
    join: str | None = Field(default=None, description="Stands between the texts of several columns.")
    labels: dict[str, Line] = Field(default={}, description="Column: words put before its text.")
    split: str | None = Field(default=None, min_length=1, description="Separates the values within a cell.")
    translate: dict[str, Name] = Field(default={}, description="Foreign value: our term; * stands for anything.")
    several: Name | None = Field(
        default=None,
        description="When a cell gives several terms: a term, first (in the order of translate), leave-out.",
    )
    otherwise: Name | None = Field(default=None, description="For a value without a term: a term, or leave-out.")
    dates: Many[Line] = Field(default=(), description='How dates are written, such as "MM/DD/YYYY HH:mm".')
    first_year: Annotated[int, Field(ge=1900, le=2100)] | None = Field(
        default=None, description="The first year that two digits can mean."
    )
    unless: Many[Line] = Field(default=(), description="Values that say nothing, such as 00:00.")
    optional: bool = Field(default=False, description="Whether an export may lack the columns.")

    @property
    def kind(self) -> Kind:
        """What sort of value the field takes."""
        return TARGETS[self.to].kind

    @model_validator(mode="after")
    def _fits_its_field(self) -> Self:
        if self.to not in TARGETS:
            raise ValueError(f"an import cannot fill {self.to}; it can fill {', '.join(TARGETS)}, and {LISTS}")
        if (self.from_ is None) == (self.always is None):
            raise ValueError("say either which columns it comes from, or what it always is")
        if self.kind not in {Kind.TERM, Kind.CHOICE} and (
            self.translate or self.several or self.otherwise or self.split
        ):
            raise ValueError(f"{self.to} is not a controlled term: it has nothing to translate or split")
        if self.kind not in {Kind.DATE, Kind.TIME} and (self.dates or self.first_year):
            raise ValueError(f"{self.to} is not a date")
        for problem in filter(None, (check_format(form, self.first_year) for form in self.dates)):
            raise ValueError(problem)
        return self


class DetailRule(Part):
    """Keeps a fact that has no field of its own as an entry of `report.details`, under its own name."""

    from_: Line = Field(alias="from", description="A column; * stands for anything, as in Aircraft * / Mission.")
    name: Name | None = Field(default=None, description="The name of the column in kebab-case where absent.")
    split: str | None = Field(default=None, min_length=1, description="Separates values, each an entry.")
    unless: Many[Line] = ()


class LinkRule(Part):
    """Makes an entry of `report.links`: something that the report is about, with the number it has elsewhere."""

    from_: Line = Field(alias="from")
    kind: Name
    system: Line | None = None
    split: str | None = Field(default=None, min_length=1)
    unless: Many[Line] = ()


class IgnoreRule(Part):
    """Leaves a column out, for a reason."""

    column: Line
    because: Text


class Mapping(Part):
    """What a foreign table means here."""

    schema_: FormatVersion = Field(alias="schema")
    source: Name = Field(description="The name of the system; with the key it tells whether a row is known.")
    label: Line | None = None
    table: TableLayout = TableLayout()
    key: Columns = Field(description="The columns that name a row there for good.")
    nothing: Many[Line] = Field(default=(), description="Cells that mean: not said, such as N/A.")
    repair: dict[Annotated[str, Field(pattern=r"^U\+[0-9A-F]{4,6}$")], str] = Field(
        default={}, description="Characters that the source damages: code point, what it was."
    )
    fields: Many[FieldRule]
    details: Many[DetailRule] = ()
    links: Many[LinkRule] = ()
    ignore: Many[IgnoreRule] = ()
    rest: Literal["details", "report"] = Field(
        default="report",
        description="Columns not named here: kept as details, or left out. Either way they are listed.",
    )

    @property
    def repairs(self) -> dict[int, str]:
        """The damaged characters by code point, each with what it was, as `str.translate` takes them."""
        return {int(point.removeprefix("U+"), 16): text for point, text in self.repair.items()}

    @model_validator(mode="after")
    def _fills_what_a_report_needs(self) -> Self:
        filled = [rule.to for rule in self.fields]
        for missing in (to for to in ("report.what_happened", "report.reported_on") if to not in filled):
            raise ValueError(f"every report needs {missing}: add it to fields")
        for twice in (to for to in filled if filled.count(to) > 1):
            raise ValueError(f"{twice} is filled twice: join the columns in one entry")
        return self


MOST_FINDINGS = 100
"""Faults of one mapping that are told: nobody mends more at once."""


def parse_mapping(data: dict[str, Any]) -> tuple[Mapping | None, tuple[Finding, ...]]:
    """Judge the plain data of a mapping file; return the mapping, or None with a finding for each of the first faults.

    Findings carry the way to the faulty value, so that whoever read the file can add line and column.
    """
    try:
        return Mapping.model_validate(data), ()
    except ValidationError as error:
        return None, tuple(
            Finding(
                code="mapping-invalid",
                message=_sentence(fault["msg"], place),
                hint="The mappings in templates/mappings show every key in use; example.yaml explains them.",
                field=place,
            )
            for fault in error.errors(include_url=False, include_context=False, include_input=False)[:MOST_FINDINGS]
            for place in [tuple(step for step in fault["loc"] if step != _OF_KEY)]
        )


def _sentence(message: str, place: tuple[int | str, ...]) -> str:
    words = message.removeprefix("Value error, ")
    return words if message != words or not place else f"{place[-1]}: {words[:1].lower()}{words[1:]}"
