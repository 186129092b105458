"""The port of documents: reading, changing and writing YAML as bytes, as protocols over plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from nearmiss.models.swift import swift

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.form import Form, Mending
    from nearmiss.policy.findings import Field, Finding


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change to a document: put `value` at the field, or remove it.

    A field that ends in the length of a list appends to it. Missing mappings on the way are made.
    """

    at: Field
    value: Any = None
    remove: bool = False


@swift
@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came of reading a document: its plain data (None where it cannot be trusted), or findings, or both."""

    data: dict[str, Any] | None
    findings: tuple[Finding, ...] = field(default=())


class Reads(Protocol):
    """Reads YAML documents as bytes."""

    def read(self, raw: bytes) -> Reading:
        """Build plain data from one strict YAML 1.2 document; every fault is a finding with line and column."""
        ...


class Documents(Protocol):
    """Reads and writes YAML documents as bytes; knows no paths and opens no files."""

    def read(self, raw: bytes) -> Reading:
        """Build plain data from one strict YAML 1.2 document; every fault is a finding with line and column."""
        ...

    def versions(self) -> Reads:
        """Return a reader of many versions of the same documents: what is the same in them is the very same object."""
        ...

    def locate(self, raw: bytes, at: Field) -> tuple[int, int]:
        """Return line and column, from 1, of the key (or list entry) at a field, or of the nearest one above it."""
        ...

    def locate_many(self, raw: bytes, fields: Iterable[Field]) -> Mapping[Field, tuple[int, int]]:
        """Return the places of many fields, found in one pass."""
        ...

    def mend(self, raw: bytes, form: Form) -> Mending:
        """Mend what is only form, and prove it: the data stay, and so do the bytes of what the form says is sealed."""
        ...

    def compose(self, data: Mapping[str, Any], *, schema: str = "") -> bytes:
        """Write plain data as a new document in the canonical form, below a modeline that names the schema."""
        ...

    def revise(self, raw: bytes, edits: Sequence[Edit]) -> bytes:
        """Apply edits to a document, keeping its comments, key order and untouched formatting."""
        ...
