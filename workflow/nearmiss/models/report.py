"""The report: the reporter's own words, and nothing that a reporter need not know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nearmiss.models.values import (
    Digest,
    FileName,
    Handle,
    Language,
    Line,
    Many,
    Name,
    Part,
    PartialDate,
    ReportDate,
    Text,
    TimeOfDay,
    Vocabulary,
)


class Link(Part):
    """A thing outside the record that it is about: a machine, a batch, a work order, another record."""

    kind: Annotated[Name, Vocabulary("link-kind")] = Field(description="What sort of thing is linked.")
    ref: Line = Field(description="Its number or name there.", examples=["TRL-88"])
    system: Line | None = Field(default=None, description="The system that knows it, such as MES or ERP.")


class Attachment(Part):
    """A file in the record's `attachments/` folder, bound by its digest."""

    file: FileName
    sha256: Digest
    caption: Line | None = None


class Barrier(Part):
    """What stopped the event from becoming harm: luck is an answer too, and an important one."""

    barrier: Annotated[Name, Vocabulary("barrier")]
    how: Text | None = Field(default=None, description="In a few words: how it stopped it.")


class Reporter(Part):
    """Who reported, as far as they want it known."""

    mode: Literal["named", "confidential", "anonymous", "external"] = Field(
        description="named; confidential (no name here, yet the team may ask back); anonymous; external (imports)."
    )
    person: Handle | None = Field(default=None, description="The handle, only when named.")
    group: Annotated[Name, Vocabulary("group")] | None = Field(default=None, description="Employee, contractor, …")


class Clarification(Part):
    """An answer that the team got when it asked back."""

    on: PartialDate
    by: Handle | None = None
    text: Text


class Detail(Part):
    """A fact of a foreign system that has no field of its own here."""

    name: Name
    value: Text


class ImportedFrom(Part):
    """Where an imported report came from, so that a second import finds it again."""

    source: Name
    key: Line
    row_sha256: Digest


class Report(Part):
    """The five questions (what happened, what could have, what stopped it, where, when), and: is it safe now?

    What the first commit says stays; what is wrong is mended by a correction that everybody can see.
    """

    reported_on: ReportDate = Field(description="When it was reported; never changes.")
    what_happened: Text = Field(description="What happened, in the reporter's words.")
    made_safe: Literal["yes", "no", "unknown"] | None = Field(
        default=None, description="Is it safe now? Always quoted."
    )
    what_could_have_happened: Text | None = Field(default=None, description="The worst that could credibly have come.")
    what_stopped_it: Barrier | None = Field(default=None, description="What kept it from becoming harm or loss.")
    site: Annotated[Name, Vocabulary("site")] | None = None
    process_area: Annotated[Name, Vocabulary("area")] | None = None
    location: Annotated[Name, Vocabulary("location")] | None = None
    occurred_on: PartialDate | None = Field(default=None, description="When; as precisely as it is known.")
    occurred_until: PartialDate | None = Field(default=None, description="For a condition that lasted: until when.")
    occurred_at: TimeOfDay | None = Field(default=None, description="Time of day; for named and imported reports only.")
    reporter: Reporter
    immediate_action: Text | None = Field(default=None, description="What was done at once.")
    suggestion: Text | None = Field(default=None, description="What the reporter would change.")
    lang: Language | None = Field(default=None, description="The language of the report, such as en or de.")
    entered_on_behalf: bool | None = Field(default=None, description="True when typed in for somebody else.")
    links: Many[Link] | None = None
    details: Many[Detail] | None = None
    attachments: Many[Attachment] | None = None
    clarifications: Many[Clarification] | None = None
    imported_from: ImportedFrom | None = None
