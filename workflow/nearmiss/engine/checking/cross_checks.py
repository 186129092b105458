"""What no record can tell alone: references that lead nowhere, circles of duplicates, people nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.records.references import judge_references
from nearmiss.engine.records.summaries import TWIN
from nearmiss.models.values import REDACTED
from nearmiss.policy.findings import Field, Finding, Severity
from nearmiss.policy.roles import able_to_sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.records.summaries import Summary
    from nearmiss.policy.version import PolicyVersion


def judge_across(summaries: Mapping[str, Summary], policy: PolicyVersion) -> list[Finding]:
    """Judge what records say of each other and of people."""
    findings = [*_references(summaries), *_strangers(summaries, policy), *_imported(summaries)]
    return [*findings, *_unsignable(summaries, policy)]


def _of(summary: Summary, code: str, way: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> Finding:
    field: Field = tuple(part.removesuffix("[]") for part in way.split(".")) if way else ()
    return Finding(
        code=code,
        record=summary.id,
        path=summary.path,
        field=field,
        message=message,
        hint=hint,
        severity=severity,
    )


def _references(summaries: Mapping[str, Summary]) -> Iterator[Finding]:
    joined = {
        summary.id: reference for summary in summaries.values() for way, reference in summary.references if way == TWIN
    }
    for summary in summaries.values():
        found = judge_references(summary.id, summary.references, is_there=summaries.__contains__, twin_of=joined.get)
        yield from (finding.at(record=summary.id, path=summary.path) for finding in found)


def _strangers(summaries: Mapping[str, Summary], policy: PolicyVersion) -> Iterator[Finding]:
    known = {person.handle for person in policy.people.people}
    for summary in summaries.values():
        for way, handle in dict.fromkeys(summary.people):
            if handle not in known and handle != REDACTED:
                message = f"{handle} is nobody in people.yaml"
                hint = "mend the handle, or add the person as a policy change"
                yield _of(summary, "person-unknown", way, message, hint)


def _imported(summaries: Mapping[str, Summary]) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for summary in summaries.values():
        source, key, _ = summary.imported
        if source and (source, key) in first:
            message = f"row {key} of {source} was imported as {first[source, key]} already"
            hint = "decline one of the two as a duplicate"
            yield _of(summary, "imported-twice", "report.imported_from", message, hint, severity=Severity.WARNING)
        elif source:
            first[source, key] = summary.id


def _unsignable(summaries: Mapping[str, Summary], policy: PolicyVersion) -> Iterator[Finding]:
    """Warn where nobody holds a role, for this place and class, that signs any step on from here."""
    able: dict[tuple[str, ...], bool] = {}
    for summary in summaries.values():
        state = policy.workflow.state(summary.state)
        if state is None or state.kind != "open":
            continue
        forward = [step for step in policy.workflow.leaving(summary.state) if step.kind == "forward"]
        key = (summary.state, summary.site, summary.area, summary.classification)
        if key not in able:
            record = {
                "report": {"site": summary.site or None, "process_area": summary.area or None},
                "assessment": {"classification": summary.classification or None},
            }
            able[key] = any(able_to_sign(policy.people, record, roles=step.signers.roles) for step in forward)
        if not able[key]:
            roles = ", ".join(sorted({role for step in forward for role in step.signers.roles}))
            message = f"nobody could sign the next step of this record ({roles})"
            hint = "give somebody the role for its site, area and class, as a policy change"
            yield _of(summary, "nobody-can-sign", "", message, hint, severity=Severity.WARNING)
