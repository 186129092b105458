"""A finding: one thing that is wrong, or still missing, in data that was judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from nearmiss.models.swift import swift

if TYPE_CHECKING:
    from collections.abc import Iterable

Field = tuple[str | int, ...]
"""The way to a value inside a document: `("action_plan", "actions", 0, "owner")`; `()` is the whole document."""


class Severity(StrEnum):
    """How much a finding weighs. Only `ERROR` makes a verdict bad; `WAITING` is a legal step not yet signed off."""

    ERROR = "error"
    WAITING = "waiting"
    WARNING = "warning"
    NOTE = "note"


@swift
@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding: `code` names its rule, `message` says what is so, `hint` what to do next.

    `record` is the id it is about; `path` the file, relative to the repository; `line` and `column` count from 1
    (0 where a place in the file makes no sense); `field` is the way to the value inside the document.
    """

    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    record: str = ""
    path: str = ""
    line: int = 0
    column: int = 0
    field: Field = ()

    def at(self, *, record: str = "", path: str = "", line: int = 0, column: int = 0) -> Finding:
        """Return the same finding with the places filled in that it does not know yet."""
        return replace(
            self,
            record=self.record or record,
            path=self.path or path,
            line=self.line or line,
            column=self.column or column,
        )

    @property
    def field_name(self) -> str:
        """The field as people write it: `action_plan.actions[0].owner`."""
        return spell_field(self.field)


def spell_field(field: Field) -> str:
    """Spell the way to a value as people write it: dots between keys, `[0]` for places in a list."""
    words = ""
    for step in field:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether any finding is an error; waiting, warnings and notes are not."""
    return any(finding.severity is Severity.ERROR for finding in findings)
