"""What the gate found, as jobs hand it to a forge: annotations on GitHub, a code quality report on GitLab."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from nearmiss.cli.voice import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.gate.decisions import Gated
    from nearmiss.policy.findings import Finding

_LEVELS = {"error": "error", "waiting": "notice", "warning": "warning", "note": "notice"}
_WEIGHTS = {"error": "blocker", "waiting": "info", "warning": "minor", "note": "info"}


def as_annotations(gated: Gated) -> Iterator[str]:
    """Yield a workflow command for each finding, as GitHub's and Forgejo's runners read them from a job's output.

    Their data are escaped as the runner asks for, so that no text of a record can give it another command.
    """
    for finding in gated.result.findings:
        place = {"file": finding.path, "line": finding.line or "", "col": finding.column or "", "title": finding.code}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in place.items() if value)
        yield f"::{_LEVELS[str(finding.severity)]} {properties}::{_data(_sentence(finding))}"
    yield f"The gate says: {gated.result.verdict}."


def _sentence(finding: Finding) -> str:
    return f"{finding.message}. {finding.hint}" if finding.hint else finding.message


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_code_quality(gated: Gated) -> Iterator[str]:
    """Yield the lines of a report in the form that GitLab shows beside the changed lines of a merge request."""
    entries = []
    for number, finding in enumerate(gated.result.findings):
        said = f"{number} {finding.code} {finding.path} {finding.field_name} {finding.message}"
        entries.append(
            {
                "description": one_line(_sentence(finding)),
                "check_name": finding.code,
                "fingerprint": hashlib.sha256(said.encode(errors="backslashreplace")).hexdigest(),
                "severity": _WEIGHTS[str(finding.severity)],
                "location": {"path": one_line(finding.path) or ".", "lines": {"begin": finding.line or 1}},
            }
        )
    yield from json.dumps(entries, indent=2, ensure_ascii=False).split("\n")
