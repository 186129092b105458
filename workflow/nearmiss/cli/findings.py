"""Findings for people and for programs: grouped by file with line and way on, or as JSON with stable keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.voice import flow, one_line, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nearmiss.policy.findings import Finding

_COLOURS = {"error": "red", "waiting": "yellow", "warning": "yellow", "note": "dim"}


def finding_as_data(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON has it: code, severity, record, path, line, column, field, message, hint."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "record": finding.record,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "field": finding.field_name,
        "message": finding.message,
        "hint": finding.hint,
    }


def say_findings(findings: Iterable[Finding], *, err: bool = False) -> None:
    """Print findings under the file that each is about, in the order of their lines."""
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.path or finding.record, []).append(finding)
    for place, found in by_file.items():
        if place:
            say((one_line(place), "bold"), err=err)
        for finding in sorted(found, key=lambda one: (one.line, one.column)):
            _say_one(finding, err=err)
        _say_editor(found, err=err)


def _say_editor(findings: Iterable[Finding], *, err: bool) -> None:
    """Where several fields of a section are missing, say how to fill them in together."""
    from nearmiss.models.ids import id_of_path

    missing: dict[tuple[str, str], int] = {}
    for finding in findings:
        if finding.code == "needs-field" and finding.field:
            place = (finding.record or id_of_path(finding.path) or "ID", str(finding.field[0]))
            missing[place] = missing.get(place, 0) + 1
    for (record, section), number in missing.items():
        if number > 1:
            words = f"{number} of them together in your editor, each explained: nearmiss edit {record} {section}"
            flow(one_line(words), indent=2, hang=2, err=err)


def _say_one(finding: Finding, *, err: bool) -> None:
    severity = str(finding.severity)
    where = f"line {finding.line}: " if finding.line else ""
    said = (f"{severity}: ", _COLOURS.get(severity, "red"))
    flow(said, where, one_line(finding.message), (f"  [{finding.code}]", "dim"), indent=2, hang=4, err=err)
    if finding.hint:
        flow(one_line(finding.hint), indent=4, hang=2, err=err)
